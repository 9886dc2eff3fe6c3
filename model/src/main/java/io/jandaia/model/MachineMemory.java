package io.jandaia.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** How much memory this machine, or the container that we run in, has. */
public final class MachineMemory {

    private MachineMemory() {}

    /** Bytes. */
    public static long total() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean os
                ? os.getTotalMemorySize()
                : Runtime.getRuntime().maxMemory();
    }

    /** Bytes that programs can still have, what the system keeps of files included; of all, where the system does not say. */
    static long available() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
            return lines.filter(line -> line.startsWith("MemAvailable:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .map(bytes -> Math.min(bytes, total()))
                    .findFirst()
                    .orElseGet(MachineMemory::total);
        } catch (IOException | UncheckedIOException | NumberFormatException e) {
            return total();
        }
    }
}
