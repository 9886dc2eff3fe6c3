package io.jandaia.model.quantization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.error.JandaiaException.Kind;
import io.jandaia.model.Progress;
import io.jandaia.model.format.Gguf;
import io.jandaia.model.format.GgufValue;
import io.jandaia.model.format.GgufWriter;
import io.jandaia.model.format.TensorShape;
import io.jandaia.tensor.ElementType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against the files that llama.cpp's quantiser writes of the same model, byte for byte, and what must not happen to files. */
class QuantizerTest {

    private static final Quantizer.Options PLAIN = new Quantizer.Options(2, false, false);

    @TempDir
    Path folder;

    private Path source;

    @BeforeEach
    void writeSource() {
        source = folder.resolve("source.gguf");
        write(source, true, ElementType.F32, 0);
    }

    /** Eight layers of small matrices, some with rows that super-blocks cannot hold; the rules look at names and counts. */
    private static void write(Path file, boolean ownHead, ElementType type, float spoiled) {
        Map<String, GgufValue> metadata = new LinkedHashMap<>();
        metadata.put("general.architecture", GgufValue.of("llama"));
        metadata.put("general.name", GgufValue.of("tiny ção"));
        metadata.put("llama.block_count", GgufValue.u32(8));
        metadata.put("llama.context_length", GgufValue.u32(64));
        metadata.put("llama.embedding_length", GgufValue.u32(256));
        metadata.put("llama.feed_forward_length", GgufValue.u32(288));
        metadata.put("llama.attention.head_count", GgufValue.u32(8));
        metadata.put("llama.attention.head_count_kv", GgufValue.u32(2));
        metadata.put("llama.attention.layer_norm_rms_epsilon", GgufValue.f32(1e-5f));
        metadata.put("llama.vocab_size", GgufValue.u32(4));
        metadata.put("general.file_type", GgufValue.u32(0));
        metadata.put("test.flag", GgufValue.of(true));
        metadata.put("test.list", GgufValue.of(new int[] {3, -1}));
        List<TensorShape> tensors = new ArrayList<>();
        tensors.add(new TensorShape("token_embd.weight", type, new long[] {4, 256}));
        for (int i = 0; i < 8; i++) {
            String layer = "blk." + i + ".";
            tensors.add(new TensorShape(layer + "attn_norm.weight", ElementType.F32, new long[] {256}));
            for (String name : List.of("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up")) {
                tensors.add(new TensorShape(layer + name + ".weight", type, new long[] {3, 256}));
            }
            tensors.add(new TensorShape(layer + "ffn_down.weight", type, new long[] {3, i % 3 == 1 ? 288 : 512}));
        }
        tensors.add(new TensorShape("output_norm.weight", ElementType.F32, new long[] {256}));
        if (ownHead) {
            tensors.add(new TensorShape("output.weight", type, new long[] {4, 256}));
        }
        Random random = new Random(5);
        try (GgufWriter writer = GgufWriter.create(file, metadata, tensors)) {
            for (TensorShape t : tensors) {
                float[] numbers = new float[(int) t.count()];
                for (int k = 0; k < numbers.length; k++) {
                    numbers[k] = (float) random.nextGaussian() * (k % 61 == 7 ? 0.3f : 0.05f);
                }
                if (spoiled != 0 && t.name().equals("blk.3.ffn_up.weight")) {
                    numbers[300] = spoiled;
                }
                byte[] bytes = new byte[(int) t.bytes()];
                t.type()
                        .format()
                        .encode(
                                MemorySegment.ofArray(numbers),
                                0,
                                MemorySegment.ofArray(bytes),
                                0,
                                numbers.length / t.type().blockElements());
                writer.begin(t.name());
                writer.append(MemorySegment.ofArray(bytes));
            }
            writer.finish();
        }
    }

    record Golden(String name, String sha256) {}

