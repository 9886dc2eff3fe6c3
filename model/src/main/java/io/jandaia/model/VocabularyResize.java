package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.format.BlockFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Another number of rows for an embedding or a head, because the vocabulary changed. The rows that both have stay as they
 * are to the last bit, so shrinking, and growing into rows that a checkpoint has as padding, start from what is there: as
 * transformers' {@code resize_token_embeddings} does, and as Dolly was made.
 *
 * @param rows the number of token ids afterwards
 * @param added what rows beyond the old ones hold
 */
public record VocabularyResize(long rows, NewRows added) {

    /** What new rows hold. */
    public enum NewRows {
        /** The mean of the old rows, in float32: a token like any other. */
        MEAN,
        ZEROS
    }

    public VocabularyResize {
        if (rows < 1) {
            throw JandaiaException.usage("The vocabulary is to have " + rows + " rows; expected at least 1.");
        }
    }

    /**
     * The number of rows for a tokenizer with {@code tokens} ids when the padding rows of a checkpoint are to be kept: the
     * old number unless it is too small.
     */
    public static long keepingPadding(long oldRows, long tokens) {
        return Math.max(oldRows, tokens);
    }

    /**
     * The tensor with its new rows, in memory of {@code arena}; the tensor itself when it has as many already.
     *
     * @param tensor an embedding or a head [rows, width], or a bias of the head [rows]
     */
    public StoredTensor apply(StoredTensor tensor, Arena arena) {
        long[] shape = tensor.shape().clone();
        if (shape.length < 1 || shape.length > 2 || shape[0] < 1) {
            throw JandaiaException.usage("Tensor '" + tensor.name() + "' has the shape " + tensor.shapeText()
                    + "; expected rows of one token each.");
        }
        if (shape[0] == rows) {
            return tensor;
        }
        ElementType type = tensor.type();
        long rowNumbers = shape.length == 2 ? shape[1] : 1;
        if (rowNumbers % type.blockElements() != 0) {
            throw JandaiaException.unsupported(
                    "Tensor '" + tensor.name() + "' of type " + type + " has blocks that span rows.");
        }
        long rowBytes = type.bytes(rowNumbers);
        long kept = Math.min(rows, shape[0]);
        MemorySegment data = arena.allocate(Math.multiplyExact(rows, rowBytes), 64);
        MemorySegment.copy(tensor.data(), 0, data, 0, kept * rowBytes);
        if (rows > kept) {
            BlockFormat format = type.format();
            MemorySegment row = MemorySegment.ofArray(newRow(tensor, added));
            for (long r = kept; r < rows; r++) {
                format.encode(row, 0, data, r * rowBytes, rowNumbers / format.elements());
            }
        }
        shape[0] = rows;
        return new StoredTensor(tensor.name(), type, shape, data);
    }

    /** What a new row of the tensor holds. */
    static float[] newRow(StoredTensor tensor, NewRows added) {
        long[] shape = tensor.shape();
        int width = shape.length == 2 ? Math.toIntExact(shape[1]) : 1;
        float[] row = new float[width];
        if (added == NewRows.ZEROS) {
            return row;
        }
        BlockFormat format = tensor.type().format();
        long rowBytes = tensor.type().bytes(width);
        double[] sums = new double[width];
        MemorySegment floats = MemorySegment.ofArray(row);
        for (long r = 0; r < shape[0]; r++) {
            format.decode(tensor.data(), r * rowBytes, floats, 0, width / format.elements());
            for (int i = 0; i < width; i++) {
                sums[i] += row[i];
            }
        }
        for (int i = 0; i < width; i++) {
            row[i] = (float) (sums[i] / shape[0]);
        }
        return row;
    }
}
