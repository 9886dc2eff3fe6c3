package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.all;
import static io.jandaia.tensor.kernel.Lanes.shiftLeft;
import static io.jandaia.tensor.kernel.Lanes.shiftRight;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.Lanes.toFloat;
import static io.jandaia.tensor.kernel.RawMemory.getHalf;
import static io.jandaia.tensor.kernel.RawMemory.getInt;
import static io.jandaia.tensor.kernel.RawMemory.getLong;

import jdk.incubator.vector.ByteVector;

/** Super-blocks of 256 numbers of three bits, two of them apart from the third; each 16 have a scale of six bits. */
final class VectorQ3_K extends VectorBlocks {

    static final VectorFormat FORMAT = new VectorQ3_K();

    private static final long LOW = 0x0F0F0F0F_0F0F0F0FL;

    private VectorQ3_K() {
        super(256, 110);
    }

    /** The upper two bits of eight scales, in place above their lower four. */
    private static long upper(int bits) {
        return VectorQ4_K.pack((bits & 0x03030303) << 4, ((bits >>> 2) & 0x03030303) << 4);
    }

    @Override
    public void decode(long w, int n, long dst, long stride) {
        for (int left = n; left > 0; left -= 256) {
            float d = getHalf(w + 108);
            long nibbles = getLong(w + 96);
            int bits = getInt(w + 104);
            for (int half = 0; half < 2; half++) {
                long scales = ((nibbles >>> (4 * half)) & LOW) | upper(bits >>> (4 * half));
                for (int k = 0; k < 4; k++) {
                    for (int j = 0; j < SUMS; j += Lanes.N) {
                        ByteVector two = shiftRight(Lanes.bytes(w + 32 + 32L * half + j), 2 * k)
                                .and((byte) 3);
                        ByteVector third =
                                shiftRight(Lanes.bytes(w + j), 4 * half + k).and((byte) 1);
                        ByteVector code = two.or(shiftLeft(third, 2)).sub((byte) 4);
                        long scale = ((scales >>> (16 * k + j / 16 * 8)) & 255) - 32;
                        store(toFloat(code).mul(all(d * scale)), dst + j * 4L);
                    }
                    dst += stride;
                }
            }
            w += bytes();
        }
    }
}