    static Stream<Golden> goldens() throws IOException {
        try (var in = QuantizerTest.class.getResourceAsStream("quantized.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(" "))
                    .map(f -> new Golden(f[0], f[1]));
        }
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void writesTheBytesOfLlamaCpp(Golden golden) throws IOException {
        if (golden.name.equals("source")) {
            assertThat(sha256(source)).as("the source of this test").isEqualTo(golden.sha256);
            return;
        }
        boolean tied = golden.name.startsWith("tied-");
        if (tied) {
            write(source, false, ElementType.F32, 0);
        }
        Path target = folder.resolve("target.gguf");
        Quantizer.quantize(source, target, Mix.of(golden.name.substring(tied ? 5 : 0)), PLAIN, Progress.NONE);
        assertThat(sha256(target)).isEqualTo(golden.sha256);
    }

    @Test
    void everyMixHasAGolden() throws IOException {
        assertThat(goldens().map(Golden::name))
                .contains(Stream.of(Mix.values()).map(Mix::toString).toArray(String[]::new));
    }

    @Test
    void saysWhatItDidAndHowFarItIs() {
        List<Long> heard = new ArrayList<>();
        Path target = folder.resolve("t.gguf");
        Quantizer.Result result = Quantizer.quantize(source, target, Mix.Q4_K_M, PLAIN, (done, total) -> {
            assertThat(done).isLessThanOrEqualTo(total);
            heard.add(done);
        });
        assertThat(result.types().values().stream().mapToInt(n -> n).sum()).isEqualTo(67);
        assertThat(result.notes())
                .hasSize(3)
                .allMatch(n -> n.contains("ffn_down") && n.contains("rows of 288 numbers"));
        assertThat(heard).isSorted().last().isEqualTo(result.numbers());
    }

    @Test
    void theNumberOfThreadsChangesNothing() throws IOException {
        Path one = folder.resolve("1.gguf");
        Path three = folder.resolve("3.gguf");
        Quantizer.quantize(source, one, Mix.Q3_K_M, new Quantizer.Options(1, false, false), Progress.NONE);
        Quantizer.quantize(source, three, Mix.Q3_K_M, new Quantizer.Options(3, false, false), Progress.NONE);
        assertThat(three).hasSameBinaryContentAs(one);
    }

    @Test
    void keepsAFileThatIsThere() throws IOException {
        Path target = folder.resolve("there.gguf");
        Files.writeString(target, "mine");
        assertThatThrownBy(() -> Quantizer.quantize(source, target, Mix.Q8_0, PLAIN, Progress.NONE))
                .isInstanceOfSatisfying(
                        JandaiaException.class, e -> assertThat(e.kind()).isEqualTo(Kind.USAGE))
                .hasMessageContaining("--force");
        assertThat(target).hasContent("mine");
        Quantizer.Options force = new Quantizer.Options(1, true, false);
        Quantizer.quantize(source, target, Mix.Q8_0, force, Progress.NONE);
        try (Gguf file = Gguf.open(target)) {
            assertThat(file.tensor("output.weight").type()).isEqualTo(ElementType.Q8_0);
        }
        assertThatThrownBy(() -> Quantizer.quantize(source, source, Mix.Q8_0, force, Progress.NONE))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("in place");
    }

    @Test
    void leavesNothingWhenItFails() throws IOException {
        Path spoiled = folder.resolve("spoiled.gguf");
        write(spoiled, true, ElementType.F32, Float.NaN);
        Path target = folder.resolve("t.gguf");
        assertThatThrownBy(() -> Quantizer.quantize(spoiled, target, Mix.Q4_K_S, PLAIN, Progress.NONE))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("row 1 of tensor 'blk.3.ffn_up.weight'")
                .hasMessageContaining("NaN");
        assertThatThrownBy(() -> Quantizer.quantize(source, target, Mix.Q4_K_S, PLAIN, (done, total) -> {
                    if (done > total / 2) {
                        Thread.currentThread().interrupt();
                    }
                }))
                .isInstanceOfSatisfying(
                        JandaiaException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CANCELLED));
        assertThat(Thread.interrupted()).isTrue();
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactlyInAnyOrder(source, spoiled);
        }
    }

    @Test
    void quantizedWeightsAreTakenOnlyWhenAsked() {
        Path half = folder.resolve("half.gguf");
        Path target = folder.resolve("t.gguf");
        write(half, true, ElementType.Q8_0, 0);
        assertThatThrownBy(() -> Quantizer.quantize(half, target, Mix.Q4_0, PLAIN, Progress.NONE))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("--requantize");
        Quantizer.quantize(half, target, Mix.Q4_0, new Quantizer.Options(1, false, true), Progress.NONE);
        // What is of the right type already is copied, without a word.
        Quantizer.quantize(half, folder.resolve("same.gguf"), Mix.Q8_0, PLAIN, Progress.NONE);
    }

    private static String sha256(Path file) throws IOException {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
