package io.jandaia.tensor.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Consecutive tokens of one sequence that ask the same key/value head: row r sees the positions
 * {@code [from[r], to[r])}, none when they are equal.
 *
 * @param q row r has {@code [heads, keyDim]} at {@code at + r * stride}
 * @param stride bytes from row to row
 * @param heads query heads of the key/value head
 * @param bias what is added to the scores: of row r, query head h and position p, the number at
 *     {@code biasAt[r] + h * biasStride + (p - from[r]) * 4}; {@link MemorySegment#NULL} = nothing
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record QueryRows(
        MemorySegment q,
        long at,
        long stride,
        int heads,
        int[] from,
        int[] to,
        MemorySegment bias,
        long[] biasAt,
        long biasStride) {

    private static final long[] NONE = {};

    /** Rows without biases. */
    public QueryRows(MemorySegment q, long at, long stride, int heads, int[] from, int[] to) {
        this(q, at, stride, heads, from, to, MemorySegment.NULL, NONE, 0);
    }

    public int rows() {
        return from.length;
    }

    boolean biased() {
        return bias.byteSize() > 0;
    }

    /** The first position that any row sees; {@link Integer#MAX_VALUE} when none sees one. */
    public int first() {
        int first = Integer.MAX_VALUE;
        for (int r = 0; r < from.length; r++) {
            first = from[r] < to[r] ? Math.min(first, from[r]) : first;
        }
        return first;
    }

    /** The end of the positions that any row sees; 0 when none sees one. */
    public int end() {
        int end = 0;
        for (int r = 0; r < from.length; r++) {
            end = from[r] < to[r] ? Math.max(end, to[r]) : end;
        }
        return end;
    }
}
