package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.load;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.Lanes.zero;

import jdk.incubator.vector.FloatVector;

/**
 * Four decoded rows times up to four tokens, with all sums in registers. The order of the sums is that of
 * {@link VectorFormat}: each call of a tile adds those of the 32 partial sums that fit one vector.
 */
final class VectorTile {

    /** Rows of a tile, and the rows that lie side by side in a panel. */
    static final int ROWS = 4;

    static final int TOKENS = 4;

    /** From one group of 32 numbers of a row to the next: those of the other rows lie between them. */
    static final long STRIDE = ROWS * VectorFormat.GROUP_BYTES;

    /** Partial sums of a tile. */
    static final int SUMS = ROWS * TOKENS * VectorFormat.SUMS;

    private VectorTile() {}

    /**
     * @param w address of {@code [n / 32, 4 rows, 32]} floats
     * @param xStride bytes from one token to the next
     * @param tokens 1 to 4
     * @param sums {@link #SUMS} floats; the sum of row r and token t is left at {@code (t * 4 + r) * 16} for
     *     {@link Lanes#sum}
     */
    static void multiply(long w, long x, long xStride, int tokens, int n, float[] sums) {
        int steps = n / VectorFormat.SUMS;
        for (int part = 0; part < VectorFormat.SUMS / Lanes.N; part++) {
            long at = part * Lanes.BYTES;
            int out = place(part);
            switch (tokens) {
                case 4 -> tile4(w + at, x + at, xStride, steps, sums, out);
                case 3 -> tile3(w + at, x + at, xStride, steps, sums, out);
                case 2 -> tile2(w + at, x + at, xStride, steps, sums, out);
                default -> tile1(w + at, x + at, steps, sums, out);
            }
        }
        for (int i = 0; i < tokens * ROWS * 16; i += Lanes.N) {
            store(load(sums, i).add(load(sums, i + SUMS / 2)), sums, i);
        }
    }

    /** How many of so many tokens the next tile takes. */
    static int tokens(int left) {
        return Math.min(left, TOKENS);
    }

    /** Where a part of the partial sums goes: they are two halves of 16, each of one vector of 16 lanes or two of 8. */
    private static int place(int part) {
        int lane = part * Lanes.N;
        return lane < 16 ? lane : SUMS / 2 + lane - 16;
    }

    /** Four rows times four tokens. */
    private static void tile4(long w, long x, long xStride, int steps, float[] sums, int at) {
        long x1 = x + xStride;
        long x2 = x1 + xStride;
        long x3 = x2 + xStride;
        FloatVector s00 = zero();
        FloatVector s01 = zero();
        FloatVector s02 = zero();
        FloatVector s03 = zero();
        FloatVector s10 = zero();
        FloatVector s11 = zero();
        FloatVector s12 = zero();
        FloatVector s13 = zero();
        FloatVector s20 = zero();
        FloatVector s21 = zero();
        FloatVector s22 = zero();
        FloatVector s23 = zero();
        FloatVector s30 = zero();
        FloatVector s31 = zero();
        FloatVector s32 = zero();
        FloatVector s33 = zero();
        for (long k = 0, end = steps * VectorFormat.GROUP_BYTES; k < end; k += VectorFormat.GROUP_BYTES) {
            FloatVector w0 = load(w);
            FloatVector w1 = load(w + 128);
            FloatVector w2 = load(w + 256);
            FloatVector w3 = load(w + 384);
            FloatVector v0 = load(x + k);
            s00 = w0.fma(v0, s00);
            s01 = w1.fma(v0, s01);
            s02 = w2.fma(v0, s02);
            s03 = w3.fma(v0, s03);
            FloatVector v1 = load(x1 + k);
            s10 = w0.fma(v1, s10);
            s11 = w1.fma(v1, s11);
            s12 = w2.fma(v1, s12);
            s13 = w3.fma(v1, s13);
            FloatVector v2 = load(x2 + k);
            s20 = w0.fma(v2, s20);
            s21 = w1.fma(v2, s21);
            s22 = w2.fma(v2, s22);
            s23 = w3.fma(v2, s23);
            FloatVector v3 = load(x3 + k);
            s30 = w0.fma(v3, s30);
            s31 = w1.fma(v3, s31);
            s32 = w2.fma(v3, s32);
            s33 = w3.fma(v3, s33);
            w += STRIDE;
        }
        store(s00, sums, at);
        store(s01, sums, at + 16);
        store(s02, sums, at + 32);
        store(s03, sums, at + 48);
        store(s10, sums, at + 64);
        store(s11, sums, at + 80);
        store(s12, sums, at + 96);
        store(s13, sums, at + 112);
        store(s20, sums, at + 128);
        store(s21, sums, at + 144);
        store(s22, sums, at + 160);
        store(s23, sums, at + 176);
        store(s30, sums, at + 192);
        store(s31, sums, at + 208);
        store(s32, sums, at + 224);
        store(s33, sums, at + 240);
    }

