package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.all;
import static io.jandaia.tensor.kernel.Lanes.shiftRight;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.Lanes.toFloat;
import static io.jandaia.tensor.kernel.RawMemory.getByte;
import static io.jandaia.tensor.kernel.RawMemory.getHalf;

import jdk.incubator.vector.ByteVector;

/** Super-blocks of 256 numbers of two bits; each 16 have a scale and a minimum of four bits. */
final class VectorQ2_K extends VectorBlocks {

    static final VectorFormat FORMAT = new VectorQ2_K();

    private VectorQ2_K() {
        super(256, 84);
    }

    @Override
    public void decode(long w, int n, long dst, long stride) {
        for (int left = n; left > 0; left -= 256) {
            float d = getHalf(w + 80);
            float dmin = -getHalf(w + 82);
            for (int half = 0; half < 2; half++) {
                for (int j = 0; j < SUMS; j += Lanes.N) {
                    ByteVector codes = Lanes.bytes(w + 16 + 32L * half + j);
                    long scale = w + 8L * half + j / 16;
                    long to = dst + j * 4L;
                    put(codes, d, dmin, getByte(scale), to);
                    put(shiftRight(codes, 2), d, dmin, getByte(scale + 2), to + stride);
                    put(shiftRight(codes, 4), d, dmin, getByte(scale + 4), to + 2 * stride);
                    put(shiftRight(codes, 6), d, dmin, getByte(scale + 6), to + 3 * stride);
                }
                dst += 4 * stride;
            }
            w += bytes();
        }
    }

    private static void put(ByteVector codes, float d, float dmin, int packed, long to) {
        float scale = d * (packed & 15);
        float minimum = dmin * ((packed >> 4) & 15);
        store(toFloat(codes.and((byte) 3)).fma(all(scale), all(minimum)), to);
    }
}
