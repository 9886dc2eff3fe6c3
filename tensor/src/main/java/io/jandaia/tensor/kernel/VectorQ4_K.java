package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.all;
import static io.jandaia.tensor.kernel.Lanes.shiftRight;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.Lanes.toFloat;
import static io.jandaia.tensor.kernel.RawMemory.getHalf;
import static io.jandaia.tensor.kernel.RawMemory.getInt;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;

/** Super-blocks of 256 numbers of four bits; each 32 have a scale and a minimum of six bits. */
final class VectorQ4_K extends VectorBlocks {

    static final VectorFormat FORMAT = new VectorQ4_K();

    private VectorQ4_K() {
        super(256, 144);
    }

    /** The eight scales whose twelve bytes lie at {@code at}, a byte each. */
    static long scales(long at) {
        int low = getInt(at);
        int nibbles = getInt(at + 8);
        return pack(low & 0x3F3F3F3F, (nibbles & 0x0F0F0F0F) | ((low >>> 2) & 0x30303030));
    }

    /** The eight minima, a byte each. */
    static long minima(long at) {
        int low = getInt(at + 4);
        int nibbles = getInt(at + 8);
        return pack(low & 0x3F3F3F3F, ((nibbles >>> 4) & 0x0F0F0F0F) | ((low >>> 2) & 0x30303030));
    }

    static long pack(int first, int second) {
        return (first & 0xFFFF_FFFFL) | ((long) second << 32);
    }

    @Override
    public void decode(long w, int n, long dst, long stride) {
        for (int left = n; left > 0; left -= 256) {
            float d = getHalf(w);
            float dmin = -getHalf(w + 2);
            long scales = scales(w + 4);
            long minima = minima(w + 4);
            for (long codes = w + 16; codes < w + 144; codes += 32) {
                FloatVector scale0 = all(d * (scales & 255));
                FloatVector minimum0 = all(dmin * (minima & 255));
                FloatVector scale1 = all(d * ((scales >>> 8) & 255));
                FloatVector minimum1 = all(dmin * ((minima >>> 8) & 255));
                for (int j = 0; j < SUMS; j += Lanes.N) {
                    ByteVector pairs = Lanes.bytes(codes + j);
                    store(toFloat(pairs.and((byte) 15)).fma(scale0, minimum0), dst + j * 4L);
                    ByteVector high = shiftRight(pairs, 4).and((byte) 15);
                    store(toFloat(high).fma(scale1, minimum1), dst + stride + j * 4L);
                }
                scales >>>= 16;
                minima >>>= 16;
                dst += 2 * stride;
            }
            w += bytes();
        }
    }
}
