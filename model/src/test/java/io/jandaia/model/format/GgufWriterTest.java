package io.jandaia.model.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.error.JandaiaException.Kind;
import io.jandaia.tensor.ElementType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufWriterTest {

    @TempDir
    Path folder;

    private static final List<TensorShape> TWO = List.of(
            new TensorShape("a", ElementType.F32, new long[] {2, 3}),
            new TensorShape("b", ElementType.I8, new long[] {5}));

    private static MemorySegment bytes(int... values) {
        byte[] out = new byte[values.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (byte) values[i];
        }
        return MemorySegment.ofArray(out);
    }

    @Test
    void whatIsWrittenIsRead() {
        Path file = folder.resolve("x.gguf");
        Map<String, GgufValue> metadata = new LinkedHashMap<>();
        metadata.put("general.architecture", GgufValue.of("llama"));
        metadata.put("n", GgufValue.u32(4_000_000_000L));
        metadata.put("f", GgufValue.f32(0.25f));
        metadata.put("yes", GgufValue.of(true));
        metadata.put("words", GgufValue.of(List.of("olá", "", "x")));
        metadata.put("ints", GgufValue.of(new int[] {-1, 7}));
        metadata.put("floats", GgufValue.of(new float[] {1.5f}));
        try (GgufWriter writer = GgufWriter.create(file, metadata, TWO)) {
            writer.begin("a");
            writer.append(MemorySegment.ofArray(new float[] {1, 2}));
            writer.append(MemorySegment.ofArray(new float[] {3, 4, 5, 6}));
            writer.begin("b");
            writer.append(bytes(1, 2, 3, 4, 5));
            assertThat(file).doesNotExist();
            writer.finish();
        }
        try (Gguf read = Gguf.open(file)) {
            assertThat(read.metadata().keySet()).containsExactlyElementsOf(metadata.keySet());
            assertThat(read.metadata())
                    .containsEntry("general.architecture", "llama")
                    .containsEntry("n", 4_000_000_000L)
                    .containsEntry("f", 0.25f)
                    .containsEntry("yes", true)
                    .containsEntry("words", new String[] {"olá", "", "x"})
                    .containsEntry("ints", new long[] {-1, 7})
                    .containsEntry("floats", new float[] {1.5f});
            metadata.forEach((key, value) -> {
                GgufValue again = Objects.requireNonNull(read.values().get(key));
                assertThat(again.type()).isEqualTo(value.type());
                assertThat(again.bytes().mismatch(value.bytes())).as(key).isEqualTo(-1);
            });
            assertThat(read.tensor("a").shape()).containsExactly(2, 3);
            assertThat(read.tensor("a").toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
            assertThat(read.tensor("b").data().mismatch(bytes(1, 2, 3, 4, 5))).isEqualTo(-1);
        }
    }

    @Test
    void obeysTheAlignment() throws IOException {
        for (int alignment : new int[] {32, 256}) {
            Path file = folder.resolve(alignment + ".gguf");
            Map<String, GgufValue> metadata = Map.of("general.alignment", GgufValue.u32(alignment));
            try (GgufWriter writer = GgufWriter.create(file, metadata, TWO)) {
                writer.begin("a");
                writer.append(MemorySegment.ofArray(new float[6]));
                writer.begin("b");
                writer.append(bytes(9, 9, 9, 9, 9));
                writer.finish();
            }
            assertThat(Files.size(file) % alignment).isZero();
            try (Gguf read = Gguf.open(file)) {
                assertThat(read.tensor("b").data().mismatch(bytes(9, 9, 9, 9, 9)))
                        .isEqualTo(-1);
            }
        }
    }

    @Test
    void anUnfinishedFileLeavesNothing() throws IOException {
        Path file = folder.resolve("x.gguf");
        Files.writeString(file, "before");
        try (GgufWriter writer = GgufWriter.create(file, Map.of(), TWO)) {
            writer.begin("a");
            assertThatThrownBy(() -> writer.begin("b")).hasMessageContaining("lacks 24 bytes");
            assertThatThrownBy(() -> writer.append(bytes(new int[25]))).hasMessageContaining("more bytes");
            assertThatThrownBy(writer::finish).hasMessageContaining("1 of 2 tensors");
            writer.append(MemorySegment.ofArray(new float[6]));
            assertThatThrownBy(() -> writer.begin("c")).hasMessageContaining("the header has 'b'");
        }
        assertThat(file).hasContent("before");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void whatCannotBeWrittenIsRefusedBeforehand() throws IOException {
        Path file = folder.resolve("x.gguf");
        List<TensorShape> huge = List.of(new TensorShape("a", ElementType.F32, new long[] {1L << 55}));
        assertThatThrownBy(() -> GgufWriter.create(file, Map.of(), huge))
                .isInstanceOfSatisfying(
                        JandaiaException.class, e -> assertThat(e.kind()).isEqualTo(Kind.RESOURCE))
                .hasMessageContaining("the disk has");
        List<TensorShape> twice = List.of(TWO.get(0), TWO.get(0));
        assertThatThrownBy(() -> GgufWriter.create(file, Map.of(), twice)).hasMessageContaining("taken");
        List<TensorShape> odd = List.of(new TensorShape("a", ElementType.F8_E4M3, new long[] {4}));
        assertThatThrownBy(() -> GgufWriter.create(file, Map.of(), odd))
                .isInstanceOfSatisfying(
                        JandaiaException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNSUPPORTED));
        assertThatThrownBy(() -> GgufWriter.create(folder.resolve("no/x.gguf"), Map.of(), TWO))
                .isInstanceOfSatisfying(
                        JandaiaException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND));
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }
}
