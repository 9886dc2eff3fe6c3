package io.jandaia.tensor.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Writes the numbers of one head at one position in a {@link KvType}. */
final class KvNumbers {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private KvNumbers() {}

    /**
     * Number i of {@code n} goes to {@code toAt + i * step * type.bytes()}, the scale of block b to
     * {@code scaleAt + b * scaleStep * 4}.
     */
    static void write(
            KvType type,
            MemorySegment from,
            long fromAt,
            int n,
            MemorySegment to,
            long toAt,
            long step,
            long scaleAt,
            long scaleStep) {
        switch (type) {
            case F32 -> {
                if (step == 1) {
                    MemorySegment.copy(from, fromAt, to, toAt, n * 4L);
                    return;
                }
                for (int i = 0; i < n; i++) {
                    to.set(FLOAT, toAt + i * step * 4, from.get(FLOAT, fromAt + i * 4L));
                }
            }
            case F16 -> {
                for (int i = 0; i < n; i++) {
                    to.set(SHORT, toAt + i * step * 2, Float.floatToFloat16(from.get(FLOAT, fromAt + i * 4L)));
                }
            }
            case BF16 -> {
                for (int i = 0; i < n; i++) {
                    to.set(SHORT, toAt + i * step * 2, bf16(from.get(FLOAT, fromAt + i * 4L)));
                }
            }
            case Q8 -> {
                for (int b = 0; b * KvType.BLOCK < n; b++) {
                    int first = b * KvType.BLOCK;
                    int some = Math.min(KvType.BLOCK, n - first);
                    float scale = block(from, fromAt + first * 4L, some, to, toAt + first * step, step);
                    to.set(FLOAT, scaleAt + b * scaleStep * 4, scale);
                }
            }
        }
    }

    /** Rounds to the nearest, ties to even; a NaN keeps its sign and stays one. */
    private static short bf16(float x) {
        int bits = Float.floatToRawIntBits(x);
        if (Float.isNaN(x)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    /** Writes the codes of one block and returns its scale: NaN when a number is not finite, 0 when all are 0. */
    private static float block(MemorySegment from, long fromAt, int n, MemorySegment to, long toAt, long step) {
        float max = 0;
        for (int i = 0; i < n; i++) {
            max = Math.max(max, Math.abs(from.get(FLOAT, fromAt + i * 4L))); // a NaN stays the maximum
        }
        float inverse = 127 / max;
        boolean zero = !(max < Float.POSITIVE_INFINITY) || inverse == Float.POSITIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            float code = zero ? 0 : (float) Math.rint(from.get(FLOAT, fromAt + i * 4L) * inverse);
            to.set(ValueLayout.JAVA_BYTE, toAt + i * step, (byte) code);
        }
        return max < Float.POSITIVE_INFINITY ? max / 127 : Float.NaN;
    }
}
