package io.jandaia.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names of models in a cache as clients of the Hub leave it. */
class ModelStoreTest {

    private static final String OLD = "a".repeat(40);
    private static final String NEW = "b".repeat(40);

    @TempDir
    private Path cache;

    private Path file(String model, String commit, String name) throws IOException {
        Path file = cache.resolve(model).resolve("snapshots").resolve(commit).resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "x".repeat(10));
    }

    private void ref(String model, String name, String commit) throws IOException {
        Files.createDirectories(cache.resolve(model).resolve("refs"));
        Files.writeString(cache.resolve(model).resolve("refs").resolve(name), commit);
    }

    private ModelStore store() {
        return new ModelStore(null, cache);
    }

    @Test
    void revisionsAreFoundByTheirNames() throws IOException {
        Path old = file("models--org--name", OLD, "config.json").resolveSibling("");
        Path now = file("models--org--name", NEW, "config.json").resolveSibling("");
        file("models--org--name", NEW, "model.safetensors");
        ref("models--org--name", "main", NEW);
        ref("models--org--name", "v1", OLD);
        assertThat(store().find("org/name")).isEqualTo(now);
        assertThat(store().find("org/name@v1")).isEqualTo(old);
        assertThat(store().find("org/name@" + OLD)).isEqualTo(old);
        assertThat(store().find("https://huggingface.co/org/name")).isEqualTo(now);
        assertThat(store().lookUp("org/name@v2")).isEmpty();
        StoredModel model = store().models().getFirst();
        assertThat(model.id()).isEqualTo("org/name");
        assertThat(model.revision()).isEqualTo(NEW);
        assertThat(model.path()).isEqualTo(now);
        assertThat(model.size()).isEqualTo(20);
        assertThat(model.cached()).isTrue();
    }

    @Test
    void ggufModelsAreFoundByTheirQuantisation() throws IOException {
        Path usual = file("models--org--gguf", NEW, "name-Q4_K_M.gguf");
        Path split = file("models--org--gguf", NEW, "Q8_0/name-Q8_0-00001-of-00002.gguf");
        file("models--org--gguf", NEW, "Q8_0/name-Q8_0-00002-of-00002.gguf");
        file("models--org--gguf", NEW, "mmproj-F16.gguf");
        file("models--org--gguf", NEW, "config.json");
        file("models--org--two", NEW, "name-Q4_0.gguf");
        file("models--org--two", NEW, "name-Q5_0.gguf");
        Path lone = file("models--org--lone", NEW, "lone.gguf");
        assertThat(store().list().keySet())
                .containsExactly("org/gguf:Q4_K_M", "org/gguf:Q8_0", "org/lone:lone", "org/two:Q4_0", "org/two:Q5_0");
        assertThat(store().find("org/gguf")).isEqualTo(usual);
        assertThat(store().find("org/gguf:q8_0")).isEqualTo(split);
        assertThat(store().find("org/lone")).isEqualTo(lone);
        assertThat(store().models()).extracting(StoredModel::size).containsExactly(10L, 20L, 10L, 10L, 10L);
        assertThatThrownBy(() -> store().find("org/two"))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("org/two:Q4_0");
    }

    @Test
    void aNameThatIsNotHereSaysHowToGetIt() {
        assertThatThrownBy(() -> store().find("org/name:Q4_0")).hasMessageContaining("jandaia pull org/name:Q4_0");
        assertThatThrownBy(() -> store().find("missing.gguf")).message().doesNotContain("pull");
        assertThatThrownBy(() -> store().find("../../etc")).message().doesNotContain("pull");
    }
}
