package io.jandaia.tensor.kernel;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.kernel.asm.CpuFeatures;
import io.jandaia.tensor.kernel.packed.InstructionSet;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which kernels run on this machine, and why. */
public final class KernelSets {

    /** Kernels and the reason for them, as a sentence. */
    public record Choice(Kernels kernels, String reason) {}

    private KernelSets() {}

    /** Sets in machine code among which {@link #choose} takes the best; AVX-VNNI is chosen by name only. */
    private static final List<InstructionSet> BEST_FIRST =
            List.of(InstructionSet.AMX, InstructionSet.AVX512, InstructionSet.AVX2);

    /** The fastest kernels that run here; the reason also says why those that would be faster do not. */
    public static Choice choose() {
        String obstacle = vectorObstacle();
        return obstacle == null ? choose(CpuFeatures.here()) : new Choice(new ScalarKernels(), obstacle);
    }

    /** The fastest kernels for a processor, where vector kernels can run. */
    static Choice choose(CpuFeatures cpu) {
        StringBuilder better = new StringBuilder();
        for (InstructionSet set : BEST_FIRST) {
            String obstacle = set.obstacle(cpu);
            if (obstacle == null) {
                return new Choice(MachineKernels.of(set), "This processor has " + set.label + "." + better);
            }
            better.append(" Not ").append(set.kernels).append(": ").append(obstacle);
        }
        return new Choice(new VectorKernels(), "This machine and this JVM offer vectors wide enough." + better);
    }

    /**
     * Kernels by name: {@code scalar}, {@code vector}, {@code avx2}, {@code avx-vnni}, {@code avx512}, {@code amx}, or
     * {@code auto} for {@link #choose()}. USAGE for another name, UNSUPPORTED when they cannot run here.
     */
    public static Choice named(String name) {
        return switch (name) {
            case "auto" -> choose();
            case "scalar" -> new Choice(new ScalarKernels(), "Scalar kernels were asked for by name.");
            case "vector" -> {
                refuse(name, vectorObstacle());
                yield new Choice(new VectorKernels(), "Vector kernels were asked for by name.");
            }
            default -> machine(name);
        };
    }

    private static Choice machine(String name) {
        for (InstructionSet set : InstructionSet.values()) {
            if (set.kernels.equals(name)) {
                refuse(name, vectorObstacle());
                refuse(name, set.obstacle(CpuFeatures.here()));
                return new Choice(MachineKernels.of(set), "Kernels with " + set.label + " were asked for by name.");
            }
        }
        throw JandaiaException.usage("There are no kernels named '" + name
                + "': choose auto, scalar, vector, avx2, avx-vnni, avx512 or amx.");
    }

    /** All kernels that run here, the slowest first; AVX-VNNI, which is off by default, is not among them. */
    public static List<Kernels> available() {
        List<Kernels> sets = new ArrayList<>();
        sets.add(new ScalarKernels());
        if (vectorObstacle() == null) {
            sets.add(new VectorKernels());
            for (InstructionSet set : BEST_FIRST.reversed()) {
                if (set.obstacle(CpuFeatures.here()) == null) {
                    sets.add(MachineKernels.of(set));
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
