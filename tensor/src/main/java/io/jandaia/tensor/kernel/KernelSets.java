package io.jandaia.tensor.kernel;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.kernel.asm.CpuFeatures;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which kernels run on this machine, and why. */
public final class KernelSets {

    /** Kernels and the reason for them, as a sentence. */
    public record Choice(Kernels kernels, String reason) {}

    private KernelSets() {}

    /** The fastest kernels that run here. */
    public static Choice choose() {
        String obstacle = vectorObstacle();
        if (obstacle != null) {
            return new Choice(new ScalarKernels(), obstacle);
        }
        String machineObstacle = machineObstacle();
        if (machineObstacle != null) {
            return new Choice(
                    new VectorKernels(), "This machine and this JVM offer vectors wide enough. " + machineObstacle);
        }
        return CpuFeatures.here().amx()
                ? new Choice(MachineKernels.amx(), "This processor has AVX-512 VNNI and tiles (AMX).")
                : new Choice(MachineKernels.avx512(), "This processor has AVX-512 VNNI.");
    }

    /**
     * Kernels by name: {@code scalar}, {@code vector}, {@code avx512}, {@code amx}, or {@code auto} for {@link #choose()}. USAGE for another name,
     * UNSUPPORTED when they cannot run here.
     */
    public static Choice named(String name) {
        return switch (name) {
            case "auto" -> choose();
            case "scalar" -> new Choice(new ScalarKernels(), "Scalar kernels were asked for by name.");
            case "vector" -> {
                refuse("vector", vectorObstacle());
                yield new Choice(new VectorKernels(), "Vector kernels were asked for by name.");
            }
            case "avx512" -> {
                refuse("avx512", vectorObstacle());
                refuse("avx512", machineObstacle());
                yield new Choice(MachineKernels.avx512(), "AVX-512 kernels were asked for by name.");
            }
            case "amx" -> {
                refuse("amx", vectorObstacle());
                refuse("amx", machineObstacle());
                refuse(
                        "amx",
                        CpuFeatures.here().amx()
                                ? null
                                : "This processor has no tiles (AMX), or the system keeps them back.");
                yield new Choice(MachineKernels.amx(), "AMX kernels were asked for by name.");
            }
            default ->
                throw JandaiaException.usage(
                        "There are no kernels named '" + name + "': choose auto, scalar, vector, avx512 or amx.");
        };
    }

    /** All kernels that run here, scalar first. */
    public static List<Kernels> available() {
        List<Kernels> sets = new ArrayList<>();
        sets.add(new ScalarKernels());
        if (vectorObstacle() == null) {
            sets.add(new VectorKernels());
            if (machineObstacle() == null) {
                sets.add(MachineKernels.avx512());
                if (CpuFeatures.here().amx()) {
                    sets.add(MachineKernels.amx());
                }
            }
        }
        return sets;
    }

    private static void refuse(String name, @Nullable String obstacle) {
        if (obstacle != null) {
            throw JandaiaException.unsupported("The kernels " + name + " were asked for by name. " + obstacle);
        }
    }

    /** Why kernels in machine code cannot run here, where vector kernels can; null when they can. */
    private static @Nullable String machineObstacle() {
        return MachineKernels.runsHere()
                ? null
                : "Kernels in machine code need an x86-64 processor with AVX-512 VNNI, on Linux or macOS.";
    }

    /** Why vector kernels cannot run here; null when they can. Loads none of their classes before it is sure. */
    private static @Nullable String vectorObstacle() {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            return "Scalar kernels are slow; for vector kernels start Java with --add-modules=jdk.incubator.vector.";
        }
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            return "Scalar kernels are slow, but vector kernels need a little-endian machine.";
        }
        int bits = VectorWidth.bits();
        if (bits != 256 && bits != 512) {
            return "Scalar kernels are slow, but vector kernels need vectors of 256 or 512 bits and this machine has "
                    + bits + ".";
        }
        return null;
    }

    /** Apart, so that the class above loads without the vector module. */
    private static final class VectorWidth {
        static int bits() {
            return jdk.incubator.vector.FloatVector.SPECIES_PREFERRED.vectorBitSize();
        }
    }
}
