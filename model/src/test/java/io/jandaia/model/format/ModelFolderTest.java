package io.jandaia.model.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.jandaia.error.JandaiaException;
import io.jandaia.error.JandaiaException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFolderTest {

    @TempDir
    Path dir;

    private void weights(String name) {
        new SafetensorsBytes().add("x", new long[] {1}, 2).write(dir.resolve(name));
    }

    private void text(String name, String text) throws IOException {
        Files.writeString(dir.resolve(name), text);
    }

    @Test
    void opensASingleFile() throws IOException {
        weights("model.safetensors");
        text("config.json", "{\"model_type\":\"llama\"}");
        try (ModelFolder m = ModelFolder.open(dir)) {
            assertThat(m.config().string("model_type")).isEqualTo("llama");
            assertThat(m.generation().keys()).isEmpty();
            assertThat(m.file().tensor("x").toFloats()).containsExactly(2);
            assertThat(m.has("tokenizer.json")).isFalse();
            JandaiaException e = catchThrowableOfType(JandaiaException.class, () -> m.require("tokenizer.json"));
            assertThat(e).hasMessageContaining("has no tokenizer.json");
            assertThat(m.require("config.json")).exists();
        }
        text("generation_config.json", "{\"temperature\":0.6}");
        // The single file is taken, as transformers does.
        text("model.safetensors.index.json", "{\"weight_map\":{\"x\":\"gone.safetensors\"}}");
        try (ModelFolder m = ModelFolder.open(dir)) {
            assertThat(m.generation().number("temperature")).isEqualTo(0.6);
        }
    }

    @Test
    void opensShardsThroughLinksAsTheHubCacheHasThem() throws IOException {
        Path blobs = Files.createDirectory(dir.resolve("blobs"));
        Path snapshot = Files.createDirectory(dir.resolve("snapshot"));
        new SafetensorsBytes().add("x", new long[] {1}, 2).write(blobs.resolve("aa"));
        Files.writeString(blobs.resolve("bb"), "{\"weight_map\":{\"x\":\"model-00001-of-00001.safetensors\"}}");
        Files.writeString(blobs.resolve("cc"), "{}");
        Files.createSymbolicLink(snapshot.resolve("model-00001-of-00001.safetensors"), Path.of("../blobs/aa"));
        Files.createSymbolicLink(snapshot.resolve("model.safetensors.index.json"), Path.of("../blobs/bb"));
        Files.createSymbolicLink(snapshot.resolve("config.json"), Path.of("../blobs/cc"));
        try (ModelFolder m = ModelFolder.open(snapshot)) {
            assertThat(m.file().tensor("x").toFloats()).containsExactly(2);
        }
        Files.delete(blobs.resolve("bb"));
        refused(Kind.NOT_FOUND, snapshot, "link to a file that is not there");
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        refused(Kind.NOT_FOUND, dir, "has no model.safetensors");
        refused(Kind.NOT_FOUND, dir.resolve("gone"), "no folder");
        text("adapter_model.safetensors", "x");
        refused(Kind.USAGE, dir, "adapter");
        text("model-00001-of-00002.safetensors", "x");
        Files.delete(dir.resolve("adapter_model.safetensors"));
        refused(Kind.NOT_FOUND, dir, "only files like model-00001-of-00002.safetensors");
        text("m.gguf", "x");
        refused(Kind.USAGE, dir, "m.gguf; open that file");
        text("pytorch_model.bin", "x");
        refused(Kind.NOT_FOUND, dir, "no config.json");
        weights("model.safetensors");
        refused(Kind.NOT_FOUND, dir, "no config.json");
        refused(Kind.USAGE, dir.resolve("m.gguf"), "it is a file");
        text("config.json", "{}");
        Files.delete(dir.resolve("model.safetensors"));
        refused(Kind.FORMAT, dir, "pytorch_model.bin");
        weights("model.safetensors");
        text("config.json", "{");
        refused(Kind.FORMAT, dir, "config.json");
    }

    private static void refused(Kind kind, Path folder, String says) {
        JandaiaException e = catchThrowableOfType(
                JandaiaException.class, () -> ModelFolder.open(folder).close());
        assertThat(e).hasMessageContaining(says).hasMessageContaining(folder.toString());
        assertThat(e.kind()).isEqualTo(kind);
    }
}
