package io.jandaia.tensor.kernel;

import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Numerics;
import java.lang.foreign.MemorySegment;

/**
 * A weight {@code [rows, cols]} in whatever layout its kernel set likes best. Only the kernel set that packed it reads the
 * layout; everyone else uses {@link Kernels#gemm} and {@link #decodeRow}.
 */
public interface PackedMatrix {

    int rows();

    int cols();

    /** The element type the file had. */
    ElementType type();

    /** How products with it are computed: FAST only when asked for and possible for the type. */
    Numerics numerics();

    /** Bytes read when the whole matrix is multiplied once: what bandwidth is counted with. */
    long bytes();

    /** Writes row {@code row} as {@link #cols()} floats to {@code dst} from byte {@code dstOffset}: embedding look-up. */
    void decodeRow(int row, MemorySegment dst, long dstOffset);

    /**
     * The same in memory of our own, where products read it faster, when it lies in a mapped file; this one otherwise, and where the
     * system refuses that memory.
     */
    default PackedMatrix inMemory() {
        return this;
    }
}
