package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.all;
import static io.jandaia.tensor.kernel.Lanes.getHalf;
import static io.jandaia.tensor.kernel.Lanes.load;
import static io.jandaia.tensor.kernel.Lanes.loadUnsigned;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.Lanes.storeSums;
import static io.jandaia.tensor.kernel.Lanes.toFloat;
import static io.jandaia.tensor.kernel.Lanes.zero;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Blocks of a half-precision scale and offset and 32 numbers of four bits: {@code scale * number + offset}. */
final class VectorQ4_1 implements VectorFormat {

    private static FloatVector low(IntVector pairs) {
        return toFloat(pairs.and(15));
    }

    private static FloatVector high(IntVector pairs) {
        return toFloat(pairs.lanewise(VectorOperators.LSHR, 4));
    }

    @Override
    public void multiply(long w, int n, long x, long sums) {
        FloatVector s0 = zero();
        FloatVector s1 = zero();
        FloatVector s2 = zero();
        FloatVector s3 = zero();
        for (int left = n; left > 0; left -= SUMS) {
            FloatVector scale = all(getHalf(w));
            FloatVector offset = all(getHalf(w + 2));
            if (Lanes.N == 16) {
                IntVector pairs = loadUnsigned(w + 4);
                s0 = low(pairs).fma(scale, offset).fma(load(x), s0);
                s1 = high(pairs).fma(scale, offset).fma(load(x + 64), s1);
            } else {
                IntVector pairs = loadUnsigned(w + 4);
                IntVector more = loadUnsigned(w + 12);
                s0 = low(pairs).fma(scale, offset).fma(load(x), s0);
                s1 = low(more).fma(scale, offset).fma(load(x + 32), s1);
                s2 = high(pairs).fma(scale, offset).fma(load(x + 64), s2);
                s3 = high(more).fma(scale, offset).fma(load(x + 96), s3);
            }
            w += 20;
            x += SUMS * 4;
        }
        storeSums(s0, s1, s2, s3, sums);
    }

    @Override
    public void decode(long w, int n, long dst, long stride) {
        for (int left = n; left > 0; left -= SUMS) {
            FloatVector scale = all(getHalf(w));
            FloatVector offset = all(getHalf(w + 2));
            if (Lanes.N == 16) {
                IntVector pairs = loadUnsigned(w + 4);
                store(low(pairs).fma(scale, offset), dst);
                store(high(pairs).fma(scale, offset), dst + 64);
            } else {
                IntVector pairs = loadUnsigned(w + 4);
                IntVector more = loadUnsigned(w + 12);
                store(low(pairs).fma(scale, offset), dst);
                store(low(more).fma(scale, offset), dst + 32);
                store(high(pairs).fma(scale, offset), dst + 64);
                store(high(more).fma(scale, offset), dst + 96);
            }
            w += 20;
            dst += stride;
        }
    }
}
