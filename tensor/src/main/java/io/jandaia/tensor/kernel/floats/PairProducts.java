package io.jandaia.tensor.kernel.floats;

import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.kernel.asm.CpuFeatures;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Fast products of BF16 weights, which stay where the file has them: activations are rounded to BF16, and one instruction
 * multiplies and adds pairs. One token or many, the same instructions add the same numbers in the same order. Addresses are not
 * checked here: callers have checked their memory.
 */
public interface PairProducts {

    /**
     * What this processor multiplies pairs with; null = nothing.
     *
     * @param tiles whether tiles may be used
     */
    static @Nullable PairProducts here(boolean tiles) {
        CpuFeatures cpu = CpuFeatures.here();
        if (tiles && cpu.amxBf16()) {
            return new TilePairs();
        }
        return cpu.bf16() ? new VectorPairs() : null;
    }

    /** Bytes of the activations as pairs. */
    static long packedBytes(int cols, int tokens) {
        return 2L * cols * tokens;
    }

    /** Whether there are fast products with such a matrix; the others have rows too short or too few. */
    boolean has(ElementType type, int rows, int cols);

    /**
     * Tests the machine code; UNSUPPORTED when this processor fails.
     *
     * @param kernels what the message calls the kernel set
     */
    void check(String kernels);

    /** Bytes of a worker's own memory. */
    long scratchBytes();

    /**
     * One token of many as pairs.
     *
     * @param x address of its {@code cols} floats
     * @param dst address of all tokens as pairs
     */
    void pack(long x, int cols, int token, int tokens, long dst);

    /**
     * {@code out[t][r] = w[r] . x[t]} for rows {@code [from, to)}.
     *
     * @param w address of the weights {@code [rows, cols]}
     * @param x address of all tokens as pairs
     * @param out address of the first token's output
     * @param outStride bytes from one token's output to the next
     */
    void multiply(
            long w,
            int rows,
            int cols,
            int tokens,
            long x,
            int from,
            int to,
            long out,
            long outStride,
            MemorySegment scratch);
}
