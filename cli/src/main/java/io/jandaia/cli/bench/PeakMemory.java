package io.jandaia.cli.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** The most memory of the machine that this process has had at once; Linux tells, other systems do not. */
final class PeakMemory {

    private static final String PEAK = "VmHWM:";

    private PeakMemory() {}

    /** Forgets what was before, where the system allows it; elsewhere the peak may be one of before. */
    static void reset() {
        try {
            Files.writeString(Path.of("/proc/self/clear_refs"), "5", StandardCharsets.US_ASCII);
        } catch (IOException e) {
            // The figure is then an upper bound, as its name says.
        }
    }

    /** Bytes; nothing where the system does not tell. */
    static OptionalLong bytes() {
        try {
            return parse(Files.readString(Path.of("/proc/self/status"), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /** Reads the text of {@code /proc/PID/status}. */
    static OptionalLong parse(String status) {
        return status.lines()
                .filter(l -> l.startsWith(PEAK))
                .map(l -> l.replaceAll("[^0-9]", ""))
                .filter(digits -> !digits.isEmpty())
                .mapToLong(digits -> Long.parseLong(digits) * 1024)
                .findFirst();
    }
}
