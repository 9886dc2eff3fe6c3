package io.jandaia.model.checkpoint;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.util.Arrays;
import java.util.List;

/**
 * FP8 as DeepSeek V3 and Qwen3 are hosted: {@code weight} of floats of eight bits, {@code weight_scale_inv} with what each
 * block of 128 times 128 is to be multiplied with. Also with one scale for a matrix or for a row, {@code weight_scale}.
 *
 * @param blockRows rows of a block; 0 = unless the shape of the scales says it
 */
record Fp8Checkpoint(int blockRows, int blockCols) implements QuantizedCheckpoint {

    private static final List<String> SCALES = List.of("_scale_inv", "_scale");

    static Fp8Checkpoint of(Config c) {
        QuantizedCheckpoint.only(c, "fp8", "fmt", "e4m3", "float8_e4m3fn");
        QuantizedCheckpoint.only(c, "fp8", "scale_fmt", "float", "ue8m0");
        QuantizedCheckpoint.only(c, "fp8", "activation_scheme", "dynamic", "static");
        long[] block = c.has("weight_block_size") ? c.integers("weight_block_size") : new long[] {0, 0};
        if (block.length != 2 || Arrays.stream(block).anyMatch(b -> b < 0 || b > Integer.MAX_VALUE)) {
            throw JandaiaException.format("The configuration " + c.source() + " has for the key '" + SECTION
                    + ".weight_block_size' " + Arrays.toString(block) + ", expected two sizes.");
        }
        return new Fp8Checkpoint((int) block[0], (int) block[1]);
    }

    @Override
    public String method() {
        return "fp8";
    }

    @Override
    public String description() {
        return "fp8, 8 bits" + (blockRows > 0 ? ", blocks of " + blockRows + " x " + blockCols : "");
    }

    @Override
    public List<String> notes() {
        return QuantizedCheckpoint.activations(true);
    }

    @Override
    public void unpack(Parts parts) {
        for (String suffix : SCALES) {
            for (String name : parts.before(suffix)) {
                StoredTensor weight = parts.look(name);
                if (weight != null
                        && (weight.type() == ElementType.F8_E4M3 || weight.type() == ElementType.F8_E5M2)
                        && weight.shape().length >= 2) {
                    parts.put(matrix(parts, parts.take(name), parts.take(name + suffix), blockRows, blockCols));
                }
            }
        }
        parts.drop(
                ".input_scale",
                ".output_scale",
                ".activation_scale",
                "_activation_scale",
                ".k_scale",
                ".v_scale",
                ".q_scale");
    }

    /** Finds out what a scale is for: a matrix, a row or a block, whose size may be given. */
    static FloatMatrix matrix(Parts parts, StoredTensor weight, StoredTensor scales, int blockRows, int blockCols) {
        int n = weight.shape().length;
        for (long d : weight.shape()) {
            if (d < 1 || d > Integer.MAX_VALUE) {
                throw parts.wrong(weight, "has shape " + weight.shapeText() + ", expected sizes of 1 to 2147483647");
            }
        }
        int rows = (int) weight.shape()[n - 2];
        int cols = (int) weight.shape()[n - 1];
        long matrices = weight.count() / rows / cols;
        long each = scales.count() / matrices;
        long[] s = scales.shape();
        if (each * matrices != scales.count() || each == 0) {
            throw mismatch(parts, weight, scales);
        }
        if (each == 1) {
            return new FloatMatrix(weight.name(), parts, weight, scales, rows, cols);
        }
        boolean grid = s.length >= 2 && s[s.length - 2] * s[s.length - 1] == each;
        if (grid && blockRows > 0 && blockCols > 0) {
            if (s[s.length - 2] == Math.ceilDiv(rows, blockRows) && s[s.length - 1] == Math.ceilDiv(cols, blockCols)) {
                return new FloatMatrix(weight.name(), parts, weight, scales, blockRows, blockCols);
            }
        }
        if (each == rows && (!grid || s[s.length - 1] == 1)) {
            return new FloatMatrix(weight.name(), parts, weight, scales, 1, cols);
        }
        if (grid && rows % s[s.length - 2] == 0 && cols % s[s.length - 1] == 0) {
            return new FloatMatrix(weight.name(), parts, weight, scales, (int) (rows / s[s.length - 2]), (int)
                    (cols / s[s.length - 1]));
        }
        throw mismatch(parts, weight, scales);
    }

    private static JandaiaException mismatch(Parts parts, StoredTensor weight, StoredTensor scales) {
        return parts.wrong(
                scales,
                "has shape " + scales.shapeText() + ", which does not fit a weight of shape " + weight.shapeText());
    }
}
