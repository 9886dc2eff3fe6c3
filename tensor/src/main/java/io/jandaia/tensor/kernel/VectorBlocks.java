package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.load;
import static io.jandaia.tensor.kernel.Lanes.store;

import jdk.incubator.vector.FloatVector;

/**
 * A format whose rows are decoded a few hundred numbers at a time into scratch memory, which stays in the first-level cache,
 * and multiplied from there. So a format with super-blocks needs no more than its {@link #decode}, and the loops of the
 * product exist once.
 */
abstract class VectorBlocks implements VectorFormat {

    /** Numbers decoded at a time, a multiple of every block: enough to make the calls cheap, and a quarter of the cache. */
    static final int CHUNK = 2048;

    private final int elements;
    private final int bytes;

    /** Blocks of {@code elements} numbers in {@code bytes} bytes. */
    VectorBlocks(int elements, int bytes) {
        this.elements = elements;
        this.bytes = bytes;
    }

    final int elements() {
        return elements;
    }

    final int bytes() {
        return bytes;
    }

    @Override
    public final void multiply(long w, int n, long x, float[] sums, long scratch) {
        for (int i = 0; i < SUMS; i++) {
            sums[i] = 0;
        }
        for (int left = n; left > 0; left -= CHUNK) {
            int some = Math.min(left, CHUNK);
            decode(w, some, scratch, GROUP_BYTES);
            if (Lanes.N == 16) {
                whole(scratch, some, x, sums);
            } else {
                lower(scratch, some, x, sums);
                upper(scratch, some, x, sums);
            }
            w += (long) some / elements * bytes;
            x += some * 4L;
        }
        for (int i = 0; i < SUMS / 2; i += Lanes.N) {
            store(load(sums, i).add(load(sums, i + SUMS / 2)), sums, i);
        }
    }

    private static void whole(long w, int n, long x, float[] sums) {
        FloatVector a = load(sums, 0);
        FloatVector b = load(sums, 16);
        for (int left = n; left > 0; left -= SUMS) {
            a = load(w).fma(load(x), a);
            b = load(w + 64).fma(load(x + 64), b);
            w += GROUP_BYTES;
            x += GROUP_BYTES;
        }
        store(a, sums, 0);
        store(b, sums, 16);
    }

    private static void lower(long w, int n, long x, float[] sums) {
        FloatVector a = load(sums, 0);
        FloatVector b = load(sums, 8);
        for (int left = n; left > 0; left -= SUMS) {
            a = load(w).fma(load(x), a);
            b = load(w + 32).fma(load(x + 32), b);
            w += GROUP_BYTES;
            x += GROUP_BYTES;
        }
        store(a, sums, 0);
        store(b, sums, 8);
    }

    private static void upper(long w, int n, long x, float[] sums) {
        FloatVector a = load(sums, 16);
        FloatVector b = load(sums, 24);
        for (int left = n; left > 0; left -= SUMS) {
            a = load(w + 64).fma(load(x + 64), a);
            b = load(w + 96).fma(load(x + 96), b);
            w += GROUP_BYTES;
            x += GROUP_BYTES;
        }
        store(a, sums, 16);
        store(b, sums, 24);
    }
}
