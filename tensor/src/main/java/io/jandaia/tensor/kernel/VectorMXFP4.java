package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.RawMemory.getByte;

import io.jandaia.tensor.format.MXFP4;
import jdk.incubator.vector.ByteVector;

/** Blocks of an exponent and 32 nibbles that choose a level. */
final class VectorMXFP4 extends VectorBlocks {

    static final VectorFormat FORMAT = new VectorMXFP4();

    private static final ByteVector TABLE = VectorLevels.table(MXFP4.levels());

    private VectorMXFP4() {
        super(32, 17);
    }

    @Override
    public void decode(long w, int n, long dst, long stride) {
        for (int left = n; left > 0; left -= 32) {
            VectorLevels.group(w + 1, TABLE, MXFP4.halfScale(getByte(w) & 255), dst);
            w += bytes();
            dst += stride;
        }
    }
}
