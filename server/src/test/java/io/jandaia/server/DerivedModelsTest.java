package io.jandaia.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file of derived models: what it keeps, and what it says when it is damaged. */
class DerivedModelsTest {

    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("data/derived.json");
    }

    private static Derived model(String name) {
        return new Derived(name, "starter", 7, Preset.NONE);
    }

    @Test
    void whatIsPutIsThereAgainAndOnlyItsOwnerReadsIt() throws Exception {
        DerivedModels models = DerivedModels.open(file());
        assertThat(models.all()).isEmpty();
        assertThat(folder.resolve("data")).doesNotExist();
        models.put(model("b"));
        models.put(model("org/a:tag"));
        models.put(new Derived("b", "other", 9, Preset.NONE));
        models.remove("nobody");

        DerivedModels again = DerivedModels.open(file());
        assertThat(again.all()).extracting(Derived::name).containsExactly("b", "org/a:tag");
        assertThat(again.find("b")).isEqualTo(new Derived("b", "other", 9, Preset.NONE));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        try (Stream<Path> files = Files.list(folder.resolve("data"))) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrder("derived.json", "derived.json.lock");
        }
    }

    @Test
    void serversThatShareTheFileSeeAndLoseNothing() {
        DerivedModels one = DerivedModels.open(file());
        DerivedModels other = DerivedModels.open(file());
        one.put(model("a"));
        assertThat(other.find("a")).isNotNull();
        other.put(model("b"));
        one.put(model("c"));
        assertThat(other.all()).extracting(Derived::name).containsExactly("a", "b", "c");
        one.remove("a");
        assertThat(other.find("a")).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{\"version\": 1, \"models\": {\"a\": {\"ba",
                "[]",
                "{\"version\": 1}",
                "{\"version\": 2, \"models\": {}}",
                "{\"version\": 1, \"models\": {\"a\": {}}}",
                "{\"version\": 1, \"models\": {\"a\": 3}}",
                "{\"version\": 1, \"models\": {\"../a\": {\"base\": \"starter\"}}}",
                "{\"version\": 1, \"models\": {\"a\": {\"base\": \"starter\", \"parameters\": {\"heat\": 1}}}}",
                "{\"version\": 1, \"models\": {\"a\": {\"base\": \"starter\", \"parameters\": {\"top_p\": 7}}}}",
                "{\"version\": 1, \"models\": {\"a\": {\"base\": \"starter\", \"messages\": [{}]}}}"
            })
    void aDamagedFileIsNamedAndStaysAsItIs(String text) throws Exception {
        Files.createDirectories(file().getParent());
        Files.writeString(file(), text);
        assertThatThrownBy(() -> DerivedModels.open(file()))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining(file().toString())
                .hasMessageMatching("(?s).*(Mend it|Use that version).*");
        assertThat(file()).hasContent(text);
    }

    @Test
    void aFileThatIsDamagedWhileAServerRunsIsNotWrittenOver() throws Exception {
        DerivedModels models = DerivedModels.open(file());
        models.put(model("a"));
        Files.writeString(file(), "{\"half");
        assertThat(models.find("a")).isNotNull(); // requests go on
        assertThat(models.find("a")).isNotNull();
        assertThatThrownBy(() -> models.put(model("b")))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining(file().toString());
        assertThat(file()).hasContent("{\"half");
        Files.delete(file());
        models.put(model("b"));
        assertThat(models.all()).extracting(Derived::name).containsExactly("b");
    }

    @Test
    void whereItCannotBeWrittenItSaysSoAndChangesNothing() throws Exception {
        DerivedModels models = DerivedModels.open(folder.resolve("other/derived.json"));
        Files.writeString(folder.resolve("other"), "a file where the folder should be");
        assertThatThrownBy(() -> models.put(model("a")))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("JANDAIA_DATA");
        assertThat(models.all()).isEmpty();
    }

    @Test
    void thereIsALimit() throws Exception {
        Files.createDirectories(file().getParent());
        String all = IntStream.range(0, 1000)
                .mapToObj(i -> "\"m" + i + "\": {\"base\": \"starter\"}")
                .collect(Collectors.joining(","));
        Files.writeString(file(), "{\"version\": 1, \"models\": {" + all + "}}");
        DerivedModels models = DerivedModels.open(file());
        assertThatThrownBy(() -> models.put(model("more")))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("1000");
        assertThat(models.all()).hasSize(1000);
        models.put(model("m5")); // one that is there may be made anew
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "mario", "org/name", "org/name:q4_K_M", "name:tag", "a.b-c_d", "9"})
    void theseAreNames(String name) {
        assertThat(Derived.name("model", name)).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                ".",
                "..",
                "/a",
                "a/",
                "../a",
                "a/../b",
                "a/b/c",
                "a..b",
                "a b",
                "a\\b",
                "a\nb",
                "ação",
                "a:",
                "a@b",
                "a:b:c",
                "~/a",
                "C:\\a",
                "%2e%2e/a",
                ".hidden",
                "-a"
            })
    void theseAreNone(String name) {
        assertThatThrownBy(() -> Derived.name("model", name))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("'model'")
                .hasMessageContaining("org/name:tag");
    }

    @Test
    void namesAreNotLong() {
        assertThatThrownBy(() -> Derived.name("model", "a".repeat(97))).hasMessageContaining("96");
        assertThatThrownBy(() -> Derived.name("model", "a:" + "b".repeat(65))).hasMessageContaining("64");
    }
}
