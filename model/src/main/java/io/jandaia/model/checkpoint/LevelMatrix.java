package io.jandaia.model.checkpoint;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.format.LevelBlocks;
import java.lang.foreign.MemorySegment;

/**
 * A matrix of nibbles that choose one of 16 levels, with a scale for every so many numbers that follow each other, whatever
 * rows they are of: {@code level * scale}.
 *
 * @param data two numbers a byte, the first in the high half
 * @param block numbers that share a scale
 */
record LevelMatrix(String name, int rows, int cols, MemorySegment data, float[] levels, int block, Scale scale)
        implements Unpacking {

    private static final int BLOCK = 32;

    /** Scale number {@code i}. */
    @FunctionalInterface
    interface Scale {
        float at(long i);
    }

    @Override
    public long[] shape() {
        return new long[] {rows, cols};
    }

    @Override
    public long bytesAtMost() {
        return type().bytes(count());
    }

    @Override
    public ElementType type() {
        if (cols % BLOCK != 0 || block % BLOCK != 0) {
            return ElementType.F32;
        }
        return same(LevelBlocks.nf4()) ? ElementType.NF4 : same(LevelBlocks.fp4()) ? ElementType.FP4 : ElementType.F32;
    }

    private boolean same(LevelBlocks format) {
        float[] own = format.levels();
        for (int i = 0; i < own.length; i++) {
            if (own[i] - levels[i] != 0) { // zero may have a sign
                return false;
            }
        }
        return true;
    }

    @Override
    public void write(ElementType type, MemorySegment dst) {
        Unpacking.bands(rows, (first, count) -> {
            long to = (long) (first + count) * cols;
            if (type == ElementType.F32) {
                for (long i = (long) first * cols; i < to; i++) {
                    dst.set(Numbers.FLOAT, 4 * i, levels[code(i)] * scale(i));
                }
                return;
            }
            for (long i = (long) first * cols; i < to; i += BLOCK) {
                long at = i / BLOCK * type.blockBytes();
                dst.set(Numbers.FLOAT, at, scale(i));
                for (int k = 0; k < 16; k++) {
                    dst.set(Numbers.BYTE, at + 4 + k, (byte) (code(i + k) | (code(i + k + 16) << 4)));
                }
            }
        });
    }

    private int code(long i) {
        return (data.get(Numbers.BYTE, i / 2) >>> (i % 2 == 0 ? 4 : 0)) & 15;
    }

    private float scale(long i) {
        float s = scale.at(i / block);
        if (!Float.isFinite(s)) {
            throw JandaiaException.format("The quantised weight '" + name + "' has the scale " + s
                    + ", expected a finite number; the checkpoint is damaged.");
        }
        return s;
    }
}
