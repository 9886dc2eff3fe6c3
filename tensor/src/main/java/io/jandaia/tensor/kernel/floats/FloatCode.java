package io.jandaia.tensor.kernel.floats;

import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.kernel.asm.MachineCode;
import java.util.EnumMap;
import java.util.Map;

/**
 * The routines of products with float32 activations, with AVX-512; written when this class is first used. Numbers are
 * multiplied in groups of 32, whose first and last 16 numbers are the two parts. Addresses are not checked here: callers have
 * checked their memory.
 */
public final class FloatCode {

    /** Rows of a tile. */
    public static final int ROWS = TileCode.ROWS;

    /** Tokens of a tile, at most. */
    public static final int TOKENS = TileCode.TOKENS;

    /** Rows whose partial sums are added at once. */
    public static final int SUM_ROWS = 16;

    /** Rows whose partial sums there is room for. */
    public static final int MOST_ROWS = 64;

    private static final int VECTOR = 64;
    private static final int TOKEN_SUMS = MOST_ROWS * VECTOR;
    private static final int PART_SUMS = TOKENS * TOKEN_SUMS;

    /** Bytes of all partial sums: {@code [2 parts][6 tokens][64 rows][16]} floats. */
    public static final long SUMS_BYTES = 2L * PART_SUMS;

    private static final MachineCode[] TILES = tiles(false);
    private static final MachineCode[] TILES_GOING_ON = tiles(true);
    private static final MachineCode SUM = MachineCode.of(SumCode.of(TOKEN_SUMS, PART_SUMS));
    private static final Map<FloatReading, MachineCode> ROW = new EnumMap<>(FloatReading.class);
    private static final Map<FloatReading, MachineCode> SPLIT = new EnumMap<>(FloatReading.class);

    static {
        for (FloatReading reading : FloatReading.values()) {
            ROW.put(reading, MachineCode.of(RowCode.of(reading)));
            SPLIT.put(reading, MachineCode.of(SplitCode.of(reading)));
        }
    }

    private FloatCode() {}

    private static MachineCode[] tiles(boolean goesOn) {
        MachineCode[] codes = new MachineCode[TOKENS];
        for (int t = 1; t <= TOKENS; t++) {
            codes[t - 1] = MachineCode.of(TileCode.of(t, goesOn, TOKEN_SUMS));
        }
        return codes;
    }

    /** Whether rows of this type are read as the file has them. */
    public static boolean reads(ElementType type) {
        return type == ElementType.F32 || type == ElementType.F16 || type == ElementType.BF16;
    }

    @SuppressWarnings("NullAway") // the map has all of them
    private static MachineCode of(Map<FloatReading, MachineCode> codes, ElementType type) {
        return codes.get(FloatReading.of(type));
    }

    /**
     * {@code out[r] = w[r] . x} for {@code rows} rows and one token.
     *
     * @param groups groups of 32 numbers, at least 1
     * @param rows at least 1
     */
    public static void multiplyRows(ElementType type, long w, long rowBytes, long x, int groups, int rows, long out) {
        of(ROW, type).call(w, x, groups, rows, out, rowBytes);
    }

    /**
     * One row in float32, taken apart: 16 floats of each group in either part.
     *
     * @param groups groups of 32 numbers, at least 1
     * @param stride bytes from one group's place to the next
     * @param partStride bytes from the first part to the second
     */
    public static void split(ElementType type, long row, int groups, long dst, long stride, long partStride) {
        of(SPLIT, type).call(row, dst, groups, stride, partStride, 0);
    }

    /**
     * Adds products to the partial sums of one part, or begins them.
     *
     * @param w {@code [tiles][groups of a row][4 rows][16]} floats
     * @param x {@code [groups][tokens][16]} floats
     * @param part 0 or 1
     * @param first whether the sums begin here
     * @param tiles at most {@link #MOST_ROWS} / {@link #ROWS}
     * @param tileBytes bytes from one tile's weights to the next's
     */
    public static void multiplyTiles(
            long w, long x, long sums, int part, boolean first, int tokens, int groups, int tiles, long tileBytes) {
        MachineCode code = (first ? TILES : TILES_GOING_ON)[tokens - 1];
        code.call(w, x, sums + (long) part * PART_SUMS, groups, tiles, tileBytes);
    }

    /**
     * Adds the partial sums of at most {@link #SUM_ROWS} rows.
     *
     * @param row the first, a multiple of {@link #SUM_ROWS}
     * @param out where the first token's sum of that row goes
     * @param outStride bytes from one token's output to the next
     */
    public static void addSums(long sums, int row, int rows, int tokens, long out, long outStride) {
        SUM.call(sums + (long) row * VECTOR, out, outStride, tokens, (1L << rows) - 1, 0);
    }
}
