package io.jandaia.model.nn;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Parts of tensors and other orders of their numbers. A part shares the memory of the whole; another order is a copy. */
public final class TensorSlices {

    /** Numbers in the side of a tile: one of 2-byte numbers and its transpose fit the first cache. */
    private static final int TILE = 64;

    private TensorSlices() {}

    /** What stands at place {@code index} of the outermost dimension. */
    public static StoredTensor of(StoredTensor t, int index) {
        long[] shape = Arrays.copyOfRange(t.shape(), 1, t.shape().length);
        long bytes = t.data().byteSize() / t.shape()[0];
        return new StoredTensor(t.name(), t.type(), shape, t.data().asSlice(index * bytes, bytes));
    }

    /** Rows {@code [from, from + count)} of a matrix. */
    public static StoredTensor rows(StoredTensor t, long from, int count) {
        long bytes = t.data().byteSize() / t.shape()[0];
        return new StoredTensor(
                t.name(), t.type(), new long[] {count, t.shape()[1]}, t.data().asSlice(from * bytes, count * bytes));
    }

    /** The outermost places with even numbers, then those with odd ones. */
    public static StoredTensor evenThenOdd(StoredTensor t, Arena arena) {
        int n = Math.toIntExact(t.shape()[0]);
        long bytes = t.data().byteSize() / n;
        MemorySegment out = arena.allocate(t.data().byteSize(), 64);
        for (int i = 0; i < n; i++) {
            MemorySegment.copy(t.data(), i * bytes, out, (i / 2 + i % 2 * (n / 2)) * bytes, bytes);
        }
        return new StoredTensor(t.name(), t.type(), t.shape(), out);
    }

    /** Of runs of {@code run} outermost places that take turns, those of one kind: {@code part} 0 or 1. */
    public static StoredTensor everyOther(StoredTensor t, int run, int part, Arena arena) {
        long bytes = t.data().byteSize() / t.shape()[0] * run;
        long[] shape = t.shape().clone();
        shape[0] /= 2;
        MemorySegment out = arena.allocate(t.data().byteSize() / 2, 64);
        for (long i = 0; i * bytes < out.byteSize(); i++) {
            MemorySegment.copy(t.data(), (2 * i + part) * bytes, out, i * bytes, bytes);
        }
        return new StoredTensor(t.name(), t.type(), shape, out);
    }

    /** Numbers that stand alone: a tensor of blocks is decoded to float32. */
    public static StoredTensor unblocked(StoredTensor t, Arena arena) {
        return t.type().blockElements() == 1
                ? t
                : new StoredTensor(
                        t.name(), ElementType.F32, t.shape(), arena.allocateFrom(ValueLayout.JAVA_FLOAT, t.toFloats()));
    }

    /** A matrix with rows and columns changed places. */
    public static StoredTensor transposed(StoredTensor t, Arena arena) {
        ElementType type = t.type();
        if (type.blockElements() != 1) {
            throw JandaiaException.unsupported("Tensor '" + t.name() + "' is stored as inputs by outputs in " + type
                    + ", whose blocks cannot be transposed; use a file in F32, F16 or BF16.");
        }
        long rows = t.shape()[0];
        long cols = t.shape()[1];
        int bytes = type.blockBytes();
        MemorySegment out = arena.allocate(t.data().byteSize(), 64);
        for (long r = 0; r < rows; r += TILE) {
            for (long c = 0; c < cols; c += TILE) {
                for (long i = r; i < Math.min(r + TILE, rows); i++) {
                    for (long j = c; j < Math.min(c + TILE, cols); j++) {
                        MemorySegment.copy(t.data(), (i * cols + j) * bytes, out, (j * rows + i) * bytes, bytes);
                    }
                }
            }
        }
        return new StoredTensor(t.name(), type, new long[] {cols, rows}, out);
    }
}
