package io.jandaia.model.checkpoint;

import io.jandaia.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/** One tensor that is to be made of those that a scheme stores it as. */
interface Unpacking {

    /** The name that it would have in a checkpoint that is not quantised. */
    String name();

    long[] shape();

    /** How many bytes it takes at most, from shapes alone. */
    long bytesAtMost();

    /** The smallest type that holds every number exactly, or else float32. */
    ElementType type();

    /** Writes all numbers as {@code type}, which {@link #type} has chosen. */
    void write(ElementType type, MemorySegment dst);

    default long count() {
        long n = 1;
        for (long d : shape()) {
            n *= d;
        }
        return n;
    }

    /** Work on rows {@code [first, first + count)}. */
    @FunctionalInterface
    interface Band {
        void run(int first, int count);
    }

    /** Divides rows among the machine's cores. */
    static void bands(int rows, Band work) {
        int each = 64; // numbers that lie in one column are read by whole cache lines
        IntStream.range(0, Math.ceilDiv(rows, each))
                .parallel()
                .forEach(i -> work.run(i * each, Math.min(each, rows - i * each)));
    }
}
