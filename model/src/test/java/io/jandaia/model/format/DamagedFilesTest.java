package io.jandaia.model.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.jandaia.error.JandaiaException;
import io.jandaia.error.JandaiaException.Kind;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tiny valid files, damaged at random: each either opens, and then all of it can be read, or is refused with a sentence,
 * at once and without taking memory.
 */
class DamagedFilesTest {

    private static final long[] INTERESTING = {
        0,
        1,
        -1,
        2,
        31,
        33,
        64,
        127,
        255,
        1 << 16,
        1 << 20,
        Integer.MAX_VALUE,
        1L << 31,
        1L << 32,
        1L << 40,
        1L << 60,
        1L << 61,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };
    private static final String[] WORDS = {
        "0",
        "-1",
        "1e999",
        "18446744073709551616",
        "null",
        "true",
        "[]",
        "{}",
        "\"\"",
        "F32",
        "BF16",
        "Q4_0",
        "dtype",
        "shape",
        "data_offsets",
        "__metadata__",
        "weight_map",
        "..",
        "/",
        "\\u0000",
        "\"",
        ",",
        ":",
        "}",
        "]",
        "{",
        "[",
        "NaN",
        "1.5"
    };
    private static final Set<Kind> ALLOWED = Set.of(Kind.FORMAT, Kind.UNSUPPORTED, Kind.NOT_FOUND, Kind.USAGE);

    @TempDir
    Path dir;

    @Test
    void aFewThousandDamagedFiles() throws IOException {
        damage(20_261_101, 3_000);
    }

    @Test
    @Tag("long")
    void manyDamagedFiles() throws IOException {
        for (int round = 0; round < 10; round++) {
            damage(1_000 + round, 20_000);
        }
    }

    @Test
    void aHeaderAsLargeAsAllowedTakesNoTime() throws IOException {
        Path file = dir.resolve("many.safetensors");
        StringBuilder header = new StringBuilder("{");
        for (int i = 0; header.length() < 99_000_000; i++) {
            header.append("\"t").append(i).append("\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},");
        }
        Files.write(file, new SafetensorsWriter().bytes(header.toString()));
        refusedInTime(file, "more than 262144 tensors");
        Files.write(file, new SafetensorsWriter().bytes(header.substring(0, 15_000_000) + "}"));
        refusedInTime(file, "at byte 15000009");
        GgufBytes gguf = new GgufBytes();
        for (int i = 0; i < Mapped.MAX_TENSORS; i++) {
            gguf.info("t" + i, 0, new long[] {1}, i % 2 == 0 ? 0 : 32);
        }
        gguf.write(file);
        refusedInTime(file, "needs the bytes 0 to 4 after the header");
    }

    private static void refusedInTime(Path file, String says) {
        long start = System.nanoTime();
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining(says);
        long millis = (System.nanoTime() - start) / 1_000_000;
        System.out.println("Refused after " + millis + " ms: " + says);
        assertThat(millis).isLessThan(10_000); // one second is wanted; the machine may be busy
    }

