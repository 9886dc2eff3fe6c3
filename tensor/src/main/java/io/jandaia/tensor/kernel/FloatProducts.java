package io.jandaia.tensor.kernel;

import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.kernel.floats.FloatCode;
import io.jandaia.tensor.kernel.floats.TokenGroups;
import java.lang.foreign.MemorySegment;

/**
 * Products of decoded rows with float32 activations by machine code, in the order of {@link VectorFormat}. Activations of
 * several tokens are packed once by groups of tokens; rows are decoded panel by panel into scratch memory.
 */
final class FloatProducts {

    /** Decoded rows that are multiplied with all tokens before the next are decoded: half of a second-level cache. */
    private static final long PANEL_BYTES = 512 << 10;

    /** Groups of 32 numbers that six tokens are multiplied with before the next: one part of them is half a first-level cache. */
    private static final int BLOCK_GROUPS = 64;

    private static final int LINE = 64;

    private static final long CHUNK_BYTES = VectorBlocks.CHUNK * 4L;

    private FloatProducts() {}

    /** Whether there is machine code for this product; rows shorter than one group have none. */
    static boolean has(RowMajorMatrix w, int tokens) {
        return groups(w) > 0 && (tokens > 1 || FloatCode.reads(w.type()));
    }

    private static int groups(RowMajorMatrix w) {
        return w.cols() / VectorFormat.SUMS;
    }

    /** Bytes of the whole groups of a row, or a token, in float32. */
    private static long decodedBytes(RowMajorMatrix w) {
        return groups(w) * VectorFormat.GROUP_BYTES;
    }

    /** Rows of a panel, a multiple of what is summed at once. */
    private static int panelRows(RowMajorMatrix w) {
        long rows = PANEL_BYTES / (w.cols() * 4L) / FloatCode.SUM_ROWS * FloatCode.SUM_ROWS;
        return Math.clamp(rows, FloatCode.SUM_ROWS, FloatCode.MOST_ROWS);
    }

    /** The partial sums, some decoded numbers of one row, the panel. */
    static long scratchBytes(RowMajorMatrix w) {
        return FloatCode.SUMS_BYTES + CHUNK_BYTES + panelRows(w) * decodedBytes(w);
    }

    /** Bytes of the packed activations: {@code [groups of tokens][2 parts][groups of 32][tokens][16]} floats. */
    static long packedBytes(RowMajorMatrix w, int tokens) {
        return tokens > 1 && groups(w) > 0 ? tokens * decodedBytes(w) : 0;
    }

    private static TokenGroups tokenGroups(int tokens) {
        return new TokenGroups(tokens, FloatCode.TOKENS);
    }

    /**
     * Packs one token of many.
     *
     * @param x address of its {@code w.cols()} floats
     * @param dst address of the packed activations of all tokens
     */
    static void pack(RowMajorMatrix w, long x, int token, int tokens, long dst) {
        int groups = groups(w);
        TokenGroups tokenGroups = tokenGroups(tokens);
        int g = tokenGroups.of(token);
        int first = tokenGroups.first(g);
        int some = tokenGroups.size(g);
        long at = dst + first * decodedBytes(w) + (long) (token - first) * LINE;
        FloatCode.split(ElementType.F32, x, groups, at, (long) some * LINE, (long) groups * some * LINE);
    }

    /** Rows {@code [from, to)} times one token, but for the numbers after the last whole group. */
    static void oneToken(RowMajorMatrix w, long x, int from, int to, long out) {
        if (from < to) {
            long row = w.data().address() + from * w.rowBytes();
            FloatCode.multiplyRows(w.type(), row, w.rowBytes(), x, groups(w), to - from, out + from * 4L);
        }
    }

