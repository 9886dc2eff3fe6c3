package io.jandaia.tensor.kernel;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import java.lang.foreign.MemorySegment;

/**
 * A weight left where the file has it: rows of blocks, one after the other. The layout of the kernel sets that repack
 * nothing.
 */
record RowMajorMatrix(int rows, int cols, ElementType type, Numerics numerics, MemorySegment data)
        implements PackedMatrix {

    /** Checks the shape and the size of the data; the data stay where they are. */
    static RowMajorMatrix of(StoredTensor weight, Numerics numerics) {
        long[] shape = weight.shape();
        ElementType type = weight.type();
        if (!type.computable()) {
            throw JandaiaException.unsupported("Tensor '" + weight.name() + "' has element type " + type
                    + ", which cannot be a weight: convert it to one that can, such as BF16.");
        }
        if (shape.length != 2
                || shape[0] < 1
                || shape[1] < 1
                || shape[0] > Integer.MAX_VALUE
                || shape[1] > Integer.MAX_VALUE) {
            throw JandaiaException.format("Tensor '" + weight.name() + "' has shape " + weight.shapeText()
                    + ", but a weight matrix needs two dimensions between 1 and 2147483647.");
        }
        int rows = (int) shape[0];
        int cols = (int) shape[1];
        if (cols % type.blockElements() != 0) {
            throw JandaiaException.format("Tensor '" + weight.name() + "' has rows of " + cols + " numbers, but " + type
                    + " stores them in blocks of " + type.blockElements() + ".");
        }
        long bytes = Math.multiplyExact((long) rows, type.bytes(cols));
        if (weight.data().byteSize() < bytes) {
            throw JandaiaException.format("Tensor '" + weight.name() + "' of shape " + weight.shapeText() + " needs "
                    + bytes + " bytes as " + type + ", but has " + weight.data().byteSize() + ".");
        }
        Numerics used = Codes.has(type) ? numerics : Numerics.EXACT;
        return new RowMajorMatrix(rows, cols, type, used, weight.data().asSlice(0, bytes));
    }

    /** Bytes of one row. */
    long rowBytes() {
        return type.bytes(cols);
    }

    @Override
    public long bytes() {
        return data.byteSize();
    }

    @Override
    public PackedMatrix inMemory() {
        if (!data.isMapped()) {
            return this;
        }
        try {
            return new RowMajorMatrix(rows, cols, type, numerics, PageMemory.copy(data));
        } catch (OutOfMemoryError e) {
            return this; // slower, but all there
        }
    }

    @Override
    public void decodeRow(int row, MemorySegment dst, long dstOffset) {
        if (row < 0 || row >= rows) {
            throw new JandaiaException(
                    JandaiaException.Kind.INTERNAL, "Row " + row + " was asked of a matrix with " + rows + " rows.");
        }
        type.format().decode(data, row * rowBytes(), dst, dstOffset, cols / type.blockElements());
    }
}
