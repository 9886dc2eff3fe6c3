package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.load;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.Lanes.storeSums;
import static io.jandaia.tensor.kernel.Lanes.zero;
import jdk.incubator.vector.FloatVector;

/** Single precision as it is. */
final class VectorF32 implements VectorFormat {


    @Override
    public void multiply(long w, int n, long x, long sums) {
        FloatVector s0 = zero();
        FloatVector s1 = zero();
        FloatVector s2 = zero();
        FloatVector s3 = zero();
        for (int left = n; left > 0; left -= SUMS) {
            if (Lanes.N == 16) {
                s0 = load(w).fma(load(x), s0);
                s1 = load(w + 64).fma(load(x + 64), s1);
            } else {
                s0 = load(w).fma(load(x), s0);
                s1 = load(w + 32).fma(load(x + 32), s1);
                s2 = load(w + 64).fma(load(x + 64), s2);
                s3 = load(w + 96).fma(load(x + 96), s3);
            }
            w += SUMS * 4;
            x += SUMS * 4;
        }
        storeSums(s0, s1, s2, s3, sums);
    }

    @Override
    public void decode(long w, int n, long dst, long stride) {
        for (int left = n; left > 0; left -= SUMS) {
            if (Lanes.N == 16) {
                store(load(w), dst);
                store(load(w + 64), dst + 64);
            } else {
                store(load(w), dst);
                store(load(w + 32), dst + 32);
                store(load(w + 64), dst + 64);
                store(load(w + 96), dst + 96);
            }
            w += SUMS * 4;
            dst += stride;
        }
    }
}
