package io.jandaia.tensor.kernel.asm;

import org.jspecify.annotations.Nullable;

/**
 * Memory at {@code base + index * scale + displacement}.
 *
 * @param index never RSP; null = none
 * @param scale 1, 2, 4 or 8
 * @param broadcast whether one element is read and repeated over the vector (EVEX only)
 */
public record Mem(Gp base, @Nullable Gp index, int scale, int displacement, boolean broadcast) implements Operand {

    public Mem {
        if (index == Gp.RSP || (scale != 1 && scale != 2 && scale != 4 && scale != 8)) {
            throw new IllegalArgumentException("no address with index " + index + " and scale " + scale);
        }
    }

    public static Mem at(Gp base) {
        return new Mem(base, null, 1, 0, false);
    }

    public static Mem at(Gp base, long displacement) {
        return new Mem(base, null, 1, Math.toIntExact(displacement), false);
    }

    public Mem index(Gp register, int times) {
        return new Mem(base, register, times, displacement, broadcast);
    }

    /** One element, repeated. */
    public Mem all() {
        return new Mem(base, index, scale, displacement, true);
    }
}
