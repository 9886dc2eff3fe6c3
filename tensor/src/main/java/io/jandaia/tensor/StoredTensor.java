package io.jandaia.tensor;

import io.jandaia.error.JandaiaException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A tensor as a file holds it: its name, type, shape (outermost dimension first, as in PyTorch) and its bytes, usually a
 * slice of a mapped file. The reader that made it has checked that {@code data} has exactly the bytes the shape needs.
 */
public record StoredTensor(String name, ElementType type, long[] shape, MemorySegment data) {

    /** Numbers in the tensor. */
    public long count() {
        long n = 1;
        for (long d : shape) {
            n *= d;
        }
        return n;
    }

    /** The shape as {@code [2048, 5632]}, for messages. */
    public String shapeText() {
        return Arrays.toString(shape);
    }

    /** All numbers as float32; for small tensors such as norms and biases. */
    public float[] toFloats() {
        long n = count();
        if (n > Integer.MAX_VALUE - 8) {
            throw JandaiaException.unsupported(
                    "Tensor '" + name + "' has " + n + " numbers: too many to be read into one array.");
        }
        float[] out = new float[(int) n];
        type.format().decode(data, 0, MemorySegment.ofArray(out), 0, n / type.blockElements());
        return out;
    }
}
