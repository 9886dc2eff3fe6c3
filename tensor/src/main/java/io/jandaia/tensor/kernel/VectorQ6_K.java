package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.all;
import static io.jandaia.tensor.kernel.Lanes.getByte;
import static io.jandaia.tensor.kernel.Lanes.getHalf;
import static io.jandaia.tensor.kernel.Lanes.shiftLeft;
import static io.jandaia.tensor.kernel.Lanes.shiftRight;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.Lanes.toFloat;

import jdk.incubator.vector.ByteVector;

/** Super-blocks of 256 numbers of six bits; each 16 have a scale of a byte. */
final class VectorQ6_K extends VectorBlocks {

    static final VectorFormat FORMAT = new VectorQ6_K();

    private VectorQ6_K() {
        super(256, 210);
    }

    @Override
    public void decode(long w, int n, long dst, long stride) {
        for (int left = n; left > 0; left -= 256) {
            float d = getHalf(w + 208);
            for (int half = 0; half < 2; half++) {
                long low = w + 64L * half;
                long high = w + 128 + 32L * half;
                long scales = w + 192 + 8L * half;
                for (int j = 0; j < SUMS; j += Lanes.N) {
                    ByteVector first = Lanes.bytes(low + j);
                    ByteVector second = Lanes.bytes(low + 32 + j);
                    ByteVector upper = Lanes.bytes(high + j);
                    long scale = scales + j / 16;
                    long to = dst + j * 4L;
                    put(first, shiftLeft(upper.and((byte) 3), 4), d * getByte(scale), to);
                    put(second, shiftLeft(upper.and((byte) 12), 2), d * getByte(scale + 2), to + stride);
                    put(shiftRight(first, 4), upper.and((byte) 48), d * getByte(scale + 4), to + 2 * stride);
                    ByteVector last = shiftRight(upper, 2).and((byte) 48);
                    put(shiftRight(second, 4), last, d * getByte(scale + 6), to + 3 * stride);
                }
                dst += 4 * stride;
            }
            w += bytes();
        }
    }

    private static void put(ByteVector low, ByteVector high, float scale, long to) {
        store(toFloat(low.and((byte) 15).or(high).sub((byte) 32)).mul(all(scale)), to);
    }
}
