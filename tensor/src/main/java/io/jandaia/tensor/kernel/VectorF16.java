package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.load;
import static io.jandaia.tensor.kernel.Lanes.loadShorts;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.Lanes.zero;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Half precision (IEEE 754 binary16). */
final class VectorF16 implements VectorFormat {

    static final VectorFormat FORMAT = new VectorF16();

    private static final int BLOCK = SUMS * 2;

    private VectorF16() {}

    /**
     * Numbers {@code j * Lanes.N} and following of the group at {@code w}. Sign, exponent and fraction are shifted to where
     * a float has them and the exponent is corrected by a product, which is exact for subnormal numbers too; what had the
     * highest exponent (infinite or not a number) gets the highest of a float.
     */
    private static FloatVector part(long w, int j) {
        IntVector half = loadShorts(w + j * (Lanes.BYTES / 2));
        FloatVector finite = half.lanewise(VectorOperators.LSHL, 13)
                .and(0x8FFFE000)
                .reinterpretAsFloats()
                .mul(0x1p112f);
        return finite.reinterpretAsInts()
                .lanewise(VectorOperators.OR, 0x7F800000, half.and(0x7C00).compare(VectorOperators.EQ, 0x7C00))
                .reinterpretAsFloats();
    }

    @Override
    public void multiply(long w, int n, long x, float[] sums, long scratch) {
        if (Lanes.N == 16) {
            whole(w, n, x, sums);
        } else {
            lower(w, n, x, sums);
            upper(w, n, x, sums);
        }
    }

    private static void whole(long w, int n, long x, float[] sums) {
        FloatVector a = zero();
        FloatVector b = zero();
        for (int left = n; left > 0; left -= SUMS) {
            a = part(w, 0).fma(load(x), a);
            b = part(w, 1).fma(load(x + Lanes.BYTES), b);
            w += BLOCK;
            x += GROUP_BYTES;
        }
        store(a.add(b), sums, 0);
    }

    private static void lower(long w, int n, long x, float[] sums) {
        FloatVector a = zero();
        FloatVector b = zero();
        for (int left = n; left > 0; left -= SUMS) {
            a = part(w, 0).fma(load(x), a);
            b = part(w, 1).fma(load(x + Lanes.BYTES), b);
            w += BLOCK;
            x += GROUP_BYTES;
        }
        store(a, sums, 0);
        store(b, sums, Lanes.N);
    }

    private static void upper(long w, int n, long x, float[] sums) {
        FloatVector a = zero();
        FloatVector b = zero();
        for (int left = n; left > 0; left -= SUMS) {
            a = part(w, 2).fma(load(x + 2 * Lanes.BYTES), a);
            b = part(w, 3).fma(load(x + 3 * Lanes.BYTES), b);
            w += BLOCK;
            x += GROUP_BYTES;
        }
        store(load(sums, 0).add(a), sums, 0);
        store(load(sums, Lanes.N).add(b), sums, Lanes.N);
    }

    @Override
    public void decode(long w, int n, long dst, long stride) {
        for (int left = n; left > 0; left -= SUMS) {
            for (int j = 0; j < SUMS / Lanes.N; j++) {
                store(part(w, j), dst + j * Lanes.BYTES);
            }
            w += BLOCK;
            dst += stride;
        }
    }
}
