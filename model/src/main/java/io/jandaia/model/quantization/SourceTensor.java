package io.jandaia.model.quantization;

import io.jandaia.model.format.TensorShape;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.lang.foreign.Arena;
import java.util.List;

/**
 * A tensor that a file is written from.
 *
 * @param shape its name, the type that its parts come in, its dimensions
 * @param parts its bytes, cut along the outermost dimension; each is made when it is its turn
 */
public record SourceTensor(TensorShape shape, List<Part> parts) {

    /** Some of a tensor's outermost places. */
    @FunctionalInterface
    public interface Part {
        /** Reads or makes it; what is copied lives as long as {@code arena}. */
        StoredTensor read(Arena arena);
    }

    public SourceTensor {
        parts = List.copyOf(parts);
    }

    /** One that is there as it is. */
    public static SourceTensor of(StoredTensor tensor) {
        return new SourceTensor(TensorShape.of(tensor), List.of(arena -> tensor));
    }

    public String name() {
        return shape.name();
    }

    public ElementType type() {
        return shape.type();
    }
}
