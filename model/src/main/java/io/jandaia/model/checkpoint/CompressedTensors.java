package io.jandaia.model.checkpoint;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.checkpoint.IntegerMatrix.Codes;
import io.jandaia.model.checkpoint.IntegerMatrix.Zero;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * compressed-tensors, what llm-compressor writes. Packed whole numbers: {@code weight_packed [outputs, inputs * bits / 32]},
 * {@code weight_scale [outputs, groups]}, {@code weight_shape}, perhaps {@code weight_zero_point} packed along outputs and
 * {@code weight_g_idx}. Bytes: {@code weight} of I8 or F8_E4M3 with {@code weight_scale} for the matrix, a row, a group or a
 * rectangle. Whole numbers have signs; packed they are stored plus half of their range.
 */
record CompressedTensors(List<TargetGroup> groups, boolean activations) implements QuantizedCheckpoint {

    private static final String[] FORMATS = {
        "pack-quantized", "dense", "int-quantized", "float-quantized", "naive-quantized", "mixed-precision"
    };

    static CompressedTensors of(Config c) {
        QuantizedCheckpoint.only(c, "compressed-tensors", "format", FORMATS);
        for (String key : List.of("sparsity_config", "transform_config")) {
            if (c.value(key) instanceof Map<?, ?> map && !map.isEmpty() && !"dense".equals(map.get("format"))) {
                throw JandaiaException.unsupported("The weights are quantised with 'compressed-tensors' and a " + key
                        + ", which this version does not read; use the model's unquantised files or a GGUF of it.");
            }
        }
        List<TargetGroup> groups = new ArrayList<>();
        boolean activations = c.has("kv_cache_scheme");
        Config all = c.child("config_groups");
        for (String key : all.keys()) {
            Config group = all.child(key);
            QuantizedCheckpoint.only(group, "compressed-tensors", "format", FORMATS);
            activations |= group.has("input_activations") || group.has("output_activations");
            if (group.has("weights")) {
                groups.add(TargetGroup.of(group.strings("targets"), group.child("weights")));
            }
        }
        if (groups.isEmpty()) {
            throw JandaiaException.format("The configuration " + c.source()
                    + " says that weights are quantised with 'compressed-tensors', but has no group of weights in '"
                    + SECTION + ".config_groups'.");
        }
        return new CompressedTensors(groups, activations);
    }

    @Override
    public String method() {
        return "compressed-tensors";
    }

    @Override
    public String description() {
        return "compressed-tensors, "
                + String.join(
                        "; ",
                        groups.stream().map(TargetGroup::description).distinct().toList());
    }

    @Override
    public List<String> notes() {
        return QuantizedCheckpoint.activations(activations);
    }

    @Override
    public void unpack(Parts parts) {
        for (String name : parts.before(".weight_packed")) {
            parts.put(packed(parts, name, TargetGroup.of(name, groups)));
        }
        for (String name : parts.before(".weight_scale")) {
            StoredTensor weight = parts.look(name + ".weight");
            ElementType type = weight == null ? ElementType.BOOL : weight.type();
            switch (type) {
                case I8 -> parts.put(bytes(parts, name, TargetGroup.of(name, groups)));
                case F8_E4M3, F8_E5M2 -> parts.put(floats(parts, name, TargetGroup.of(name, groups)));
                default -> {} // nobody will ask for the scale, which is then refused as unknown
            }
        }
        parts.drop(
                ".input_scale",
                ".input_zero_point",
                ".output_scale",
                ".output_zero_point",
                ".k_scale",
                ".v_scale",
                ".q_scale");
    }

    private static IntegerMatrix packed(Parts parts, String name, TargetGroup group) {
        StoredTensor weight = parts.take(name + ".weight_packed");
        if (weight.type() == ElementType.U8) {
            throw JandaiaException.unsupported("The weight '" + name
                    + "' is packed as floats of four bits (NVFP4 or MXFP4), which this version does not read in"
                    + " compressed-tensors; use the model's unquantised files or a GGUF of it.");
        }
        parts.ranked(parts.typed(weight, ElementType.I32), 2);
        int rows = (int) weight.shape()[0];
        long words = weight.shape()[1];
        int bits = group.bits();
        long cols = words * 32 / bits;
        StoredTensor shape = parts.takeIfThere(name + ".weight_shape");
        if (shape != null) {
            parts.shaped(shape, 2);
            cols = Numbers.whole(parts, shape, 1);
            if (Numbers.whole(parts, shape, 0) != rows || cols < 1) {
                throw parts.wrong(
                        shape,
                        "says [" + Numbers.whole(parts, shape, 0) + ", " + cols + "], expected " + rows
                                + " rows and columns");
            }
        }
        // Older versions leave the bits of a word that hold no whole code empty.
        boolean dense = words == Math.ceilDiv(Math.min(cols, Integer.MAX_VALUE) * bits, 32);
        if (cols > Integer.MAX_VALUE || (!dense && words != Math.ceilDiv(cols, 32 / bits))) {
            throw parts.wrong(
                    weight,
                    "has shape " + weight.shapeText() + ", which does not fit " + cols + " columns of " + bits
                            + " bits");
        }
        int width = (int) cols;
        Codes codes = (first, count, out, pitch) -> {
            for (int r = 0; r < count; r++) {
                for (int c = 0; c < width; c++) {
                    out[r * pitch + c] = (byte) code(weight.data(), (first + r) * words, 1, c, bits, dense);
                }
            }
        };
        return matrix(parts, name, rows, width, bits, codes, group, dense);
    }

