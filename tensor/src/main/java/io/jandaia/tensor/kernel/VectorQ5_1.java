package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.all;
import static io.jandaia.tensor.kernel.Lanes.getHalf;
import static io.jandaia.tensor.kernel.Lanes.getInt;
import static io.jandaia.tensor.kernel.Lanes.load;
import static io.jandaia.tensor.kernel.Lanes.loadUnsigned;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.Lanes.storeSums;
import static io.jandaia.tensor.kernel.Lanes.toFloat;
import static io.jandaia.tensor.kernel.Lanes.zero;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Blocks of a half-precision scale and offset, 32 fifth bits and 32 numbers of four bits: {@code scale * number + offset}. */
final class VectorQ5_1 implements VectorFormat {

    private static final IntVector BIT = Lanes.bits();
    private static final FloatVector SIXTEEN_OVER_BIT = all(16).div(toFloat(BIT));

    /** The four lower bits in {@code low}; the fifth of lane i is bit i of {@code fifth}. */
    private static FloatVector number(IntVector low, int fifth) {
        return toFloat(BIT.and(fifth)).fma(SIXTEEN_OVER_BIT, toFloat(low));
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
            int fifth = getInt(w + 4);
            if (Lanes.N == 16) {
                IntVector pairs = loadUnsigned(w + 8);
                s0 = number(pairs.and(15), fifth).fma(scale, offset).fma(load(x), s0);
                s1 = number(pairs.lanewise(VectorOperators.LSHR, 4), fifth >>> 16).fma(scale, offset).fma(load(x + 64), s1);
            } else {
                IntVector pairs = loadUnsigned(w + 8);
                IntVector more = loadUnsigned(w + 16);
                s0 = number(pairs.and(15), fifth).fma(scale, offset).fma(load(x), s0);
                s1 = number(more.and(15), fifth >>> 8).fma(scale, offset).fma(load(x + 32), s1);
                s2 = number(pairs.lanewise(VectorOperators.LSHR, 4), fifth >>> 16).fma(scale, offset).fma(load(x + 64), s2);
                s3 = number(more.lanewise(VectorOperators.LSHR, 4), fifth >>> 24).fma(scale, offset).fma(load(x + 96), s3);
            }
            w += 24;
            x += SUMS * 4;
        }
        storeSums(s0, s1, s2, s3, sums);
    }

    @Override
    public void decode(long w, int n, long dst, long stride) {
        for (int left = n; left > 0; left -= SUMS) {
            FloatVector scale = all(getHalf(w));
            FloatVector offset = all(getHalf(w + 2));
            int fifth = getInt(w + 4);
            if (Lanes.N == 16) {
                IntVector pairs = loadUnsigned(w + 8);
                store(number(pairs.and(15), fifth).fma(scale, offset), dst);
                store(number(pairs.lanewise(VectorOperators.LSHR, 4), fifth >>> 16).fma(scale, offset), dst + 64);
            } else {
                IntVector pairs = loadUnsigned(w + 8);
                IntVector more = loadUnsigned(w + 16);
                store(number(pairs.and(15), fifth).fma(scale, offset), dst);
                store(number(more.and(15), fifth >>> 8).fma(scale, offset), dst + 32);
                store(number(pairs.lanewise(VectorOperators.LSHR, 4), fifth >>> 16).fma(scale, offset), dst + 64);
                store(number(more.lanewise(VectorOperators.LSHR, 4), fifth >>> 24).fma(scale, offset), dst + 96);
            }
            w += 24;
            dst += stride;
        }
    }
}
