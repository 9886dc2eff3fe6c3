package io.jandaia.model.checkpoint;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.function.IntUnaryOperator;

/**
 * A matrix of whole numbers with scales and zero points: {@code (code - zero) * scale}. What GPTQ, AWQ, compressed-tensors
 * and LLM.int8() store, each in another order.
 *
 * @param bits of a code, 2 to 8; codes have no sign
 * @param groups of columns that share scale and zero point
 * @param groupOf the group of each column
 */
record IntegerMatrix(
        String name, int rows, int cols, int bits, Codes codes, Scale scale, Zero zero, int groups, int[] groupOf)
        implements Unpacking {

    /** Numbers in a block of the formats that hold such a matrix without loss. */
    private static final int BLOCK = 32;

    /** Columns that no model has: a band of rows is read into one array. */
    private static final int MOST_COLS = 1 << 24;

    IntegerMatrix {
        if (cols > MOST_COLS) {
            throw JandaiaException.format("The quantised weight '" + name + "' has " + cols
                    + " columns, expected at most " + MOST_COLS + "; the checkpoint is damaged.");
        }
    }

    /** Reads rows. */
    @FunctionalInterface
    interface Codes {
        /** Writes the codes of rows {@code [first, first + count)} to {@code out}, a row every {@code pitch} bytes. */
        void read(int first, int count, byte[] out, int pitch);
    }

    /** The scale of a group in a row. */
    @FunctionalInterface
    interface Scale {
        float at(int row, int group);
    }

    /** The zero point of a group in a row. */
    @FunctionalInterface
    interface Zero {
        int at(int row, int group);
    }

    /** Groups of as many columns each, one after the other. */
    static int[] inOrder(int cols, int size) {
        return each(cols, c -> c / size);
    }

    static int[] each(int cols, IntUnaryOperator group) {
        int[] out = new int[cols];
        for (int c = 0; c < cols; c++) {
            out[c] = group.applyAsInt(c);
        }
        return out;
    }

    /** Rows of bytes with signs, which become codes of eight bits around 128. */
    static Codes signedBytes(MemorySegment data, int cols) {
        return (first, count, out, pitch) -> {
            for (int r = 0; r < count; r++) {
                for (int c = 0; c < cols; c++) {
                    out[r * pitch + c] = (byte) (data.get(Numbers.BYTE, (long) (first + r) * cols + c) + 128);
                }
            }
        };
    }

    @Override
    public long[] shape() {
        return new long[] {rows, cols};
    }

    @Override
    public long bytesAtMost() {
        return (long) rows * (inBlocks() ? ElementType.INT8.bytes(cols) : 4L * cols);
    }

    /** Whether 32 columns that follow each other are always of one group: not so after reordering by activations. */
    private boolean inBlocks() {
        if (cols % BLOCK != 0) {
            return false;
        }
        for (int c = 0; c < cols; c++) {
            if (groupOf[c] != groupOf[c / BLOCK * BLOCK]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public ElementType type() {
        boolean half = true;
        int lowest = 0;
        int highest = 0;
        for (int r = 0; r < rows; r++) {
            for (int g = 0; g < groups; g++) {
                float s = scale.at(r, g);
                if (!Float.isFinite(s)) {
                    throw JandaiaException.format("The quantised weight '" + name + "' has the scale " + s + " in row "
                            + r + ", expected a finite number; the checkpoint is damaged.");
                }
                half &= Float.float16ToFloat(Float.floatToFloat16(s)) == s;
                int z = zero.at(r, g);
                lowest = Math.min(lowest, -z);
                highest = Math.max(highest, (1 << bits) - 1 - z);
            }
        }
        if (!inBlocks()) {
            return ElementType.F32;
        }
        if (half && lowest >= -8 && highest <= 7) {
            return ElementType.Q4_0;
        }
        if (half && lowest >= -16 && highest <= 15) {
            return ElementType.Q5_0;
        }
        if (lowest >= -128 && highest <= 127) {
            return half ? ElementType.Q8_0 : ElementType.INT8;
        }
        return ElementType.F32;
    }

    @Override
    public void write(ElementType type, MemorySegment dst) {
        long rowBytes = type.bytes(cols);
        Unpacking.bands(rows, (first, count) -> {
            // Rows that lie a power of two apart would fight for the same few lines of the cache.
            int pitch = cols + 64;
            byte[] band = new byte[count * pitch];
            codes.read(first, count, band, pitch);
            float[] scales = new float[groups];
            int[] zeros = new int[groups];
            int[] block = new int[BLOCK];
            for (int r = 0; r < count; r++) {
                for (int g = 0; g < groups; g++) {
                    scales[g] = scale.at(first + r, g);
                    zeros[g] = zero.at(first + r, g);
                }
                long at = (first + r) * rowBytes;
                if (type == ElementType.F32) {
                    for (int c = 0; c < cols; c++) {
                        int g = groupOf[c];
                        float v = ((band[r * pitch + c] & 255) - zeros[g]) * scales[g];
                        dst.set(Numbers.FLOAT, at + 4L * c, v);
                    }
                } else {
                    for (int c = 0; c < cols; c += BLOCK) {
                        int g = groupOf[c];
                        for (int i = 0; i < BLOCK; i++) {
                            block[i] = (band[r * pitch + c + i] & 255) - zeros[g];
                        }
                        put(type, scales[g], block, dst, at);
                        at += type.blockBytes();
                    }
                }
            }
        });
    }

    /** Writes 32 whole numbers and their scale as a block, in ggml's layouts. */
    private static void put(ElementType type, float scale, int[] v, MemorySegment dst, long at) {
        if (type == ElementType.INT8) {
            dst.set(Numbers.FLOAT, at, scale);
        } else {
            dst.set(Numbers.SHORT, at, Float.floatToFloat16(scale));
        }
        switch (type) {
            case Q4_0 -> nibbles(v, 8, dst, at + 2);
            case Q5_0 -> {
                int fifth = 0;
                for (int i = 0; i < BLOCK; i++) {
                    fifth |= ((v[i] + 16) >> 4) << i;
                }
                dst.set(Numbers.INT, at + 2, fifth);
                nibbles(v, 16, dst, at + 6);
            }
            default -> {
                long from = at + type.blockBytes() - BLOCK;
                for (int i = 0; i < BLOCK; i++) {
                    dst.set(Numbers.BYTE, from + i, (byte) v[i]);
                }
            }
        }
    }

    private static void nibbles(int[] v, int plus, MemorySegment dst, long at) {
        for (int i = 0; i < 16; i++) {
            int low = (v[i] + plus) & 15;
            int high = (v[i + 16] + plus) & 15;
            dst.set(Numbers.BYTE, at + i, (byte) (low | (high << 4)));
        }
    }
}
