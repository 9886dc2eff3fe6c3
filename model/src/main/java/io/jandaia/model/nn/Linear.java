package io.jandaia.model.nn;

import io.jandaia.tensor.kernel.PackedMatrix;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A learned linear map {@code y = W x + b}, W {@code [outputs, inputs]}. The only owner of a packed weight: nobody else
 * knows its layout.
 */
public record Linear(PackedMatrix weight, @Nullable MemorySegment bias) {

    public int inputs() {
        return weight.cols();
    }

    public int outputs() {
        return weight.rows();
    }

    /** How many numbers W has: the multiply-adds of one product. */
    public long numbers() {
        return (long) weight.rows() * weight.cols();
    }
}
