package io.jandaia.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Float32 in native memory, row-major {@code [rows, cols]}, 64-byte aligned at the start. A view of the first rows is
 * another Matrix on the same memory. Whoever owns the arena owns the memory.
 */
public record Matrix(MemorySegment data, int rows, int cols) {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    public static Matrix allocate(Arena arena, int rows, int cols) {
        return new Matrix(arena.allocate((long) rows * cols * Float.BYTES, 64), rows, cols);
    }

    /** Byte offset of row {@code row}. */
    public long offset(int row) {
        return (long) row * cols * Float.BYTES;
    }

    public float get(int row, int col) {
        return data.get(FLOAT, offset(row) + (long) col * Float.BYTES);
    }

    public void set(int row, int col, float value) {
        data.set(FLOAT, offset(row) + (long) col * Float.BYTES, value);
    }

    /** The first {@code rows} rows, or the same memory reshaped when {@code cols} differs. */
    public Matrix view(int rows, int cols) {
        return new Matrix(data.asSlice(0, (long) rows * cols * Float.BYTES), rows, cols);
    }

    /** A copy of row {@code row}. */
    public float[] row(int row) {
        float[] out = new float[cols];
        MemorySegment.copy(data, FLOAT, offset(row), out, 0, cols);
        return out;
    }
}
