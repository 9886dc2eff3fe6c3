package io.jandaia.model.checkpoint;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * bitsandbytes. NF4 and FP4 (Dettmers et al. 2023): {@code weight}, two numbers a byte, the first in the high half, whatever
 * type it is stored as; {@code weight.absmax}, a scale for every 64 numbers, itself of eight bits after double quantisation;
 * {@code weight.quant_map}, the 16 levels; {@code weight.quant_state.bitsandbytes__nf4}, JSON with shape and sizes. LLM.int8()
 * (Dettmers et al. 2022): {@code weight} of I8 and {@code SCB}, the largest magnitude of each row.
 */
record BitsAndBytes(String type) implements QuantizedCheckpoint {

    private static final String INT8 = "int8";
    private static final long MAX_STATE = 1 << 16;

    static BitsAndBytes of(Config c) {
        return new BitsAndBytes(c.flag("load_in_8bit", false) ? INT8 : c.string("bnb_4bit_quant_type", "fp4"));
    }

    @Override
    public String method() {
        return "bitsandbytes";
    }

    @Override
    public String description() {
        return type.equals(INT8)
                ? "bitsandbytes LLM.int8(), 8 bits, a scale a row"
                : "bitsandbytes " + type + ", 4 bits";
    }

    @Override
    public List<String> notes() {
        return QuantizedCheckpoint.activations(type.equals(INT8));
    }

    @Override
    public void unpack(Parts parts) {
        for (String kind : List.of("nf4", "fp4")) {
            String state = ".quant_state.bitsandbytes__" + kind;
            for (String name : parts.before(state)) {
                parts.put(levels(parts, name, parts.take(name + state)));
            }
        }
        for (String name : parts.before(".SCB")) {
            parts.put(bytes(parts, name));
        }
    }

    private static LevelMatrix levels(Parts parts, String name, StoredTensor state) {
        parts.typed(state, ElementType.U8);
        if (state.data().byteSize() > MAX_STATE) {
            throw parts.wrong(state, "has " + state.data().byteSize() + " bytes, expected a short text");
        }
        Config c = Config.parse(
                state.name().replaceAll("[^\\w.-]", "?"), state.data().toArray(Numbers.BYTE));
        long[] shape = c.integers("shape");
        int block = QuantizedCheckpoint.within(c, "blocksize", 64, 1, 1 << 20);
        if (shape.length != 2 || IntStream.of(0, 1).anyMatch(i -> shape[i] < 1 || shape[i] > Integer.MAX_VALUE)) {
            throw parts.wrong(state, "says a shape that is not that of a matrix");
        }
        long count = shape[0] * shape[1];
        StoredTensor weight = parts.take(name);
        if (weight.data().byteSize() != Math.ceilDiv(count, 2)) {
            throw parts.wrong(
                    weight,
                    "has " + weight.data().byteSize() + " bytes, expected " + Math.ceilDiv(count, 2) + " for "
                            + shape[0] + " x " + shape[1] + " numbers of four bits");
        }
        StoredTensor map = parts.shaped(parts.take(name + ".quant_map"), 16);
        float[] table = new float[16];
        for (int i = 0; i < 16; i++) {
            table[i] = Numbers.real(parts, map, i);
        }
        StoredTensor absmax = parts.shaped(parts.take(name + ".absmax"), Math.ceilDiv(count, block));
        StoredTensor inner = parts.takeIfThere(name + ".nested_absmax");
        LevelMatrix.Scale scale =
                inner == null ? i -> Numbers.real(parts, absmax, i) : nested(parts, name, c, absmax, inner);
        return new LevelMatrix(name, (int) shape[0], (int) shape[1], weight.data(), table, block, scale);
    }

    /** Scales of eight bits: {@code level * scale of 256 + offset}. */
    private static LevelMatrix.Scale nested(
            Parts parts, String name, Config c, StoredTensor absmax, StoredTensor inner) {
        parts.typed(absmax, ElementType.U8);
        int block = QuantizedCheckpoint.within(c, "nested_blocksize", 256, 1, 1 << 20);
        float offset = (float) c.number("nested_offset");
        parts.shaped(inner, Math.ceilDiv(absmax.count(), block));
        StoredTensor map = parts.shaped(parts.take(name + ".nested_quant_map"), 256);
        return i -> Numbers.real(parts, map, Numbers.whole(parts, absmax, i)) * Numbers.real(parts, inner, i / block)
                + offset;
    }

    private static IntegerMatrix bytes(Parts parts, String name) {
        StoredTensor weight = parts.ranked(parts.typed(parts.take(name + ".weight"), ElementType.I8), 2);
        int rows = (int) weight.shape()[0];
        int cols = (int) weight.shape()[1];
        StoredTensor largest = parts.take(name + ".SCB");
        if (largest.count() != rows) {
            throw parts.wrong(largest, "has shape " + largest.shapeText() + ", expected " + rows + " numbers");
        }
        @Nullable StoredTensor format = parts.takeIfThere(name + ".weight_format");
        if (format != null && (format.count() != 1 || Numbers.whole(parts, format, 0) != 0)) {
            throw JandaiaException.unsupported("The weight '" + name
                    + "' of LLM.int8() is stored in the order of a GPU's tiles, which this version does not read; save the"
                    + " model anew with a present version of bitsandbytes.");
        }
        return new IntegerMatrix(
                name + ".weight",
                rows,
                cols,
                8,
                IntegerMatrix.signedBytes(weight.data(), cols),
                (row, g) -> Numbers.real(parts, largest, row) / 127,
                (row, g) -> 128,
                1,
                IntegerMatrix.inOrder(cols, cols));
    }
}
