package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.all;
import static io.jandaia.tensor.kernel.Lanes.loadBytes;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.RawMemory.get;

import jdk.incubator.vector.FloatVector;

/** Blocks of a float32 scale and 32 signed bytes. */
final class VectorInt8 extends VectorBlocks {

    static final VectorFormat FORMAT = new VectorInt8();

    private VectorInt8() {
        super(32, 36);
    }

    @Override
    public void decode(long w, int n, long dst, long stride) {
        for (int left = n; left > 0; left -= 32) {
            FloatVector scale = all(get(w));
            for (int j = 0; j < SUMS; j += Lanes.N) {
                store(loadBytes(w + 4 + j).mul(scale), dst + j * 4L);
            }
            w += bytes();
            dst += stride;
        }
    }
}
