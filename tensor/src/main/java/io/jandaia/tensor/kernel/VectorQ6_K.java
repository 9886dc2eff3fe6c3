package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.all;
import static io.jandaia.tensor.kernel.Lanes.shiftLeft;
import static io.jandaia.tensor.kernel.Lanes.shiftRight;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.Lanes.toFloat;
import static io.jandaia.tensor.kernel.RawMemory.getByte;
import static io.jandaia.tensor.kernel.RawMemory.getHalf;

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
            for (int pair = 0; pair < 4; pair++) {
                long low = w + pair / 2 * 64L;
                long high = w + 128 + pair / 2 * 32L;
                long scale = w + 192 + pair * 4L;
                int shift = pair % 2 * 4;
                for (int j = 0; j < SUMS; j += Lanes.N) {
                    ByteVector upper = shiftRight(Lanes.bytes(high + j), shift);
                    ByteVector first = shiftRight(Lanes.bytes(low + j), shift).and((byte) 15);
                    ByteVector code0 =
                            first.or(shiftLeft(upper.and((byte) 3), 4)).sub((byte) 32);
                    store(toFloat(code0).mul(all(d * getByte(scale + j / 16))), dst + j * 4L);
                    ByteVector second =
                            shiftRight(Lanes.bytes(low + 32 + j), shift).and((byte) 15);
                    ByteVector code1 =
                            second.or(shiftLeft(upper.and((byte) 12), 2)).sub((byte) 32);
                    store(toFloat(code1).mul(all(d * getByte(scale + 2 + j / 16))), dst + stride + j * 4L);
                }
                dst += 2 * stride;
            }
            w += bytes();
        }
    }
}
