package io.jandaia.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Removing from a cache with two revisions that share a blob, and with links that lead elsewhere. */
class RemovalTest {

    private static final String OLD = "a".repeat(40);
    private static final String NEW = "b".repeat(40);

    @TempDir
    private Path folder;

    private Path cache;
    private Path repo;

    @BeforeEach
    void build() throws IOException {
        cache = folder.resolve("hub");
        repo = cache.resolve("models--org--name");
        Files.createDirectories(repo.resolve("blobs"));
        for (String blob : new String[] {"1", "2", "3"}) {
            Files.writeString(repo.resolve("blobs").resolve(blob), "x".repeat(100 * Integer.parseInt(blob)));
        }
        link(OLD, "config.json", "1");
        link(OLD, "model.safetensors", "2");
        link(NEW, "config.json", "1");
        link(NEW, "model.safetensors", "3");
        Files.createDirectories(repo.resolve("refs/pr"));
        Files.writeString(repo.resolve("refs/main"), NEW);
        Files.writeString(repo.resolve("refs/pr/1"), OLD);
        Files.createDirectories(repo.resolve("trees"));
        Files.writeString(repo.resolve("trees").resolve(OLD + ".json"), "{}");
    }

    private void link(String commit, String name, String blob) throws IOException {
        Path place = repo.resolve("snapshots").resolve(commit).resolve(name);
        Files.createDirectories(place.getParent());
        Files.createSymbolicLink(place, Path.of("../../blobs").resolve(blob));
    }

    private Removal plan(String name) {
        return Removal.plan(cache, ModelName.parse(name));
    }

    @Test
    void aModelGoesWhole() {
        Removal removal = plan("org/name");
        assertThat(removal.bytes()).isGreaterThanOrEqualTo(600);
        removal.run();
        assertThat(repo).doesNotExist();
        assertThat(cache).exists();
        assertThatThrownBy(() -> plan("org/name"))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("no org/name");
    }

    @Test
    void aRevisionGoesAndWhatOthersUseStays() {
        Removal removal = plan("org/name@" + OLD);
        assertThat(removal.bytes()).isBetween(200L, 299L); // blob 2, the ref and the tree, but not blob 1
        removal.run();
        assertThat(repo.resolve("snapshots").resolve(OLD)).doesNotExist();
        assertThat(repo.resolve("refs/pr")).doesNotExist();
        assertThat(repo.resolve("trees")).doesNotExist();
        assertThat(repo.resolve("blobs/1")).exists();
        assertThat(repo.resolve("blobs/2")).doesNotExist();
        assertThat(repo.resolve("snapshots").resolve(NEW).resolve("model.safetensors"))
                .exists();
        assertThat(repo.resolve("refs/main")).hasContent(NEW);
        plan("org/name@main").run();
        assertThat(repo).doesNotExist();
    }

    @Test
    void oneGgufModelGoes() throws IOException {
        link(NEW, "x-Q4_0-00001-of-00002.gguf", "2");
        link(NEW, "x-Q4_0-00002-of-00002.gguf", "1");
        Files.writeString(repo.resolve("blobs/4"), "y");
        link(NEW, "x-Q8_0.gguf", "4");
        assertThatThrownBy(() -> plan("org/name:Q2_K")).hasMessageContaining("Q4_0, Q8_0");
        assertThat(plan("org/name:q8_0").bytes()).isEqualTo(1);
        assertThat(plan("org/name:Q4_0").bytes()).isZero(); // others use both blobs
        plan("org/name:Q8_0").run();
        assertThat(repo.resolve("blobs/4")).doesNotExist();
        assertThat(repo.resolve("snapshots").resolve(NEW).resolve("x-Q8_0.gguf"))
                .doesNotExist();
        assertThat(repo.resolve("snapshots").resolve(NEW).resolve("x-Q4_0-00002-of-00002.gguf"))
                .exists();
    }

    @Test
    void linksAreNotFollowed() throws IOException {
        Path mine = Files.createDirectories(folder.resolve("mine"));
        Path precious = Files.writeString(mine.resolve("precious"), "p".repeat(5000));
        Files.createSymbolicLink(repo.resolve("snapshots").resolve(OLD).resolve("away.safetensors"), precious);
        Files.createSymbolicLink(repo.resolve("snapshots").resolve(OLD).resolve("folder"), mine);
        Files.createSymbolicLink(repo.resolve("blobs/5"), precious);
        link(OLD, "shared.bin", "5");
        assertThat(plan("org/name@" + OLD).bytes()).isLessThan(300);
        plan("org/name@" + OLD).run();
        assertThat(precious).exists();
        assertThat(Files.exists(repo.resolve("blobs/5"), LinkOption.NOFOLLOW_LINKS))
                .isFalse();
        Files.createSymbolicLink(repo.resolve("blobs/6"), mine);
        plan("org/name").run();
        assertThat(precious).exists();
        Files.createSymbolicLink(repo, mine);
        assertThatThrownBy(() -> plan("org/name")).hasMessageContaining("link");
        assertThat(precious).exists();
    }

    @Test
    void whatIsBeingPulledStays() {
        CachedRepo cached = new CachedRepo(cache, "org/name");
        try (RepoLock _ = RepoLock.tryLock(cached)) {
            Removal removal = plan("org/name");
            assertThatThrownBy(removal::run).hasMessageContaining("being pulled by process");
        }
        assertThat(repo).exists();
    }
}
