package io.jandaia.model.convert;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.nn.TensorSlices;
import io.jandaia.model.quantization.SourceTensor.Part;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;

/**
 * Rows of a matrix, or numbers of a vector, that will be read when they are written.
 *
 * @param type what they come in
 * @param count of rows
 */
record Rows(ElementType type, long count, Part part) {

    static Rows of(StoredTensor t) {
        return new Rows(t.type(), t.shape()[0], arena -> t);
    }

    /** Those of a matrix that is stored the other way round. */
    static Rows transposed(StoredTensor t) {
        return new Rows(t.type(), t.shape()[1], arena -> TensorSlices.transposed(t, arena));
    }

    /** Some of these in another order. */
    Rows picked(int[] from) {
        if (from.length == count && IntStream.range(0, from.length).allMatch(i -> from[i] == i)) {
            return this;
        }
        return new Rows(type, from.length, arena -> pick(part.read(arena), from, arena));
    }

    private static StoredTensor pick(StoredTensor t, int[] from, Arena arena) {
        long bytes = t.data().byteSize() / t.shape()[0];
        MemorySegment out = arena.allocate(bytes * from.length, 64);
        for (int i = 0; i < from.length; i++) {
            MemorySegment.copy(t.data(), from[i] * bytes, out, i * bytes, bytes);
        }
        long[] shape = t.shape().clone();
        shape[0] = from.length;
        return new StoredTensor(t.name(), t.type(), shape, out);
    }

    /** With columns and rows changed places. */
    Rows turned(long columns) {
        Rows plain = type.quantized() ? floats(0) : this; // blocks cannot be turned
        return new Rows(plain.type, columns, arena -> TensorSlices.transposed(plain.part.read(arena), arena));
    }

    /** In float32, each number plus {@code summand}. */
    Rows floats(float summand) {
        if (type == ElementType.F32 && summand == 0) {
            return this;
        }
        return new Rows(ElementType.F32, count, arena -> {
            StoredTensor t = part.read(arena);
            if (!t.type().computable()) {
                throw JandaiaException.unsupported("Tensor '" + t.name() + "' is of type " + t.type()
                        + ", which cannot be converted; use a model in F32, F16 or BF16.");
            }
            MemorySegment out = arena.allocate(t.count() * Float.BYTES, 64);
            t.type().format().decode(t.data(), 0, out, 0, t.count() / t.type().blockElements());
            for (long i = 0; summand != 0 && i < t.count(); i++) {
                out.setAtIndex(ValueLayout.JAVA_FLOAT, i, out.getAtIndex(ValueLayout.JAVA_FLOAT, i) + summand);
            }
            return new StoredTensor(t.name(), ElementType.F32, t.shape(), out);
        });
    }
}