    private static int code(MemorySegment words, long first, long stride, int i, int bits, boolean dense) {
        int each = 32 / bits;
        return dense
                ? Numbers.packed(words, first, stride, i, bits)
                : Numbers.packed(words, first + i / each * stride, stride, i % each, bits);
    }

    private static IntegerMatrix bytes(Parts parts, String name, TargetGroup group) {
        StoredTensor weight = parts.ranked(parts.take(name + ".weight"), 2);
        int rows = (int) weight.shape()[0];
        int cols = (int) weight.shape()[1];
        Codes codes = IntegerMatrix.signedBytes(weight.data(), cols);
        return matrix(parts, name, rows, cols, 8, codes, group, true);
    }

    private static IntegerMatrix matrix(
            Parts parts, String name, int rows, int cols, int bits, Codes codes, TargetGroup group, boolean dense) {
        StoredTensor scales = parts.take(name + ".weight_scale");
        boolean one = scales.count() == 1;
        long each = one ? 1 : scales.count() / rows;
        int size = each <= 1 ? cols : group.size() > 0 ? group.size() : (int) Math.ceilDiv(cols, each);
        if ((!one && each * rows != scales.count()) || each > cols || Math.ceilDiv(cols, size) != each) {
            throw parts.wrong(
                    scales,
                    "has shape " + scales.shapeText() + ", which does not fit " + rows + " rows of " + cols
                            + " columns in groups of " + size);
        }
        int groups = (int) each;
        StoredTensor zeros = parts.takeIfThere(name + ".weight_zero_point");
        StoredTensor index = parts.takeIfThere(name + ".weight_g_idx");
        return new IntegerMatrix(
                name + ".weight",
                rows,
                cols,
                bits,
                codes,
                (row, g) -> Numbers.real(parts, scales, one ? 0 : (long) row * groups + g),
                zero(parts, zeros, rows, groups, one, bits, dense),
                groups,
                index == null ? IntegerMatrix.inOrder(cols, size) : index(parts, index, cols, size, groups));
    }

    /** Zero points are packed as weights are, but along rows, or not packed and with signs. */
    private static Zero zero(
            Parts parts, @Nullable StoredTensor z, int rows, int groups, boolean one, int bits, boolean dense) {
        int half = 1 << (bits - 1);
        if (z == null) {
            return (row, g) -> half;
        }
        long words = dense ? Math.ceilDiv((long) rows * bits, 32) : Math.ceilDiv(rows, 32 / bits);
        if (z.type() == ElementType.I32 && Arrays.equals(z.shape(), new long[] {words, groups})) {
            return (row, g) -> code(z.data(), g, groups, row, bits, dense);
        }
        long count = one ? 1 : (long) rows * groups;
        if (z.count() != count) {
            throw parts.wrong(
                    z,
                    "has shape " + z.shapeText() + ", expected " + count + " zero points or " + words
                            + " words of them");
        }
        return (row, g) -> {
            long v = Numbers.whole(parts, z, one ? 0 : (long) row * groups + g);
            if (v < -half || v >= half) {
                throw parts.wrong(z, "holds " + v + ", expected whole numbers of " + bits + " bits");
            }
            return (int) v + half;
        };
    }

    /** The group of each column; all are -1 where columns were not reordered. */
    private static int[] index(Parts parts, StoredTensor index, int cols, int size, int groups) {
        parts.shaped(index, cols);
        if (Numbers.whole(parts, index, 0) == -1) {
            return IntegerMatrix.inOrder(cols, size);
        }
        return IntegerMatrix.each(cols, c -> {
            long g = Numbers.whole(parts, index, c);
            if (g < 0 || g >= groups) {
                throw parts.wrong(index, "has group " + g + " at " + c + ", but there are " + groups + " groups");
            }
            return (int) g;
        });
    }

    private static FloatMatrix floats(Parts parts, String name, TargetGroup group) {
        StoredTensor weight = parts.take(name + ".weight");
        if (weight.shape().length < 2) {
            throw parts.wrong(weight, "has shape " + weight.shapeText() + ", expected a matrix");
        }
        StoredTensor zeros = parts.takeIfThere(name + ".weight_zero_point");
        for (long i = 0; zeros != null && i < zeros.data().byteSize(); i++) {
            if (zeros.data().get(Numbers.BYTE, i) != 0) {
                throw parts.wrong(zeros, "is not zero, which floats have no use for");
            }
        }
        return Fp8Checkpoint.matrix(
                parts, weight, parts.take(name + ".weight_scale"), group.blockRows(), group.blockCols());
    }
}