    /** Four rows times three tokens. */
    private static void tile3(long w, long x, long xStride, int steps, float[] sums, int at) {
        long x1 = x + xStride;
        long x2 = x1 + xStride;
        FloatVector s00 = zero();
        FloatVector s01 = zero();
        FloatVector s02 = zero();
        FloatVector s03 = zero();
        FloatVector s10 = zero();
        FloatVector s11 = zero();
        FloatVector s12 = zero();
        FloatVector s13 = zero();
        FloatVector s20 = zero();
        FloatVector s21 = zero();
        FloatVector s22 = zero();
        FloatVector s23 = zero();
        for (long k = 0, end = steps * VectorFormat.GROUP_BYTES; k < end; k += VectorFormat.GROUP_BYTES) {
            FloatVector w0 = load(w);
            FloatVector w1 = load(w + 128);
            FloatVector w2 = load(w + 256);
            FloatVector w3 = load(w + 384);
            FloatVector v0 = load(x + k);
            s00 = w0.fma(v0, s00);
            s01 = w1.fma(v0, s01);
            s02 = w2.fma(v0, s02);
            s03 = w3.fma(v0, s03);
            FloatVector v1 = load(x1 + k);
            s10 = w0.fma(v1, s10);
            s11 = w1.fma(v1, s11);
            s12 = w2.fma(v1, s12);
            s13 = w3.fma(v1, s13);
            FloatVector v2 = load(x2 + k);
            s20 = w0.fma(v2, s20);
            s21 = w1.fma(v2, s21);
            s22 = w2.fma(v2, s22);
            s23 = w3.fma(v2, s23);
            w += STRIDE;
        }
        store(s00, sums, at);
        store(s01, sums, at + 16);
        store(s02, sums, at + 32);
        store(s03, sums, at + 48);
        store(s10, sums, at + 64);
        store(s11, sums, at + 80);
        store(s12, sums, at + 96);
        store(s13, sums, at + 112);
        store(s20, sums, at + 128);
        store(s21, sums, at + 144);
        store(s22, sums, at + 160);
        store(s23, sums, at + 176);
    }

    /** Four rows times two tokens. */
    private static void tile2(long w, long x, long xStride, int steps, float[] sums, int at) {
        long x1 = x + xStride;
        FloatVector s00 = zero();
        FloatVector s01 = zero();
        FloatVector s02 = zero();
        FloatVector s03 = zero();
        FloatVector s10 = zero();
        FloatVector s11 = zero();
        FloatVector s12 = zero();
        FloatVector s13 = zero();
        for (long k = 0, end = steps * VectorFormat.GROUP_BYTES; k < end; k += VectorFormat.GROUP_BYTES) {
            FloatVector w0 = load(w);
            FloatVector w1 = load(w + 128);
            FloatVector w2 = load(w + 256);
            FloatVector w3 = load(w + 384);
            FloatVector v0 = load(x + k);
            s00 = w0.fma(v0, s00);
            s01 = w1.fma(v0, s01);
            s02 = w2.fma(v0, s02);
            s03 = w3.fma(v0, s03);
            FloatVector v1 = load(x1 + k);
            s10 = w0.fma(v1, s10);
            s11 = w1.fma(v1, s11);
            s12 = w2.fma(v1, s12);
            s13 = w3.fma(v1, s13);
            w += STRIDE;
        }
        store(s00, sums, at);
        store(s01, sums, at + 16);
        store(s02, sums, at + 32);
        store(s03, sums, at + 48);
        store(s10, sums, at + 64);
        store(s11, sums, at + 80);
        store(s12, sums, at + 96);
        store(s13, sums, at + 112);
    }

    /** Four rows times one token. */
    private static void tile1(long w, long x, int steps, float[] sums, int at) {
        FloatVector s00 = zero();
        FloatVector s01 = zero();
        FloatVector s02 = zero();
        FloatVector s03 = zero();
        for (long k = 0, end = steps * VectorFormat.GROUP_BYTES; k < end; k += VectorFormat.GROUP_BYTES) {
            FloatVector w0 = load(w);
            FloatVector w1 = load(w + 128);
            FloatVector w2 = load(w + 256);
            FloatVector w3 = load(w + 384);
            FloatVector v0 = load(x + k);
            s00 = w0.fma(v0, s00);
            s01 = w1.fma(v0, s01);
            s02 = w2.fma(v0, s02);
            s03 = w3.fma(v0, s03);
            w += STRIDE;
        }
        store(s00, sums, at);
        store(s01, sums, at + 16);
        store(s02, sums, at + 32);
        store(s03, sums, at + 48);
    }
}
