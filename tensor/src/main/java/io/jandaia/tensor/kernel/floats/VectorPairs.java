package io.jandaia.tensor.kernel.floats;

import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.kernel.asm.MachineCode;
import java.lang.foreign.MemorySegment;

/**
 * By AVX-512 BF16. Of a row's numbers, those at places 2i and 2i + 1 of every 32 are added in lane i of 16; lanes are added last, in
 * the order of {@link SumCode}.
 */
final class VectorPairs implements PairProducts {

    private static final int LINE = 64;

    /** Rows whose lanes are added at once. */
    private static final int UNIT = 16;

    /** Rows that are multiplied with all tokens before the next: half of a second-level cache at most. */
    private static final long PANEL_BYTES = 512 << 10;

    private static final int MOST_ROWS = 64;

    /** Lines of a row that six tokens are multiplied with before the next: in a first-level cache with those of the next rows. */
    private static final int BLOCK_LINES = 32;

    private static final int TOKENS = TileCode.TOKENS;
    private static final int TOKEN_SUMS = MOST_ROWS * LINE;

    /** Written when there is a matrix for them: most models have none. */
    private static final class Code {
        static final MachineCode[] TILES = tiles(false);
        static final MachineCode[] TILES_GOING_ON = tiles(true);
        static final MachineCode SUM = MachineCode.of(SumCode.of(TOKEN_SUMS, 0));
        static final MachineCode ROW = MachineCode.of(RowCode.ofPairs());

        private static MachineCode[] tiles(boolean goesOn) {
            MachineCode[] codes = new MachineCode[TOKENS];
            for (int t = 1; t <= TOKENS; t++) {
                codes[t - 1] = MachineCode.of(TileCode.ofPairs(t, goesOn, TOKEN_SUMS));
            }
            return codes;
        }
    }

    @Override
    public boolean has(ElementType type, int rows, int cols) {
        return type == ElementType.BF16 && rows >= UNIT && cols % RoundCode.LINE == 0;
    }

    @Override
    public void check(String kernels) {
        PairAnswers.check(this, false, kernels);
    }

    @Override
    public long scratchBytes() {
        return (long) TOKENS * TOKEN_SUMS;
    }

    /** {@code [groups of tokens][lines][tokens][32]}. */
    @Override
    public void pack(long x, int cols, int token, int tokens, long dst) {
        TokenGroups groups = new TokenGroups(tokens, TOKENS);
        int g = groups.of(token);
        int first = groups.first(g);
        long at = dst + PairProducts.packedBytes(cols, first) + (long) (token - first) * LINE;
        RoundCode.round(x, at, cols / RoundCode.LINE, (long) groups.size(g) * LINE);
    }

    @Override
    public void multiply(
            long w,
            int rows,
            int cols,
            int tokens,
            long x,
            int from,
            int to,
            long out,
            long outStride,
            MemorySegment scratch) {
        long rowBytes = 2L * cols;
        int lines = cols / RoundCode.LINE;
        if (tokens == 1) {
            if (from < to) {
                Code.ROW.call(w + from * rowBytes, x, lines, to - from, out + from * 4L, rowBytes);
            }
            return;
        }
        TokenGroups groups = new TokenGroups(tokens, TOKENS);
        int step = Math.clamp(PANEL_BYTES / rowBytes / UNIT * UNIT, UNIT, MOST_ROWS);
        for (int row = from; row < to; row += step) {
            int end = Math.min(to, row + step);
            for (int g = 0; g < groups.count(); g++) {
                int first = groups.first(g);
                sums(w, rows, cols, x + PairProducts.packedBytes(cols, first), groups.size(g), row, end, scratch);
                add(rows, groups.size(g), row, end, out + first * outStride, outStride, scratch);
            }
        }
    }

    /** All lanes of one panel and one group of tokens. */
    private static void sums(long w, int rows, int cols, long x, int tokens, int row, int end, MemorySegment scratch) {
        long rowBytes = 2L * cols;
        int lines = cols / RoundCode.LINE;
        int blocks = (lines + BLOCK_LINES - 1) / BLOCK_LINES;
        for (int b = 0; b < blocks; b++) {
            int line = (int) ((long) b * lines / blocks);
            int some = (int) ((b + 1L) * lines / blocks) - line;
            MachineCode code = (b == 0 ? Code.TILES : Code.TILES_GOING_ON)[tokens - 1];
            for (int r = row; r < end; r += UNIT) {
                code.call(
                        w + begin(r, rows) * rowBytes + (long) line * LINE,
                        x + (long) line * tokens * LINE,
                        scratch.address() + (long) (r - row) * LINE,
                        some,
                        UNIT / TileCode.ROWS,
                        rowBytes);
            }
        }
    }

    private static void add(int rows, int tokens, int row, int end, long out, long outStride, MemorySegment scratch) {
        for (int r = row; r < end; r += UNIT) {
            int first = begin(r, rows);
            long mask = (1L << (Math.min(end, r + UNIT) - first)) - (1L << (r - first));
            long sums = scratch.address() + (long) (r - row) * LINE;
            Code.SUM.call(sums, out + first * 4L, outStride, tokens, mask, 0);
        }
    }

    /** The last 16 rows overlap those before when the number of rows is no multiple: each row is its own sum. */
    private static int begin(int row, int rows) {
        return Math.min(row, rows - UNIT);
    }
}
