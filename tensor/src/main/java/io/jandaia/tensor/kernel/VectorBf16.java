package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.load;
import static io.jandaia.tensor.kernel.Lanes.loadShorts;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.Lanes.storeSums;
import static io.jandaia.tensor.kernel.Lanes.zero;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Upper halves of floats. */
final class VectorBf16 implements VectorFormat {

    /** The upper half of a float. */
    private static FloatVector widen(long at) {
        return loadShorts(at).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    @Override
    public void multiply(long w, int n, long x, long sums) {
        FloatVector s0 = zero();
        FloatVector s1 = zero();
        FloatVector s2 = zero();
        FloatVector s3 = zero();
        for (int left = n; left > 0; left -= SUMS) {
            if (Lanes.N == 16) {
                s0 = widen(w).fma(load(x), s0);
                s1 = widen(w + 32).fma(load(x + 64), s1);
            } else {
                s0 = widen(w).fma(load(x), s0);
                s1 = widen(w + 16).fma(load(x + 32), s1);
                s2 = widen(w + 32).fma(load(x + 64), s2);
                s3 = widen(w + 48).fma(load(x + 96), s3);
            }
            w += SUMS * 2;
            x += SUMS * 4;
        }
        storeSums(s0, s1, s2, s3, sums);
    }

    @Override
    public void decode(long w, int n, long dst, long stride) {
        for (int left = n; left > 0; left -= SUMS) {
            if (Lanes.N == 16) {
                store(widen(w), dst);
                store(widen(w + 32), dst + 64);
            } else {
                store(widen(w), dst);
                store(widen(w + 16), dst + 32);
                store(widen(w + 32), dst + 64);
                store(widen(w + 48), dst + 96);
            }
            w += SUMS * 2;
            dst += stride;
        }
    }
}
