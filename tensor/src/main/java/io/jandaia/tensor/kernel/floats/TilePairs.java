package io.jandaia.tensor.kernel.floats;

import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.kernel.asm.MachineCode;
import java.lang.foreign.MemorySegment;

/**
 * By AMX.
 *
 * @see TilePairCode the order of the sums
 */
final class TilePairs implements PairProducts {

    /** Numbers that are multiplied in one step. */
    private static final int STEP = 32;

    private static final int ROWS = TilePairCode.ROWS;
    private static final int TOKENS = TilePairCode.TOKENS;

    /** Tokens whose sums there is room for. */
    private static final int MOST_TOKENS = 512;

    private static final long TILES_AT = 192;
    private static final long SUMS_AT = 256;

    private static final long SCRATCH_BYTES = SUMS_AT + MOST_TOKENS / (2 * TOKENS) * (long) TilePairCode.SUMS;

    /** Written when there is a matrix for them: most models have none. */
    private static final class Code {
        static final MachineCode PAIR = MachineCode.of(PairCode.of());
        static final MachineCode TWO = MachineCode.of(TilePairCode.of(2));
        static final MachineCode ONE = MachineCode.of(TilePairCode.of(1));
        static final MachineCode TURN = MachineCode.of(TurnCode.of());
    }

    @Override
    public boolean has(ElementType type, int rows, int cols) {
        return type == ElementType.BF16 && rows >= ROWS && cols % STEP == 0;
    }

    @Override
    public void check(String kernels) {
        PairAnswers.check(this, true, kernels);
    }

    @Override
    public long scratchBytes() {
        return SCRATCH_BYTES;
    }

    private static int width(int panel, int tokens) {
        return Math.min(TOKENS, tokens - panel * TOKENS);
    }

    @Override
    public void pack(long x, int cols, int token, int tokens, long dst) {
        int p = token / TOKENS;
        long at = dst + p * PairProducts.packedBytes(cols, TOKENS) + token % TOKENS * 4L;
        Code.PAIR.call(x, at, cols / STEP, 4L * width(p, tokens), 0, 0);
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
        for (int t = 0; t < tokens; t += MOST_TOKENS) {
            int some = Math.min(MOST_TOKENS, tokens - t);
            for (int row = from; row < to; row += 2 * ROWS) {
                sums(w, rows, cols, some, x + PairProducts.packedBytes(cols, t), row, to, scratch);
                turn(rows, some, row, Math.min(to, row + 2 * ROWS), out + t * outStride, outStride, scratch);
            }
        }
    }

    /** All sums of 32 rows, or of fewer at the end. */
    private static void sums(long w, int rows, int cols, int tokens, long x, int row, int to, MemorySegment scratch) {
        long rowBytes = 2L * cols;
        long first = w + begin(row, rows) * rowBytes;
        TilePairArguments.FIRST_ROWS.set(scratch, first);
        TilePairArguments.NEXT_ROWS.set(scratch, row + ROWS < to ? w + begin(row + ROWS, rows) * rowBytes : first);
        TilePairArguments.ROW_STRIDE.set(scratch, rowBytes);
        TilePairArguments.STEPS.set(scratch, cols / STEP);
        int full = tokens / (2 * TOKENS);
        if (full > 0) {
            panels(Code.TWO, TOKENS, TOKENS, full, cols, 0, x, scratch);
        }
        int rest = tokens - full * 2 * TOKENS;
        if (rest > TOKENS) {
            panels(Code.TWO, TOKENS, rest - TOKENS, 1, cols, full, x, scratch);
        } else if (rest > 0) {
            panels(Code.ONE, rest, 0, 1, cols, full, x, scratch);
        }
    }

    /** The last 16 rows overlap those before when the number of rows is no multiple: each row is its own sum. */
    private static int begin(int row, int rows) {
        return Math.min(row, rows - ROWS);
    }

    /** Multiplies {@code count} twos of panels, from the two {@code from} on. */
    private static void panels(
            MachineCode code, int first, int next, int count, int cols, int from, long x, MemorySegment scratch) {
        TilePairCode.configure(scratch.asSlice(TILES_AT, 64), first, next);
        long at = x + from * PairProducts.packedBytes(cols, 2 * TOKENS);
        TilePairArguments.TILES.set(scratch, scratch.address() + TILES_AT);
        TilePairArguments.FIRST_PANEL.set(scratch, at);
        TilePairArguments.NEXT_PANEL.set(scratch, at + PairProducts.packedBytes(cols, first));
        TilePairArguments.FIRST_STRIDE.set(scratch, 4L * first);
        TilePairArguments.NEXT_STRIDE.set(scratch, 4L * next);
        TilePairArguments.PANEL_BYTES.set(scratch, PairProducts.packedBytes(cols, 2 * TOKENS));
        TilePairArguments.PANELS.set(scratch, count);
        TilePairArguments.SUMS.set(scratch, scratch.address() + SUMS_AT + (long) from * TilePairCode.SUMS);
        code.call(scratch.address(), 0, 0, 0, 0, 0);
    }

    /** Writes the sums of rows {@code [row, to)}, at most 32. */
    private static void turn(int rows, int tokens, int row, int to, long out, long outStride, MemorySegment scratch) {
        for (int p = 0; p * TOKENS < tokens; p++) {
            for (int g = 0; row + g * ROWS < to; g++) {
                int from = row + g * ROWS;
                int first = begin(from, rows);
                int end = Math.min(to, from + ROWS);
                long mask = (1L << (end - first)) - (1L << (from - first));
                long sums = scratch.address() + SUMS_AT + (2L * p + g) * TilePairCode.TILE;
                Code.TURN.call(
                        sums, out + (long) p * TOKENS * outStride + first * 4L, outStride, width(p, tokens), mask, 0);
            }
        }
    }
}
