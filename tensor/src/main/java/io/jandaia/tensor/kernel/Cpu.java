package io.jandaia.tensor.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * The processor as the operating system describes it: facts for people, on which nothing depends.
 *
 * @param model the vendor's name, or {@code unknown}
 * @param cores processors this JVM may use, which a container may limit
 * @param flags instruction set extensions by the system's names, empty where it does not tell
 */
public record Cpu(String model, int cores, Set<String> flags) {

    private static final String UNKNOWN = "unknown";

    /** Extensions that decide how fast a model runs. */
    private static final List<String> NOTABLE = List.of(
            "avx2",
            "fma",
            "f16c",
            "avx512f",
            "avx512bw",
            "avx512_vnni",
            "avx512_bf16",
            "avx_vnni",
            "amx_int8",
            "amx_bf16",
            "asimd",
            "asimddp",
            "i8mm",
            "bf16",
            "sve");

    /** This machine's processor. */
    public static Cpu here() {
        Path linux = Path.of("/proc/cpuinfo");
        int cores = Runtime.getRuntime().availableProcessors();
        try {
            if (Files.isReadable(linux)) {
                return parse(Files.readString(linux, StandardCharsets.UTF_8), cores);
            }
            if (System.getProperty("os.name", "").startsWith("Mac")) {
                String model = output("/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string");
                return new Cpu(model.isBlank() ? UNKNOWN : model.strip(), cores, Set.of());
            }
        } catch (IOException e) {
            // Not knowing is an answer here, and it is spelled out.
        }
        return new Cpu(UNKNOWN, cores, Set.of());
    }

    /** Reads the text of {@code /proc/cpuinfo}, whose first processor stands for all. */
    static Cpu parse(String cpuinfo, int cores) {
        Map<String, String> facts = new TreeMap<>();
        for (String line : cpuinfo.lines().toList()) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                facts.putIfAbsent(
                        line.substring(0, colon).strip(),
                        line.substring(colon + 1).strip());
            }
        }
        String model = facts.getOrDefault("model name", facts.getOrDefault("Hardware", UNKNOWN));
        String flags = facts.getOrDefault("flags", facts.getOrDefault("Features", ""));
        Set<String> set = new TreeSet<>(Arrays.asList(flags.split(" +")));
        set.remove("");
        return new Cpu(model, cores, Set.copyOf(set));
    }

    /** The extensions that matter here and that this processor has, in a fixed order. */
    public List<String> notable() {
        return NOTABLE.stream().filter(flags::contains).toList();
    }

    private static String output(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            if (!process.waitFor(2, TimeUnit.SECONDS) || process.exitValue() != 0) {
                return "";
            }
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
