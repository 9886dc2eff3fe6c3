package io.jandaia.model.checkpoint;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.format.Fp8;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Matrices of floats of eight bits, of which each rectangle has a scale: {@code float * scale}. What FP8 checkpoints and
 * compressed-tensors store.
 *
 * @param stored {@code [..., rows, cols]}
 * @param scales {@code [..., ceil(rows / scaleRows), ceil(cols / scaleCols)]}, of any shape
 */
record FloatMatrix(String name, Parts parts, StoredTensor stored, StoredTensor scales, int scaleRows, int scaleCols)
        implements Unpacking {

    private static final int BLOCK = 32;

    @Override
    public long[] shape() {
        return stored.shape();
    }

    private int cols() {
        return (int) stored.shape()[stored.shape().length - 1];
    }

    /** Of each matrix. */
    private int rows() {
        return (int) stored.shape()[stored.shape().length - 2];
    }

    @Override
    public long bytesAtMost() {
        return type().bytes(stored.count());
    }

    @Override
    public ElementType type() {
        boolean blocks = cols() % BLOCK == 0 && (scaleCols >= cols() || scaleCols % BLOCK == 0);
        return blocks && stored.type() == ElementType.F8_E4M3 ? ElementType.FP8 : ElementType.F32;
    }

    @Override
    public void write(ElementType type, MemorySegment dst) {
        int cols = cols();
        int rows = rows();
        int down = Math.ceilDiv(rows, scaleRows);
        int across = Math.ceilDiv(cols, scaleCols);
        long rowBytes = type.bytes(cols);
        Unpacking.bands(Math.toIntExact(stored.count() / cols), (first, count) -> {
            for (int row = first; row < first + count; row++) {
                long from = (long) row * cols;
                long scaleAt = ((long) (row / rows) * down + row % rows / scaleRows) * across;
                for (int c = 0; c < cols; ) {
                    float scale = scale(scaleAt + c / scaleCols);
                    if (type == ElementType.FP8) {
                        long at = row * rowBytes + c / BLOCK * (long) type.blockBytes();
                        dst.set(Numbers.FLOAT, at, scale);
                        for (int i = 0; i < BLOCK; i++, c++) {
                            byte code = stored.data().get(Numbers.BYTE, from + c);
                            number(code);
                            dst.set(Numbers.BYTE, at + 4 + i, code);
                        }
                    } else {
                        float v = number(stored.data().get(Numbers.BYTE, from + c)) * scale;
                        dst.set(Numbers.FLOAT, row * rowBytes + 4L * c++, v);
                    }
                }
            }
        });
    }

    private float scale(long i) {
        float s = Numbers.real(parts, scales, i);
        if (!Float.isFinite(s)) {
            throw parts.wrong(scales, "holds " + s + ", expected finite numbers");
        }
        return s;
    }

    private float number(byte code) {
        boolean e4m3 = stored.type() == ElementType.F8_E4M3;
        if (e4m3 ? (code & 0x7F) == 0x7F : (code & 0x7C) == 0x7C) {
            throw JandaiaException.format(
                    "The quantised weight '" + name + "' of shape " + Arrays.toString(stored.shape())
                            + " holds a number that is not finite; the checkpoint is damaged.");
        }
        return e4m3 ? Fp8.e4m3(code) : Float.float16ToFloat((short) (code << 8));
    }
}
