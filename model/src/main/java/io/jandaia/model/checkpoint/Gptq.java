package io.jandaia.model.checkpoint;

import io.jandaia.model.format.Config;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * GPTQ (Frantar et al. 2022) as AutoGPTQ and GPTQModel store it: {@code qweight [inputs * bits / 32, outputs]}, words of 32
 * bits whose codes follow each other down a column; {@code qzeros [groups, outputs * bits / 32]} along a row; {@code scales
 * [groups, outputs]}; {@code g_idx [inputs]}, the group of each input, in any order after {@code desc_act}. The first format
 * stores zero points less one, the second ({@code gptq_v2}) as they are.
 *
 * @param bits unless a weight's shapes say otherwise, as they do where a model mixes them
 * @param groupSize unless there is g_idx; 0 = all inputs
 * @param plus what is to be added to stored zero points
 */
record Gptq(int bits, int groupSize, int plus) implements QuantizedCheckpoint {

    static Gptq of(Config c) {
        QuantizedCheckpoint.only(c, "gptq", "checkpoint_format", "gptq", "gptq_v2");
        int bits = QuantizedCheckpoint.within(c, "bits", 4, 2, 8);
        int plus = c.string("checkpoint_format", "gptq").equals("gptq") ? 1 : 0;
        return new Gptq(bits, QuantizedCheckpoint.groupSize(c, "group_size"), plus);
    }

    @Override
    public String method() {
        return "gptq";
    }

    @Override
    public String description() {
        return "gptq, " + bits + " bits, " + QuantizedCheckpoint.groups(groupSize);
    }

    @Override
    public void unpack(Parts parts) {
        for (String name : parts.before(".qweight")) {
            parts.put(matrix(parts, name));
        }
    }

    private IntegerMatrix matrix(Parts parts, String name) {
        StoredTensor weight = parts.ranked(parts.typed(parts.take(name + ".qweight"), ElementType.I32), 2);
        StoredTensor index = some(parts.takeIfThere(name + ".g_idx"));
        StoredTensor scales = parts.ranked(parts.take(name + ".scales"), 2);
        long words = weight.shape()[0];
        int outputs = (int) weight.shape()[1];
        int groups = (int) scales.shape()[0];
        parts.shaped(scales, groups, outputs);
        int inputs = index == null
                ? (int) Math.min(words * 32 / bits, Integer.MAX_VALUE)
                : (int) parts.ranked(index, 1).shape()[0];
        int width = index != null && words * 32 % inputs == 0 ? (int) Math.min(words * 32 / inputs, 99) : bits;
        if (width < 2 || width > 8 || words != Math.ceilDiv((long) inputs * width, 32)) {
            throw parts.wrong(
                    weight,
                    "has shape " + weight.shapeText() + ", which does not fit " + inputs + " inputs of " + width
                            + " bits");
        }
        int[] groupOf = index == null ? inOrder(parts, scales, inputs) : index(parts, index, groups);
        return new IntegerMatrix(
                name + ".weight",
                outputs,
                inputs,
                width,
                (first, count, out, pitch) -> {
                    if (32 % width == 0) {
                        words(weight.data(), outputs, inputs, width, first, count, out, pitch);
                    } else {
                        codes(weight.data(), outputs, inputs, width, first, count, out, pitch);
                    }
                },
                (row, g) -> Numbers.real(parts, scales, (long) g * outputs + row),
                zeros(parts, some(parts.takeIfThere(name + ".qzeros")), groups, outputs, width),
                groups,
                groupOf);
    }

    /** Some files have empty tensors for what they leave out. */
    private static @Nullable StoredTensor some(@Nullable StoredTensor t) {
        return t == null || t.count() == 0 ? null : t;
    }

    private int[] inOrder(Parts parts, StoredTensor scales, int inputs) {
        int size = groupSize == 0 ? inputs : groupSize;
        if (scales.shape()[0] < Math.ceilDiv(inputs, size)) {
            throw parts.wrong(
                    scales,
                    "has shape " + scales.shapeText() + ", too few for " + inputs + " inputs in groups of " + size);
        }
        return IntegerMatrix.inOrder(inputs, size);
    }

    private static int[] index(Parts parts, StoredTensor index, int groups) {
        int[] out = new int[(int) index.count()];
        for (int c = 0; c < out.length; c++) {
            long g = Numbers.whole(parts, index, c);
            // As in Python, numbers below zero count from the end.
            long group = g < 0 ? g + groups : g;
            if (group < 0 || group >= groups) {
                throw parts.wrong(index, "has group " + g + " at " + c + ", but there are " + groups + " groups");
            }
            out[c] = (int) group;
        }
        return out;
    }

    /** Without stored zero points they are in the middle. */
    private IntegerMatrix.Zero zeros(Parts parts, @Nullable StoredTensor stored, int groups, int outputs, int width) {
        if (stored == null) {
            return (row, g) -> 1 << (width - 1);
        }
        long each = Math.ceilDiv((long) outputs * width, 32);
        parts.shaped(parts.typed(stored, ElementType.I32), groups, each);
        int mask = (1 << width) - 1;
        return (row, g) -> (Numbers.packed(stored.data(), g * each, 1, row, width) + plus) & mask;
    }

    /** Reads codes that lie in one word each, word by word. */
    private static void words(
            MemorySegment words, int outputs, int inputs, int bits, int first, int count, byte[] out, int pitch) {
        int each = 32 / bits;
        int mask = (1 << bits) - 1;
        for (int c = 0; c < inputs; c += each) {
            long at = 4 * ((long) (c / each) * outputs + first);
            int some = Math.min(each, inputs - c);
            for (int r = 0; r < count; r++) {
                int word = words.get(Numbers.INT, at + 4L * r);
                int to = r * pitch + c;
                for (int i = 0; i < some; i++) {
                    out[to + i] = (byte) ((word >>> (i * bits)) & mask);
                }
            }
        }
    }

    private static void codes(
            MemorySegment words, int outputs, int inputs, int bits, int first, int count, byte[] out, int pitch) {
        for (int c = 0; c < inputs; c++) {
            for (int r = 0; r < count; r++) {
                out[r * pitch + c] = (byte) Numbers.packed(words, first + r, outputs, c, bits);
            }
        }
    }
}
