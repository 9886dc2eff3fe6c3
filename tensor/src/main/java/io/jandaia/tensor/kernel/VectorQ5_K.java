package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.all;
import static io.jandaia.tensor.kernel.Lanes.shiftLeft;
import static io.jandaia.tensor.kernel.Lanes.shiftRight;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.Lanes.toFloat;
import static io.jandaia.tensor.kernel.RawMemory.getHalf;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;

/** Super-blocks of 256 numbers of five bits; each 32 have a scale and a minimum as in {@link VectorQ4_K}. */
final class VectorQ5_K extends VectorBlocks {

    static final VectorFormat FORMAT = new VectorQ5_K();

    private VectorQ5_K() {
        super(256, 176);
    }

    @Override
    public void decode(long w, int n, long dst, long stride) {
        for (int left = n; left > 0; left -= 256) {
            float d = getHalf(w);
            float dmin = -getHalf(w + 2);
            long scales = VectorQ4_K.scales(w + 4);
            long minima = VectorQ4_K.minima(w + 4);
            for (int pair = 0; pair < 4; pair++) {
                FloatVector scale0 = all(d * (scales & 255));
                FloatVector minimum0 = all(dmin * (minima & 255));
                FloatVector scale1 = all(d * ((scales >>> 8) & 255));
                FloatVector minimum1 = all(dmin * ((minima >>> 8) & 255));
                for (int j = 0; j < SUMS; j += Lanes.N) {
                    ByteVector fifths = shiftRight(Lanes.bytes(w + 16 + j), 2 * pair);
                    ByteVector pairs = Lanes.bytes(w + 48 + 32L * pair + j);
                    ByteVector low = pairs.and((byte) 15).or(shiftLeft(fifths.and((byte) 1), 4));
                    store(toFloat(low).fma(scale0, minimum0), dst + j * 4L);
                    ByteVector high = shiftRight(pairs, 4).and((byte) 15).or(shiftLeft(fifths.and((byte) 2), 3));
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
