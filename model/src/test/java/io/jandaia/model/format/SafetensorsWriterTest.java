package io.jandaia.model.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {

    private static final List<TensorShape> TENSORS = List.of(
            new TensorShape("a \"ç\"", ElementType.F32, new long[] {2, 2}),
            new TensorShape("none", ElementType.F16, new long[] {0}),
            new TensorShape("scalar", ElementType.BOOL, new long[] {}));

    @TempDir
    Path dir;

    private static MemorySegment floats(float... values) {
        return MemorySegment.ofArray(values);
    }

    @Test
    void whatIsWrittenInPartsIsReadBack() throws IOException {
        Path file = dir.resolve("m.safetensors");
        try (SafetensorsWriter w = SafetensorsWriter.create(file, TENSORS, SafetensorsWriter.PYTORCH)) {
            w.begin("a \"ç\"");
            w.append(floats(1));
            w.append(floats(2, 3, 4));
            w.write("none", MemorySegment.ofArray(new byte[0]));
            w.write("scalar", MemorySegment.ofArray(new byte[] {1}));
            assertThat(file).doesNotExist();
            w.finish();
        }
        assertThat(names()).containsExactly("m.safetensors");
        assertThat(Files.size(file) % 64).isEqualTo(17); // a header of whole lines, then 16 and 1 bytes
        try (ModelFile m = ModelFile.open(file)) {
            assertThat(m.tensors().keySet()).containsExactly("a \"ç\"", "none", "scalar");
            assertThat(m.tensor("a \"ç\"").toFloats()).containsExactly(1, 2, 3, 4);
            assertThat(m.metadata()).isEqualTo(Map.of("format", "pt"));
        }
    }

    @Test
    void aFileThatIsNotFinishedIsNotThere() throws IOException {
        Path file = dir.resolve("m.safetensors");
        SafetensorsWriter w = SafetensorsWriter.create(file, TENSORS, Map.of());
        w.begin("a \"ç\"");
        w.append(floats(1));
        assertThat(names()).containsExactly("m.safetensors.part");
        assertThatThrownBy(w::finish).hasMessageContaining("lacking 12 bytes");
        assertThatThrownBy(() -> w.begin("none")).hasMessageContaining("lacks 12 bytes");
        assertThatThrownBy(() -> w.append(floats(1, 2, 3, 4))).hasMessageContaining("more bytes");
        w.append(floats(2, 3, 4));
        assertThatThrownBy(() -> w.begin("scalar")).hasMessageContaining("'none'");
        w.close();
        assertThat(names()).isEmpty();
    }

    @Test
    void namesTwiceAndTypesThatTheFormatLacksAreRefused() {
        TensorShape t = TENSORS.getFirst();
        assertThatThrownBy(() -> SafetensorsWriter.create(dir.resolve("x"), List.of(t, t), Map.of()))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("is taken");
        TensorShape q = new TensorShape("q", ElementType.Q8_0, new long[] {32});
        assertThatThrownBy(() -> SafetensorsWriter.create(dir.resolve("x"), List.of(q), Map.of()))
                .hasMessageContaining("no type Q8_0");
        assertThatThrownBy(() -> SafetensorsWriter.create(dir.resolve("no/x"), TENSORS, Map.of()))
                .hasMessageContaining("free space");
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }
}
