package io.jandaia.tensor.kernel;

import io.jandaia.error.JandaiaException;
import java.nio.ByteOrder;
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
        return obstacle == null
                ? new Choice(new VectorKernels(), "This machine and this JVM offer vectors wide enough.")
                : new Choice(new ScalarKernels(), obstacle);
    }

    /**
     * Kernels by name: {@code scalar}, {@code vector}, or {@code auto} for {@link #choose()}. USAGE for another name,
     * UNSUPPORTED when they cannot run here.
     */
    public static Choice named(String name) {
        return switch (name) {
            case "auto" -> choose();
            case "scalar" -> new Choice(new ScalarKernels(), "Scalar kernels were asked for by name.");
            case "vector" -> {
                String obstacle = vectorObstacle();
                if (obstacle != null) {
                    throw JandaiaException.unsupported("Vector kernels were asked for by name. " + obstacle);
                }
                yield new Choice(new VectorKernels(), "Vector kernels were asked for by name.");
            }
            default ->
                throw JandaiaException.usage(
                        "There are no kernels named '" + name + "': choose auto, scalar or vector.");
        };
    }

    /** All kernels that run here, scalar first. */
    public static List<Kernels> available() {
        return vectorObstacle() == null
                ? List.of(new ScalarKernels(), new VectorKernels())
                : List.of(new ScalarKernels());
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