    /**
     * Rows {@code [from, to)} times all tokens, but for the numbers after the last whole group.
     *
     * @param x address of the packed activations
     * @param outStride bytes from one token's output to the next
     */
    static void manyTokens(
            RowMajorMatrix w, long x, int tokens, int from, int to, long out, long outStride, MemorySegment scratch) {
        long sums = scratch.address();
        long chunk = sums + FloatCode.SUMS_BYTES;
        long panel = chunk + CHUNK_BYTES;
        int step = panelRows(w);
        TokenGroups tokenGroups = tokenGroups(tokens);
        for (int row = from; row < to; row += step) {
            int rows = Math.min(step, to - row);
            int tiles = (rows + FloatCode.ROWS - 1) / FloatCode.ROWS;
            long partBytes = (long) tiles * groups(w) * FloatCode.ROWS * LINE;
            for (int i = 0; i < rows; i++) {
                long tile = panel + (long) (i / FloatCode.ROWS) * groups(w) * FloatCode.ROWS * LINE;
                decode(w, row + i, tile + (long) (i % FloatCode.ROWS) * LINE, partBytes, chunk);
            }
            for (int g = 0; g < tokenGroups.count(); g++) {
                int first = tokenGroups.first(g);
                int some = tokenGroups.size(g);
                multiply(panel, partBytes, tiles, x + first * decodedBytes(w), some, groups(w), sums);
                for (int r = 0; r < rows; r += FloatCode.SUM_ROWS) {
                    int count = Math.min(FloatCode.SUM_ROWS, rows - r);
                    FloatCode.addSums(sums, r, count, some, out + first * outStride + (row + r) * 4L, outStride);
                }
            }
        }
    }

    private static void decode(RowMajorMatrix w, int row, long dst, long partBytes, long chunk) {
        int stride = FloatCode.ROWS * LINE;
        long at = w.data().address() + row * w.rowBytes();
        int n = groups(w) * VectorFormat.SUMS;
        if (FloatCode.reads(w.type())) {
            FloatCode.split(w.type(), at, groups(w), dst, stride, partBytes);
            return;
        }
        VectorFormat format = VectorKernels.format(w.type());
        for (int k = 0; k < n; k += VectorBlocks.CHUNK) {
            int some = Math.min(VectorBlocks.CHUNK, n - k);
            format.decode(at + w.type().bytes(k), some, chunk, VectorFormat.GROUP_BYTES);
            int groups = some / VectorFormat.SUMS;
            FloatCode.split(
                    ElementType.F32, chunk, groups, dst + (long) k / VectorFormat.SUMS * stride, stride, partBytes);
        }
    }

    /** One panel times one group of tokens: all partial sums. */
    private static void multiply(long panel, long partBytes, int tiles, long x, int tokens, int groups, long sums) {
        int blocks = (groups + BLOCK_GROUPS - 1) / BLOCK_GROUPS;
        for (int part = 0; part < 2; part++) {
            for (int b = 0; b < blocks; b++) {
                int k = (int) ((long) b * groups / blocks);
                int some = (int) ((long) (b + 1) * groups / blocks) - k;
                FloatCode.multiplyTiles(
                        panel + part * partBytes + (long) k * FloatCode.ROWS * LINE,
                        x + ((long) part * groups + k) * tokens * LINE,
                        sums,
                        part,
                        b == 0,
                        tokens,
                        some,
                        tiles,
                        (long) groups * FloatCode.ROWS * LINE);
            }
        }
    }

    /** Adds what is left of every row after the last whole group, number by number. */
    static void tails(
            RowMajorMatrix w, long x, int tokens, int from, int to, long out, long outStride, MemorySegment scratch) {
        int n = groups(w) * VectorFormat.SUMS;
        int rest = w.cols() - n;
        for (int row = from; rest > 0 && row < to; row++) {
            VectorKernels.decodeTail(w, row, n, scratch, 0);
            for (int t = 0; t < tokens; t++) {
                long to4 = out + t * outStride + row * 4L;
                long xAt = x + (t * (long) w.cols() + n) * 4L;
                RawMemory.set(to4, VectorKernels.tail(RawMemory.get(to4), scratch.address(), xAt, rest));
            }
        }
    }
}
