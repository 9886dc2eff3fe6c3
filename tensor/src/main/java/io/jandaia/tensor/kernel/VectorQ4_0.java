package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.all;
import static io.jandaia.tensor.kernel.Lanes.load;
import static io.jandaia.tensor.kernel.Lanes.loadNibbles;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.Lanes.toFloat;
import static io.jandaia.tensor.kernel.Lanes.zero;
import static io.jandaia.tensor.kernel.RawMemory.getHalf;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;

/** Blocks of a half-precision scale and 32 numbers of four bits: {@code scale * (number - 8)}. */
final class VectorQ4_0 implements VectorFormat {

    static final VectorFormat FORMAT = new VectorQ4_0();

    private static final int BLOCK = 18;

    private VectorQ4_0() {}

    /** Numbers {@code j * Lanes.N} and following of the block at {@code w}. */
    private static FloatVector part(long w, int j) {
        ByteVector number = loadNibbles(w + 2, j);
        return toFloat(number.sub((byte) 8)).mul(all(getHalf(w)));
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
