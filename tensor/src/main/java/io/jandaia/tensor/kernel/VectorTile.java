package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.load;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.Lanes.zero;

import jdk.incubator.vector.FloatVector;

/**
 * Four decoded rows times up to six tokens, with all sums in registers. The order of the sums is that of
 * {@link VectorFormat}: each call of a tile adds those of the 32 partial sums that fit one vector.
 */
final class VectorTile {

    /** Rows of a tile, and the rows that lie side by side in a panel. */
    static final int ROWS = 4;

    static final int TOKENS = 6;

    /** From one group of 32 numbers of a row to the next: those of the other rows lie between them. */
    static final long STRIDE = ROWS * VectorFormat.GROUP_BYTES;

    /** Bytes of the sums of a tile. */
    static final long SUM_BYTES = ROWS * TOKENS * VectorFormat.GROUP_BYTES;

    private VectorTile() {}

    /**
     * @param w address of {@code [n / 32, 4 rows, 32]} floats
     * @param xStride bytes from one token to the next
     * @param tokens 1, 2, 4 or 6
     * @param sums address of {@link #SUM_BYTES}; the sum of row r and token t is left at {@code (t * 4 + r) * 64} for
     *     {@link Lanes#sum}
     */
    static void multiply(long w, long x, long xStride, int tokens, int n, long sums) {
        int steps = n / VectorFormat.SUMS;
        for (int part = 0; part < VectorFormat.SUMS / Lanes.N; part++) {
            long at = part * Lanes.BYTES;
            long out = sums + place(part);
            switch (tokens) {
                case 6 -> tile6(w + at, x + at, xStride, steps, out);
                case 4 -> tile4(w + at, x + at, xStride, steps, out);
                case 2 -> tile2(w + at, x + at, xStride, steps, out);
                default -> tile1(w + at, x + at, steps, out);
            }
        }
        for (int i = 0; i < tokens * ROWS; i++) {
            addHalves(sums + i * 64L);
        }
    }

    /** How many of so many tokens the next tile takes. */
    static int tokens(int left) {
        return left >= 6 ? 6 : left >= 4 ? 4 : Math.min(left, 2);
    }

    /** Two halves of the partial sums, each of 16 a tile's output; a half is one vector of 16 lanes or two of 8. */
    private static long place(int part) {
        long at = part * Lanes.BYTES;
        return at < 64 ? at : SUM_BYTES / 2 + at - 64;
    }

    private static void addHalves(long at) {
        for (long v = at; v < at + 64; v += Lanes.BYTES) {
            store(load(v).add(load(v + SUM_BYTES / 2)), v);
        }
    }

    /** Four rows times six tokens. */
    private static void tile6(long w, long x, long xStride, int steps, long out) {
        long x1 = x + xStride;
        long x2 = x1 + xStride;
        long x3 = x2 + xStride;
        long x4 = x3 + xStride;
        long x5 = x4 + xStride;
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
        FloatVector s40 = zero();
        FloatVector s41 = zero();
        FloatVector s42 = zero();
        FloatVector s43 = zero();
        FloatVector s50 = zero();
        FloatVector s51 = zero();
        FloatVector s52 = zero();
        FloatVector s53 = zero();
        for (long at = 0, end = steps * 128L; at < end; at += 128) {
            FloatVector w0 = load(w);
            FloatVector w1 = load(w + 128);
            FloatVector w2 = load(w + 256);
            FloatVector w3 = load(w + 384);
            FloatVector v0 = load(x + at);
            s00 = w0.fma(v0, s00);
            s01 = w1.fma(v0, s01);
            s02 = w2.fma(v0, s02);
            s03 = w3.fma(v0, s03);
            FloatVector v1 = load(x1 + at);
            s10 = w0.fma(v1, s10);
            s11 = w1.fma(v1, s11);
            s12 = w2.fma(v1, s12);
            s13 = w3.fma(v1, s13);
            FloatVector v2 = load(x2 + at);
            s20 = w0.fma(v2, s20);
            s21 = w1.fma(v2, s21);
            s22 = w2.fma(v2, s22);
            s23 = w3.fma(v2, s23);
            FloatVector v3 = load(x3 + at);
            s30 = w0.fma(v3, s30);
            s31 = w1.fma(v3, s31);
            s32 = w2.fma(v3, s32);
            s33 = w3.fma(v3, s33);
            FloatVector v4 = load(x4 + at);
            s40 = w0.fma(v4, s40);
            s41 = w1.fma(v4, s41);
            s42 = w2.fma(v4, s42);
            s43 = w3.fma(v4, s43);
            FloatVector v5 = load(x5 + at);
            s50 = w0.fma(v5, s50);
            s51 = w1.fma(v5, s51);
            s52 = w2.fma(v5, s52);
            s53 = w3.fma(v5, s53);
            w += 512;
        }
        store(s00, out);
        store(s01, out + 64);
        store(s02, out + 128);
        store(s03, out + 192);
        store(s10, out + 256);
        store(s11, out + 320);
        store(s12, out + 384);
        store(s13, out + 448);
        store(s20, out + 512);
        store(s21, out + 576);
        store(s22, out + 640);
        store(s23, out + 704);
        store(s30, out + 768);
        store(s31, out + 832);
        store(s32, out + 896);
        store(s33, out + 960);
        store(s40, out + 1024);
        store(s41, out + 1088);
        store(s42, out + 1152);
        store(s43, out + 1216);
        store(s50, out + 1280);
        store(s51, out + 1344);
        store(s52, out + 1408);
        store(s53, out + 1472);
    }

