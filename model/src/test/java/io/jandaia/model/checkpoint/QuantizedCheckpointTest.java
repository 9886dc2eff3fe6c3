package io.jandaia.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.error.JandaiaException.Kind;
import io.jandaia.model.Progress;
import io.jandaia.model.format.Config;
import io.jandaia.model.format.Safetensors;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every scheme on small weights that were packed and computed with NumPy and PyTorch: a file each, with its {@code
 * quantization_config} in the metadata and the numbers that are expected beside the stored tensors.
 */
class QuantizedCheckpointTest {

    private static final Path FILES = Path.of("src/test/resources/quantized");
    private static final long PLENTY = 1L << 40;

    private record Case(
            Config config, String key, String type, Map<String, StoredTensor> stored, Map<String, float[]> expected) {}

    private static Case read(Safetensors file) {
        Map<String, Object> metadata = file.metadata();
        Map<String, StoredTensor> stored = new LinkedHashMap<>();
        Map<String, float[]> expected = new LinkedHashMap<>();
        String key = text(metadata, "key");
        file.tensors().forEach((name, t) -> {
            if (name.startsWith("expected")) {
                expected.put(name.equals("expected") ? key : name.substring("expected.".length()), t.toFloats());
            } else {
                stored.put(name, t);
            }
        });
        return new Case(
                config(text(metadata, "quantization_config")),
                key,
                metadata.getOrDefault("type", "").toString(),
                stored,
                expected);
    }

    private static String text(Map<String, Object> metadata, String key) {
        return String.valueOf(metadata.get(key));
    }

    private static QuantizedCheckpoint scheme(Case c) {
        return Objects.requireNonNull(QuantizedCheckpoint.of(c.config));
    }

    private static Config config(String section) {
        return Config.parse(
                "config.json", ("{\"quantization_config\": " + section + "}").getBytes(StandardCharsets.UTF_8));
    }

    private static UnpackedTensors unpack(Case c) {
        return new UnpackedTensors(scheme(c), c.stored, PLENTY, Progress.NONE);
    }

