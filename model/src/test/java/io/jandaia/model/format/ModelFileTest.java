package io.jandaia.model.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.jandaia.error.JandaiaException;
import io.jandaia.error.JandaiaException.Kind;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFileTest {

    @TempDir
    Path dir;

    @Test
    void theContentDecidesNotTheName() {
        Path gguf = new GgufBytes()
                .put("general.architecture", "llama")
                .add("x", ElementType.F32, new long[] {1}, 1)
                .write(dir.resolve("a.safetensors"));
        Path safetensors = new SafetensorsBytes().add("x", new long[] {1}, 2).write(dir.resolve("b.gguf"));
        try (ModelFile a = ModelFile.open(gguf);
                ModelFile b = ModelFile.open(safetensors)) {
            assertThat(a).isInstanceOf(Gguf.class);
            assertThat(b).isInstanceOf(Safetensors.class);
            assertThat(a.tensor("x").toFloats()).containsExactly(1);
            assertThat(b.tensor("x").toFloats()).containsExactly(2);
        }
    }

    @Test
    void saysWhatAnotherFileLooksLike() throws IOException {
        Map<String, String> cases = new LinkedHashMap<>();
        cases.put("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12", "Git LFS pointer");
        cases.put("<!DOCTYPE html><html><body>404", "web page");
        cases.put("\n\n  <html lang=en>", "web page");
        cases.put("PK\u0003\u0004zip", "zip archive");
        cases.put("\u0080\u0002}q\u0000X", "pickle");
        cases.put("tjgg\u0001\u0000", "before August 2023");
        cases.put("FUGG\u0000\u0000\u0000\u0003", "big-endian");
        cases.put("\u0089HDF\r\n", "HDF5");
        cases.put("\u001f\u008b\b", "gzip");
        cases.put("\0\0\0\0\0\0\0\0\0\0\0\0", "zeros");
        cases.put("hello", "something else, starting with the bytes 68 65 6c 6c 6f");
        cases.put("[1,2]", "something else");
        cases.put("GGU", "something else");
        Path file = dir.resolve("model.gguf");
        for (Map.Entry<String, String> c : cases.entrySet()) {
            Files.write(file, c.getKey().getBytes(StandardCharsets.ISO_8859_1));
            JandaiaException e = refused(file);
            assertThat(e.kind()).isEqualTo(Kind.FORMAT);
            assertThat(e).hasMessageContaining(c.getValue()).hasMessageContaining("model.gguf");
        }
    }

    @Test
    void saysWhatIsNotAFile() throws IOException {
        assertThat(refused(dir)).hasMessageContaining("folder");
        assertThat(refused(dir.resolve("nowhere")).kind()).isEqualTo(Kind.NOT_FOUND);
        Path link = Files.createSymbolicLink(dir.resolve("link"), dir.resolve("gone"));
        assertThat(refused(link)).hasMessageContaining("link to a file that is not there");
        assertThat(refused(Files.createFile(dir.resolve("empty")))).hasMessageContaining("empty");
        Path device = Path.of("/dev/zero");
        if (Files.exists(device)) {
            assertThat(refused(device)).hasMessageContaining("expected a regular file");
        }
    }

    @Test
    void closingEndsTheTensorsAndMayBeRepeated() {
        Path file = new SafetensorsBytes().add("x", new long[] {1}, 2).write(dir.resolve("x.safetensors"));
        ModelFile m = ModelFile.open(file);
        StoredTensor x = m.tensor("x");
        m.close();
        m.close();
        assertThatThrownBy(x::toFloats).isInstanceOf(IllegalStateException.class);
    }

    private static JandaiaException refused(Path file) {
        return catchThrowableOfType(
                JandaiaException.class, () -> ModelFile.open(file).close());
    }
}
