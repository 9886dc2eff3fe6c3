package io.jandaia.model.format;

import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;

/**
 * What is known of a tensor before it is written.
 *
 * @param shape outermost first
 */
public record TensorShape(String name, ElementType type, long[] shape) {

    public static TensorShape of(StoredTensor tensor) {
        return new TensorShape(tensor.name(), tensor.type(), tensor.shape());
    }

    /** Numbers in the tensor. */
    public long count() {
        long n = 1;
        for (long d : shape) {
            n = Math.multiplyExact(n, d);
        }
        return n;
    }

    public long bytes() {
        return type.bytes(count());
    }
}