    static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(FILES)) {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void weightsAreWhatOthersComputeBitForBit(Path path) {
        try (Safetensors file = Safetensors.open(path)) {
            Case c = read(file);
            try (UnpackedTensors tensors = unpack(c)) {
                assertThat(tensors.keySet()).as("nothing is left over").isEqualTo(c.expected.keySet());
                assertThat(tensors.parameters())
                        .isEqualTo(c.expected.values().stream()
                                .mapToLong(f -> f.length)
                                .sum());
                assertThat(tensors.notes()).isEmpty();
                c.expected.forEach((name, floats) -> {
                    StoredTensor t = Objects.requireNonNull(tensors.get(name));
                    assertThat(unsignedZeros(t.toFloats())).as(name).containsExactly(unsignedZeros(floats));
                    assertThat(t.name()).isEqualTo(name);
                    assertThat(tensors.get(name)).isSameAs(t);
                });
                if (!c.type.isEmpty()) {
                    assertThat(Objects.requireNonNull(tensors.get(c.key)).type())
                            .isEqualTo(ElementType.valueOf(c.type));
                }
                assertThat(tensors.notes()).singleElement().asString().contains("bytes as");
            }
        }
    }

    /** Block formats of whole numbers have no negative zero. */
    private static float[] unsignedZeros(float[] v) {
        float[] out = v.clone();
        for (int i = 0; i < out.length; i++) {
            out[i] += 0f;
        }
        return out;
    }

    /** Whatever a tensor's shape, type or bytes become, the answer is a clear error or numbers, and never another exception. */
    @ParameterizedTest
    @MethodSource("files")
    void damagedTensorsGiveErrorsThatSayWhat(Path path) {
        try (Safetensors file = Safetensors.open(path)) {
            Case c = read(file);
            Random random = new Random(99);
            int refused = 0;
            for (String name : c.stored.keySet()) {
                StoredTensor t = Objects.requireNonNull(c.stored.get(name));
                List<StoredTensor> bad = new ArrayList<>();
                for (int i = 0; i < t.shape().length; i++) {
                    for (long d : new long[] {t.shape()[i] + 1, t.shape()[i] / 2, 0, 1}) {
                        bad.add(resized(t, i, d));
                    }
                }
                bad.add(resized(new StoredTensor(name, t.type(), new long[] {1}, t.data()), 0, t.count() + 1));
                bad.add(new StoredTensor(name, ElementType.I64, t.shape(), bytes(8 * t.count())));
                bad.add(new StoredTensor(name, ElementType.F32, t.shape(), bytes(4 * t.count())));
                byte[] noise = new byte[(int) t.data().byteSize()];
                random.nextBytes(noise);
                bad.add(new StoredTensor(name, t.type(), t.shape(), MemorySegment.ofArray(noise)));
                for (StoredTensor b : bad) {
                    refused += refuses(c, name, b) ? 1 : 0;
                }
                refused += refuses(c, name, null) ? 1 : 0;
            }
            assertThat(refused).as("of %s", path).isGreaterThan(3);
        }
    }

    private static boolean refuses(Case c, String name, @Nullable StoredTensor instead) {
        Map<String, StoredTensor> stored = new LinkedHashMap<>(c.stored);
        if (instead == null) {
            stored.remove(name);
        } else {
            stored.put(name, instead);
        }
        try (UnpackedTensors tensors = new UnpackedTensors(scheme(c), stored, PLENTY, Progress.NONE)) {
            for (String each : tensors.keySet()) {
                tensors.get(each);
            }
            return false;
        } catch (JandaiaException e) {
            assertThat(e.kind()).as(e.getMessage()).isIn(Kind.FORMAT, Kind.UNSUPPORTED);
            return true;
        }
    }

    private static StoredTensor resized(StoredTensor t, int dimension, long size) {
        long[] shape = t.shape().clone();
        shape[dimension] = size;
        long count = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        return new StoredTensor(
                t.name(), t.type(), shape, bytes(count * t.type().blockBytes()));
    }

    private static MemorySegment bytes(long n) {
        byte[] some = new byte[(int) n];
        Arrays.fill(some, (byte) 0x11);
        return MemorySegment.ofArray(some);
    }

    @Test
    void anIndexOutOfRangeIsNamed() {
        withCase("gptq4_act", c -> {
            StoredTensor index = Objects.requireNonNull(c.stored.get("m.g_idx"));
            byte[] copy = index.data().toArray(Numbers.BYTE);
            copy[4] = 77;
            c.stored.put(
                    "m.g_idx", new StoredTensor("m.g_idx", index.type(), index.shape(), MemorySegment.ofArray(copy)));
            assertThatThrownBy(() -> unpack(c).get(c.key))
                    .isInstanceOf(JandaiaException.class)
                    .hasMessageContaining("m.g_idx")
                    .hasMessageContaining("group 77 at 1")
                    .hasMessageContaining("3 groups");
        });
    }

    @Test
    void whatDoesNotFitTheMachineIsRefusedBeforeAnythingIsMade() {
        withCase("gptq4_act", c -> {
            try (UnpackedTensors tensors = new UnpackedTensors(scheme(c), c.stored, 1000, Progress.NONE)) {
                assertThatThrownBy(() -> tensors.get(c.key)).isInstanceOfSatisfying(JandaiaException.class, e -> {
                    assertThat(e.kind()).isEqualTo(Kind.RESOURCE);
                    assertThat(e).hasMessageContaining("6,144 bytes").hasMessageContaining("1,000 bytes");
                });
                assertThat(tensors.notes()).isEmpty();
            }
        });
    }

    private static void withCase(String name, Consumer<Case> test) {
        try (Safetensors file = Safetensors.open(FILES.resolve(name + ".safetensors"))) {
            test.accept(read(file));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"quant_method\": \"hqq\"}|'hqq'",
                "{\"quant_method\": \"gptq\", \"checkpoint_format\": \"marlin\"}|checkpoint_format 'marlin'",
                "{\"quant_method\": \"gptq\", \"bits\": 1}|bits",
                "{\"quant_method\": \"gptq\", \"group_size\": 0}|group_size' the number 0",
                "{\"quant_method\": \"gptq\", \"group_size\": -7}|group_size",
                "{\"quant_method\": \"awq\", \"version\": \"gemv\"}|version 'gemv'",
                "{\"quant_method\": \"awq\", \"bits\": 8}|8 bits",
                "{\"quant_method\": \"fp8\", \"weight_block_size\": [128]}|weight_block_size",
                "{\"quant_method\": \"fp8\", \"fmt\": \"e3m4\"}|e3m4",
                "{\"quant_method\": \"compressed-tensors\", \"format\": \"nvfp4-pack-quantized\"}|nvfp4-pack-quantized",
                "{\"quant_method\": \"compressed-tensors\", \"config_groups\": {}}|no group of weights",
                "{\"quant_method\": \"compressed-tensors\", \"config_groups\": {}, \"transform_config\": {\"R1\": 1}}|transform_config",
                "{}|'unknown'",
            })
    void otherSchemesAreRefusedByName(String section, String named) {
        assertThatThrownBy(() -> QuantizedCheckpoint.of(config(section)))
                .isInstanceOfSatisfying(
                        JandaiaException.class, e -> assertThat(e.kind()).isIn(Kind.FORMAT, Kind.UNSUPPORTED))
                .hasMessageContaining(named);
    }

    @Test
    void patternsOfTargetsAreBounded() {
        Config weights = Config.parse("config.json", "{\"num_bits\": 4}".getBytes(StandardCharsets.UTF_8));
        TargetGroup hostile = TargetGroup.of(List.of("re:(.*a){12}$"), weights);
        TargetGroup other = TargetGroup.of(List.of("Linear"), weights);
        assertThatThrownBy(() -> TargetGroup.of("a".repeat(40) + "!", List.of(hostile, other)))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("takes too long");
    }

    @Test
    void progressCountsNumbers() {
        withCase("ct_groups", c -> {
            List<String> heard = new ArrayList<>();
            try (UnpackedTensors tensors =
                    new UnpackedTensors(scheme(c), c.stored, PLENTY, (done, total) -> heard.add(done + "/" + total))) {
                assertThat(tensors.containsKey(c.key)).isTrue();
                assertThat(heard).as("names cost nothing").isEmpty();
                tensors.values().forEach(t -> assertThat(t.count()).isEqualTo(512));
                assertThat(heard).containsExactly("512/1024", "1024/1024");
            }
        });
    }

    @Test
    void aConfigurationWithoutTheSectionIsNotQuantized() {
        assertThat(QuantizedCheckpoint.of(Config.of("config.json", Map.of()))).isNull();
    }

    @Test
    void schemesSayWhatTheyAre() {
        withCase("gptq4", c -> {
            assertThat(scheme(c).description()).isEqualTo("gptq, 4 bits, groups of 32");
        });
        withCase("ct_int8", c -> {
            QuantizedCheckpoint q = scheme(c);
            assertThat(q.description()).isEqualTo("compressed-tensors, int of 8 bits, a scale a row or matrix");
            assertThat(q.notes()).singleElement().asString().contains("activations");
        });
    }
}
