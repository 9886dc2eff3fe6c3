package io.jandaia.model.nn;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A matrix with rows and columns changed places, in memory of its own. */
final class Transposed {

    /** Numbers in the side of a tile: one of 2-byte numbers and its transpose fit the first cache. */
    private static final int TILE = 64;

    private Transposed() {}

    static StoredTensor of(StoredTensor t, Arena arena) {
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
