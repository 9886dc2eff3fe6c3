package io.jandaia.tensor.kernel.floats;

import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.kernel.asm.MachineCode;
import java.lang.foreign.MemorySegment;

/**
 * Fast products of BF16 weights, which stay where the file has them, by AMX: activations are rounded to BF16, in pairs. One token
 * or many, the same instructions add the same numbers in the same order. Addresses are not checked here: callers have checked
 * their memory.
 *
 * @see PairTileCode the order of the sums
 */
public final class PairProducts {

    /** Numbers that are multiplied in one step. */
    private static final int STEP = 32;

    private static final int ROWS = PairTileCode.ROWS;
    private static final int TOKENS = PairTileCode.TOKENS;

    /** Tokens whose sums there is room for. */
    private static final int MOST_TOKENS = 512;

    private static final long TILES_AT = 192;
    private static final long SUMS_AT = 256;

    /** Bytes of a worker's own memory. */
    public static final long SCRATCH_BYTES = SUMS_AT + MOST_TOKENS / (2 * TOKENS) * (long) PairTileCode.SUMS;

    private static final MachineCode PAIR = MachineCode.of(PairCode.of());
    private static final MachineCode TWO = MachineCode.of(PairTileCode.of(2));
    private static final MachineCode ONE = MachineCode.of(PairTileCode.of(1));
    private static final MachineCode TURN = MachineCode.of(TurnCode.of());

    private static boolean trusted;

    private PairProducts() {}

    /** Whether there are fast products with such a matrix; the others have rows too short or too few for tiles. */
    public static boolean has(ElementType type, int rows, int cols) {
        return type == ElementType.BF16 && rows >= ROWS && cols % STEP == 0;
    }

    /**
     * Runs the test of the machine code, once; UNSUPPORTED when this processor fails it.
     *
     * @param kernels what the message calls the kernel set
     */
    public static synchronized void test(String kernels) {
        if (!trusted) {
            PairAnswers.check(kernels);
            trusted = true;
        }
    }

    /** Bytes of the activations as pairs. */
    public static long packedBytes(int cols, int tokens) {
        return 2L * cols * tokens;
    }

    private static int width(int panel, int tokens) {
        return Math.min(TOKENS, tokens - panel * TOKENS);
    }

    /**
     * One token of many as pairs.
     *
     * @param x address of its {@code cols} floats
     * @param dst address of the panels of all tokens
     */
    public static void pack(long x, int cols, int token, int tokens, long dst) {
        int p = token / TOKENS;
        long at = dst + p * packedBytes(cols, TOKENS) + token % TOKENS * 4L;
        PAIR.call(x, at, cols / STEP, 4L * width(p, tokens), 0, 0);
    }

    /**
     * {@code out[t][r] = w[r] . x[t]} for rows {@code [from, to)}.
     *
     * @param w address of the weights {@code [rows, cols]}
     * @param x address of the panels of all tokens
     * @param out address of the first token's output
     * @param outStride bytes from one token's output to the next
     */
    public static void multiply(
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
                sums(w, rows, cols, some, x + packedBytes(cols, t), row, to, scratch);
                turn(rows, some, row, Math.min(to, row + 2 * ROWS), out + t * outStride, outStride, scratch);
            }
        }
    }

    /** All sums of 32 rows, or of fewer at the end. */
    private static void sums(long w, int rows, int cols, int tokens, long x, int row, int to, MemorySegment scratch) {
        long rowBytes = 2L * cols;
        long first = w + begin(row, rows) * rowBytes;
        PairArguments.FIRST_ROWS.set(scratch, first);
        PairArguments.NEXT_ROWS.set(scratch, row + ROWS < to ? w + begin(row + ROWS, rows) * rowBytes : first);
        PairArguments.ROW_STRIDE.set(scratch, rowBytes);
        PairArguments.STEPS.set(scratch, cols / STEP);
        int full = tokens / (2 * TOKENS);
        if (full > 0) {
            panels(TWO, TOKENS, TOKENS, full, cols, 0, x, scratch);
        }
        int rest = tokens - full * 2 * TOKENS;
        if (rest > TOKENS) {
            panels(TWO, TOKENS, rest - TOKENS, 1, cols, full, x, scratch);
        } else if (rest > 0) {
            panels(ONE, rest, 0, 1, cols, full, x, scratch);
        }
    }

    /** The last 16 rows overlap those before when the number of rows is no multiple: each row is its own sum. */
    private static int begin(int row, int rows) {
        return Math.min(row, rows - ROWS);
    }

    /** Multiplies {@code count} twos of panels, from the two {@code from} on. */
    private static void panels(
            MachineCode code, int first, int next, int count, int cols, int from, long x, MemorySegment scratch) {
        PairTileCode.configure(scratch.asSlice(TILES_AT, 64), first, next);
        long at = x + from * packedBytes(cols, 2 * TOKENS);
        PairArguments.TILES.set(scratch, scratch.address() + TILES_AT);
        PairArguments.FIRST_PANEL.set(scratch, at);
        PairArguments.NEXT_PANEL.set(scratch, at + packedBytes(cols, first));
        PairArguments.FIRST_STRIDE.set(scratch, 4L * first);
        PairArguments.NEXT_STRIDE.set(scratch, 4L * next);
        PairArguments.PANEL_BYTES.set(scratch, packedBytes(cols, 2 * TOKENS));
        PairArguments.PANELS.set(scratch, count);
        PairArguments.SUMS.set(scratch, scratch.address() + SUMS_AT + (long) from * PairTileCode.SUMS);
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
                long sums = scratch.address() + SUMS_AT + (2L * p + g) * PairTileCode.TILE;
                TURN.call(sums, out + (long) p * TOKENS * outStride + first * 4L, outStride, width(p, tokens), mask, 0);
            }
        }
    }
}
