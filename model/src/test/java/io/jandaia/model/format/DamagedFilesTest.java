package io.jandaia.model.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.jandaia.error.JandaiaException;
import io.jandaia.error.JandaiaException.Kind;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.ModelFiles;
import io.jandaia.model.ModelText;
import io.jandaia.model.chat.Inputs;
import io.jandaia.model.chat.Message;
import io.jandaia.tensor.StoredTensor;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tiny valid files and folders, damaged at random: each either opens, and then all of it can be read, or is refused with a
 * sentence, at once and without taking memory.
 */
class DamagedFilesTest {

    private static final Set<Kind> ALLOWED = Set.of(Kind.FORMAT, Kind.UNSUPPORTED, Kind.NOT_FOUND, Kind.USAGE);
    private static final List<Message> TALK =
            List.of(Message.system("Be kind."), Message.user("Olá, 🦜"), Message.assistant("Oi"), Message.user("?"));

    @TempDir
    Path dir;

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void aFewThousandDamagedFiles() throws IOException {
        damage(20_261_101, 4_000);
    }

    @Test
    @Tag("long")
    @Timeout(value = 1800, unit = TimeUnit.SECONDS)
    void manyDamagedFiles() throws IOException {
        for (int round = 0; round < 5; round++) {
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
        Files.write(file, new SafetensorsBytes().bytes(header.toString()));
        refusedInTime(file, "more than 262144 tensors");
        Files.write(file, new SafetensorsBytes().bytes(header.substring(0, 15_000_000) + "}"));
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
        assertThatThrownBy(() -> readFile(file))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining(says);
        long millis = (System.nanoTime() - start) / 1_000_000;
        System.out.println("Refused after " + millis + " ms: " + says);
        assertThat(millis).isLessThan(10_000); // one second is wanted; the machine may be busy
    }

    private void damage(long seed, int count) throws IOException {
        Random random = new Random(seed);
        Mutation mutation = new Mutation(random);
        List<Sample> samples = Sample.all();
        List<Path> folders = new ArrayList<>();
        for (Sample sample : samples) {
            Path folder = Files.createTempDirectory(dir, sample.name());
            folders.add(folder);
            for (Map.Entry<String, byte[]> e : sample.files().entrySet()) {
                Files.write(folder.resolve(e.getKey()), e.getValue());
            }
            read(sample, folder); // what is not damaged opens
        }
        List<String> defects = new ArrayList<>();
        Map<Kind, Integer> outcomes = new EnumMap<>(Kind.class);
        Map<String, Integer> opened = new TreeMap<>();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < count; i++) {
            int which = random.nextInt(samples.size());
            Sample sample = samples.get(which);
            Path folder = folders.get(which);
            List<String> names = new ArrayList<>(sample.files().keySet());
            String victim = names.get(random.nextInt(names.size()));
            byte[] good = Objects.requireNonNull(sample.files().get(victim));
            Files.write(folder.resolve(victim), mutation.of(victim, good));
            String what = "seed " + seed + ", file " + i + " (" + sample.name() + "/" + victim + ")";
            long start = System.nanoTime();
            long before = threads.getCurrentThreadAllocatedBytes();
            try {
                read(sample, folder);
                opened.merge(sample.name(), 1, Integer::sum);
            } catch (JandaiaException e) {
                String message = String.valueOf(e.getMessage());
                outcomes.merge(e.kind(), 1, Integer::sum);
                if (!ALLOWED.contains(e.kind())
                        || message.length() > 2000
                        || message.chars().anyMatch(Character::isISOControl)
                        || (sample.level() == Sample.Level.FILE && !message.contains(dir.toString()))) {
                    defects.add(what + ": " + e.kind() + " " + message);
                }
            } catch (Throwable e) {
                StackTraceElement[] trace = e.getStackTrace();
                defects.add(what + ": " + e + Arrays.asList(trace).subList(0, Math.min(6, trace.length)));
            }
            long bytes = threads.getCurrentThreadAllocatedBytes() - before;
            long millis = (System.nanoTime() - start) / 1_000_000;
            if (bytes > (sample.level() == Sample.Level.FILE ? 4 << 20 : 64 << 20) || millis > 10_000) {
                defects.add(what + ": took " + bytes + " bytes and " + millis + " ms");
            }
            Files.write(folder.resolve(victim), good);
        }
        System.out.println(
                "Damaged files, seed " + seed + ": " + count + ", opened " + opened + ", refused " + outcomes);
        assertThat(defects).isEmpty();
        assertThat(opened.values().stream().mapToInt(n -> n).sum()).isGreaterThan(count / 50);
        assertThat(outcomes.get(Kind.FORMAT)).isGreaterThan(count / 5);
    }

    private static void read(Sample sample, Path folder) {
        switch (sample.level()) {
            case FILE -> {
                for (String name : sample.open()) {
                    readFile(folder.resolve(name));
                }
            }
            case TEXT -> use(ModelText.open(folder, null));
            case FOLDER -> {
                try (ModelFiles files = ModelFiles.open(folder, LoadOptions.DEFAULT)) {
                    assertThat(files.spec().toString()).isNotEmpty();
                    touch(files.tensors());
                    assertThat(files.notes()).doesNotContainNull();
                    use(files.text(null));
                }
            }
        }
    }

    /** Everything that does not need weights. */
    private static void use(ModelText text) {
        int[] ids = text.tokenizer().encode("Olá, jandaia! 123 🦜\n  x").ids();
        assertThat(text.tokenizer().decode(ids, false)).isNotNull();
        assertThat(text.notes()).doesNotContainNull();
        if (text.hasTemplate()) {
            assertThat(text.prompt(TALK, Inputs.NONE.generate(true))).isNotNull();
        }
    }

    /** Opens the file and touches all that it offers. */
    private static void readFile(Path path) {
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
            touch(m.tensors());
            for (String name : m.tensors().keySet()) {
                assertThat(m.tensor(name)).isSameAs(m.tensors().get(name));
            }
            assertThat(m.metadata().values()).doesNotContainNull();
            for (String name : m.unsupported().keySet()) {
                assertThatThrownBy(() -> m.tensor(name)).isInstanceOf(JandaiaException.class);
            }
            if (m instanceof Gguf gguf) {
                gguf.config().unread();
            }
        }
    }

    private static void touch(Map<String, StoredTensor> tensors) {
        long sum = 0;
        for (StoredTensor t : tensors.values()) {
            for (byte b : t.data().toArray(ValueLayout.JAVA_BYTE)) {
                sum += b;
            }
            if (t.type().computable() && t.data().byteSize() > 0) {
                assertThat(t.toFloats()).hasSize((int) t.count());
            }
        }
        assertThat(sum).isLessThan(Long.MAX_VALUE);
    }
}
