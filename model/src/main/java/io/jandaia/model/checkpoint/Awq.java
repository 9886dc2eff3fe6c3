package io.jandaia.model.checkpoint;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * AWQ (Lin et al. 2023) in AutoAWQ's gemm layout: {@code qweight [inputs, outputs / 8]}, eight codes of four bits in a word
 * whose places 0 to 7 hold outputs 0, 2, 4, 6, 1, 3, 5, 7; {@code qzeros [groups, outputs / 8]} in the same order; {@code
 * scales [groups, outputs]}.
 *
 * @param groupSize inputs that share a scale; 0 = all
 */
record Awq(int groupSize) implements QuantizedCheckpoint {

    private static final int BITS = 4;

    static Awq of(Config c) {
        QuantizedCheckpoint.only(c, "awq", "version", "gemm", "GEMM");
        int bits = QuantizedCheckpoint.within(c, c.anyOf("bits", "w_bit"), BITS, 1, 32);
        if (bits != BITS) {
            throw JandaiaException.unsupported("The weights are quantised with 'awq' and " + bits
                    + " bits, where this version reads 4; use the model's unquantised files or a GGUF of it.");
        }
        return new Awq(QuantizedCheckpoint.groupSize(c, c.anyOf("group_size", "q_group_size")));
    }

    @Override
    public String method() {
        return "awq";
    }

    @Override
    public String description() {
        return "awq, " + BITS + " bits, " + QuantizedCheckpoint.groups(groupSize);
    }

    @Override
    public void unpack(Parts parts) {
        for (String name : parts.before(".qweight")) {
            parts.put(matrix(parts, name));
        }
    }

    private IntegerMatrix matrix(Parts parts, String name) {
        StoredTensor weight = parts.ranked(parts.typed(parts.take(name + ".qweight"), ElementType.I32), 2);
        StoredTensor scales = parts.ranked(parts.take(name + ".scales"), 2);
        @Nullable StoredTensor zeros = parts.takeIfThere(name + ".qzeros");
        int inputs = (int) weight.shape()[0];
        int words = (int) weight.shape()[1];
        int outputs = (int) Math.min(8L * words, Integer.MAX_VALUE);
        int size = groupSize == 0 ? inputs : groupSize;
        int groups = Math.ceilDiv(inputs, size);
        parts.shaped(scales, groups, outputs);
        if (zeros != null) {
            parts.shaped(parts.typed(zeros, ElementType.I32), groups, words);
        }
        return new IntegerMatrix(
                name + ".weight",
                outputs,
                inputs,
                BITS,
                (first, count, out, pitch) -> {
                    for (int c = 0; c < inputs; c++) {
                        for (int r = 0; r < count; r += 8) { // rows begin and end with a word
                            int word = weight.data().get(Numbers.INT, 4 * ((long) c * words + (first + r) / 8));
                            for (int i = 0; i < 8; i++) {
                                out[(r + i) * pitch + c] = (byte) code(word, i);
                            }
                        }
                    }
                },
                (row, g) -> Numbers.real(parts, scales, (long) g * outputs + row),
                (row, g) -> zeros == null ? 8 : code(zeros.data(), (long) g * words, row),
                groups,
                IntegerMatrix.inOrder(inputs, size));
    }

    private static int code(MemorySegment words, long first, int i) {
        return code(words.get(Numbers.INT, 4 * (first + i / 8)), i & 7);
    }

    /** The code of output {@code i} of a word. */
    private static int code(int word, int i) {
        return (word >>> (BITS * (i / 2 + i % 2 * 4))) & 15;
    }
}