    private void damage(long seed, int count) throws IOException {
        Random random = new Random(seed);
        List<Map<String, byte[]>> models = models();
        for (Map<String, byte[]> model : models) {
            write(model);
            read(dir.resolve(model.keySet().iterator().next())); // what is not damaged opens
        }
        Map<Kind, Integer> outcomes = new EnumMap<>(Kind.class);
        int opened = 0;
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < count; i++) {
            Map<String, byte[]> model = new LinkedHashMap<>(models.get(random.nextInt(models.size())));
            List<String> names = new ArrayList<>(model.keySet());
            String victim = names.get(random.nextInt(names.size()));
            byte[] bytes = Objects.requireNonNull(model.get(victim));
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                bytes = mutate(bytes, random);
            }
            model.put(victim, bytes);
            write(model);
            String what = "seed " + seed + ", file " + i + " (" + victim + ")";
            long start = System.nanoTime();
            long before = threads.getCurrentThreadAllocatedBytes();
            try {
                read(dir.resolve(names.getFirst()));
                opened++;
            } catch (JandaiaException e) {
                assertThat(ALLOWED).as(what + ": " + e.getMessage()).contains(e.kind());
                assertThat(e.getMessage()).as(what).contains(dir.toString()).hasSizeLessThan(2000);
                assertThat(String.valueOf(e.getMessage()).chars().noneMatch(Character::isISOControl))
                        .as(what + e.getMessage())
                        .isTrue();
                outcomes.merge(e.kind(), 1, Integer::sum);
            } catch (Throwable e) {
                throw new AssertionError(what, e);
            }
            assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                    .as(what)
                    .isLessThan(4 << 20);
            assertThat(System.nanoTime() - start).as(what).isLessThan(2_000_000_000L);
        }
        System.out.println("Damaged files, seed " + seed + ": " + opened + " opened, refused " + outcomes);
        assertThat(opened).isGreaterThan(count / 50);
        assertThat(outcomes.get(Kind.FORMAT)).isGreaterThan(count / 4);
    }

    private void write(Map<String, byte[]> model) throws IOException {
        for (Map.Entry<String, byte[]> e : model.entrySet()) {
            Files.write(dir.resolve(e.getKey()), e.getValue());
        }
    }

    /** Opens the file and touches all that it offers. */
    private static void read(Path path) {
        if (path.toString().endsWith("config.json")) {
            Config c = Config.read(path);
            c.unread();
            c.size("hidden_size", 1);
            c.text().string("model_type", "");
            c.childOrEmpty("rope").number("theta", 1);
            c.integers("eos");
            return;
        }
        try (ModelFile m = ModelFile.open(path)) {
            long sum = 0;
            for (StoredTensor t : m.tensors().values()) {
                for (byte b : t.data().toArray(ValueLayout.JAVA_BYTE)) {
                    sum += b;
                }
                if (t.type().computable() && t.data().byteSize() > 0) {
                    assertThat(t.toFloats()).hasSize((int) t.count());
                }
                assertThat(m.tensor(t.name())).isSameAs(t);
            }
            assertThat(m.metadata().values()).doesNotContainNull();
            assertThat(sum).isLessThan(Long.MAX_VALUE);
            for (String name : m.unsupported().keySet()) {
                assertThatThrownBy(() -> m.tensor(name)).isInstanceOf(JandaiaException.class);
            }
            if (m instanceof Gguf gguf) {
                gguf.config().unread();
            }
        }
    }

    private static byte[] mutate(byte[] in, Random random) {
        int n = in.length;
        if (n < 9) {
            return Arrays.copyOf(in, 16);
        }
        byte[] out = in.clone();
        // Headers come first and are the part that decides.
        int at = random.nextBoolean() ? random.nextInt(n) : random.nextInt(Math.min(n, 120));
        switch (random.nextInt(9)) {
            case 0 -> out[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> out[at] = (byte) random.nextInt(256);
            case 2 -> out = Arrays.copyOf(in, at);
            case 3 -> out = Arrays.copyOf(in, n + 1 + random.nextInt(64));
            case 4, 5 -> {
                ByteBuffer b = ByteBuffer.wrap(out).order(ByteOrder.LITTLE_ENDIAN);
                long v = INTERESTING[random.nextInt(INTERESTING.length)];
                if (random.nextBoolean() && at <= n - 8) {
                    b.putLong(at, v);
                } else if (at <= n - 4) {
                    b.putInt(at, (int) v);
                }
            }
            case 6 -> {
                byte[] word = WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.UTF_8);
                System.arraycopy(word, 0, out, at, Math.min(word.length, n - at));
            }
            case 7 -> {
                int length = Math.min(n - at, 1 + random.nextInt(40));
                out = ByteBuffer.allocate(n + length)
                        .put(in, 0, at)
                        .put(in, at, length)
                        .put(in, at, n - at)
                        .array();
            }
            default -> {
                int length = Math.min(n - at, 1 + random.nextInt(40));
                out = ByteBuffer.allocate(n - length)
                        .put(in, 0, at)
                        .put(in, at + length, n - at - length)
                        .array();
            }
        }
        return out;
    }

    /** Valid models: file names, the one to open first, and contents. */
    private static List<Map<String, byte[]>> models() {
        float[] block = new float[32];
        for (int i = 0; i < block.length; i++) {
            block[i] = i / 8f - 2;
        }
        GgufBytes gguf = new GgufBytes()
                .put("general.architecture", "llama")
                .put("llama.count", 2)
                .put("llama.eps", 1e-5f)
                .put("llama.on", true)
                .put("nested", 9, b -> b.i32(9).i64(1).i32(5).i64(2).i32(7).i32(8))
                .put("tokens", "a", "bc", "鳥")
                .put("scores", 1f, 2f)
                .put("types", 1, 2, 3)
                .add("f", ElementType.F32, new long[] {2, 2}, 1, 2, 3, 4)
                .add("q", ElementType.Q8_0, new long[] {1, 32}, block)
                .add("k", 14, new long[] {1, 256}, new byte[210]);
        SafetensorsWriter st = new SafetensorsWriter()
                .metadata("format", "pt")
                .add("w", new long[] {2, 2}, 1, 2, 3, 4)
                .add("h", "BF16", new long[] {3}, new byte[6])
                .add("m", "BOOL", new long[] {2}, new byte[2]);
        Map<String, byte[]> sharded = new LinkedHashMap<>();
        sharded.put(
                "i.json",
                "{\"metadata\":{\"total_size\":8},\"weight_map\":{\"a\":\"s1\",\"b\":\"s2\"}}"
                        .getBytes(StandardCharsets.UTF_8));
        sharded.put("s1", new SafetensorsWriter().add("a", new long[] {1}, 1).bytes());
        sharded.put("s2", new SafetensorsWriter().add("b", new long[] {1}, 1).bytes());
        Map<String, byte[]> split = new LinkedHashMap<>();
        for (int i = 0; i < 2; i++) {
            int number = i;
            split.put(
                    "m-0000" + (i + 1) + "-of-00002.gguf",
                    new GgufBytes()
                            .put("general.architecture", "x")
                            .put("split.no", 2, b -> b.i16(number))
                            .put("split.count", 2, b -> b.i16(2))
                            .add("t" + i, ElementType.F32, new long[] {1}, 1)
                            .bytes());
        }
        byte[] config =
                "{\"hidden_size\":64,\"text_config\":{\"model_type\":\"x\"},\"rope\":{\"theta\":1e4},\"eos\":[1,2],\"n\":null}"
                        .getBytes(StandardCharsets.UTF_8);
        return List.of(
                Collections.singletonMap("m.gguf", gguf.bytes()),
                Collections.singletonMap("m.safetensors", st.bytes()),
                sharded,
                split,
                Collections.singletonMap("config.json", config));
    }
}
