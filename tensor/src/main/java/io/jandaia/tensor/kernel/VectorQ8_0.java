package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.all;
import static io.jandaia.tensor.kernel.Lanes.getHalf;
import static io.jandaia.tensor.kernel.Lanes.load;
import static io.jandaia.tensor.kernel.Lanes.loadBytes;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.Lanes.storeSums;
import static io.jandaia.tensor.kernel.Lanes.zero;
import jdk.incubator.vector.FloatVector;

/** Blocks of a half-precision scale and 32 signed bytes: {@code scale * byte}. */
final class VectorQ8_0 implements VectorFormat {


    @Override
    public void multiply(long w, int n, long x, long sums) {
        FloatVector s0 = zero();
        FloatVector s1 = zero();
        FloatVector s2 = zero();
        FloatVector s3 = zero();
        for (int left = n; left > 0; left -= SUMS) {
            FloatVector scale = all(getHalf(w));
            if (Lanes.N == 16) {
                s0 = loadBytes(w + 2).mul(scale).fma(load(x), s0);
                s1 = loadBytes(w + 18).mul(scale).fma(load(x + 64), s1);
            } else {
                s0 = loadBytes(w + 2).mul(scale).fma(load(x), s0);
                s1 = loadBytes(w + 10).mul(scale).fma(load(x + 32), s1);
                s2 = loadBytes(w + 18).mul(scale).fma(load(x + 64), s2);
                s3 = loadBytes(w + 26).mul(scale).fma(load(x + 96), s3);
            }
            w += 34;
            x += SUMS * 4;
        }
        storeSums(s0, s1, s2, s3, sums);
    }

    @Override
    public void decode(long w, int n, long dst, long stride) {
        for (int left = n; left > 0; left -= SUMS) {
            FloatVector scale = all(getHalf(w));
            if (Lanes.N == 16) {
                store(loadBytes(w + 2).mul(scale), dst);
                store(loadBytes(w + 18).mul(scale), dst + 64);
            } else {
                store(loadBytes(w + 2).mul(scale), dst);
                store(loadBytes(w + 10).mul(scale), dst + 32);
                store(loadBytes(w + 18).mul(scale), dst + 64);
                store(loadBytes(w + 26).mul(scale), dst + 96);
            }
            w += 34;
            dst += stride;
        }
    }
}
