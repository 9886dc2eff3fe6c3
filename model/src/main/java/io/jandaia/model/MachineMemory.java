package io.jandaia.model;

import java.lang.management.ManagementFactory;

/** How much memory this machine, or the container that we run in, has. */
public final class MachineMemory {

    private MachineMemory() {}

    /** Bytes. */
    public static long total() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean os
                ? os.getTotalMemorySize()
                : Runtime.getRuntime().maxMemory();
    }
}