    /** Four rows times four tokens. */
    private static void tile4(long w, long x, long xStride, int steps, long out) {
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
        for (long at = 0, end = steps * 128L; at < end; at += 128) {
            FloatVector w0 = load(w);
            FloatVector w1 = load(w + 128);
            FloatVector w2 = load(w + 256);
            FloatVector w3 = load(w + 384);
            FloatVector v0 = load(x + at);
            s00 = w0.fma(v0, s00);
            s01 = w1.fma(v0, s01);
            s02 = w2.fma(v0, s02);
            s03 = w3.fma(v0, s03);
            FloatVector v1 = load(x1 + at);
            s10 = w0.fma(v1, s10);
            s11 = w1.fma(v1, s11);
            s12 = w2.fma(v1, s12);
            s13 = w3.fma(v1, s13);
            FloatVector v2 = load(x2 + at);
            s20 = w0.fma(v2, s20);
            s21 = w1.fma(v2, s21);
            s22 = w2.fma(v2, s22);
            s23 = w3.fma(v2, s23);
            FloatVector v3 = load(x3 + at);
            s30 = w0.fma(v3, s30);
            s31 = w1.fma(v3, s31);
            s32 = w2.fma(v3, s32);
            s33 = w3.fma(v3, s33);
            w += 512;
        }
        store(s00, out);
        store(s01, out + 64);
        store(s02, out + 128);
        store(s03, out + 192);
        store(s10, out + 256);
        store(s11, out + 320);
        store(s12, out + 384);
        store(s13, out + 448);
        store(s20, out + 512);
        store(s21, out + 576);
        store(s22, out + 640);
        store(s23, out + 704);
        store(s30, out + 768);
        store(s31, out + 832);
        store(s32, out + 896);
        store(s33, out + 960);
    }

    /** Four rows times two tokens. */
    private static void tile2(long w, long x, long xStride, int steps, long out) {
        long x1 = x + xStride;
        FloatVector s00 = zero();
        FloatVector s01 = zero();
        FloatVector s02 = zero();
        FloatVector s03 = zero();
        FloatVector s10 = zero();
        FloatVector s11 = zero();
        FloatVector s12 = zero();
        FloatVector s13 = zero();
        for (long at = 0, end = steps * 128L; at < end; at += 128) {
            FloatVector w0 = load(w);
            FloatVector w1 = load(w + 128);
            FloatVector w2 = load(w + 256);
            FloatVector w3 = load(w + 384);
            FloatVector v0 = load(x + at);
            s00 = w0.fma(v0, s00);
            s01 = w1.fma(v0, s01);
            s02 = w2.fma(v0, s02);
            s03 = w3.fma(v0, s03);
            FloatVector v1 = load(x1 + at);
            s10 = w0.fma(v1, s10);
            s11 = w1.fma(v1, s11);
            s12 = w2.fma(v1, s12);
            s13 = w3.fma(v1, s13);
            w += 512;
        }
        store(s00, out);
        store(s01, out + 64);
        store(s02, out + 128);
        store(s03, out + 192);
        store(s10, out + 256);
        store(s11, out + 320);
        store(s12, out + 384);
        store(s13, out + 448);
    }

    /** Four rows times one token. */
    private static void tile1(long w, long x, int steps, long out) {
        FloatVector s00 = zero();
        FloatVector s01 = zero();
        FloatVector s02 = zero();
        FloatVector s03 = zero();
        for (long at = 0, end = steps * 128L; at < end; at += 128) {
            FloatVector w0 = load(w);
            FloatVector w1 = load(w + 128);
            FloatVector w2 = load(w + 256);
            FloatVector w3 = load(w + 384);
            FloatVector v0 = load(x + at);
            s00 = w0.fma(v0, s00);
            s01 = w1.fma(v0, s01);
            s02 = w2.fma(v0, s02);
            s03 = w3.fma(v0, s03);
            w += 512;
        }
        store(s00, out);
        store(s01, out + 64);
        store(s02, out + 128);
        store(s03, out + 192);
    }
}
