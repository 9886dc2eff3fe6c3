package io.jandaia.model.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged configurations of every family: whatever a config.json says, the model loads or is refused with our own error, in
 * bounded time.
 */
class DamagedConfigurationsTest {

    private static final Path MODELS = Path.of("src/test/resources/golden/models");

    @TempDir
    Path dir;

    @Test
    void someDamagedConfigurations() throws IOException {
        damage(20_261_126, 1_500);
    }

    @Test
    @Tag("long")
    @Timeout(value = 1800, unit = TimeUnit.SECONDS)
    void manyDamagedConfigurations() throws IOException {
        damage(1, 20_000);
    }

    private void damage(long seed, int count) throws IOException {
        List<Path> folders = new ArrayList<>();
        List<byte[]> good = new ArrayList<>();
        try (Stream<Path> models = Files.list(MODELS)) {
            for (Path model : models.sorted().toList()) {
                Path copy = Files.createDirectory(dir.resolve(model.getFileName()));
                try (Stream<Path> files = Files.list(model)) {
                    for (Path file : files.toList()) {
                        Files.createSymbolicLink(copy.resolve(file.getFileName()), file.toAbsolutePath());
                    }
                }
                good.add(Files.readAllBytes(model.resolve("config.json")));
                Files.delete(copy.resolve("config.json"));
                folders.add(copy);
            }
        }
        assertThat(folders).hasSizeGreaterThan(40);
        LoadOptions options = LoadOptions.DEFAULT.kernels("scalar").threads(1).cacheBytes(1 << 20);
        Random random = new Random(seed);
        Mutation mutation = new Mutation(random);
        List<String> defects = new ArrayList<>();
        int refused = 0;
        for (int i = 0; i < count; i++) {
            int which = random.nextInt(folders.size());
            byte[] bad = mutation.of("config.json", good.get(which));
            Files.write(folders.get(which).resolve("config.json"), bad);
            String what = "seed " + seed + ", configuration " + i + " of "
                    + folders.get(which).getFileName();
            long start = System.nanoTime();
            try {
                Model.open(folders.get(which), options).close();
            } catch (JandaiaException e) {
                refused++;
                if (e.kind() == JandaiaException.Kind.INTERNAL) {
                    defects.add(what + ": " + e);
                }
            } catch (Throwable e) {
                StackTraceElement[] trace = e.getStackTrace();
                defects.add(what + ": " + e + Arrays.asList(trace).subList(0, Math.min(6, trace.length)));
            }
            if (System.nanoTime() - start > 10_000_000_000L) {
                defects.add(what + " took more than ten seconds");
            }
        }
        System.out.println("Damaged configurations, seed " + seed + ": " + count + ", refused " + refused);
        assertThat(defects).isEmpty();
        assertThat(refused).isGreaterThan(count / 10);
    }
}
