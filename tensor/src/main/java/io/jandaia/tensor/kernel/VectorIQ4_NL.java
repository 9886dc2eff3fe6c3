package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.RawMemory.getHalf;

import io.jandaia.tensor.format.IQ4_NL;
import jdk.incubator.vector.ByteVector;

/** Blocks of a half-precision scale and 32 nibbles that choose a level. */
final class VectorIQ4_NL extends VectorBlocks {

    static final VectorFormat FORMAT = new VectorIQ4_NL();

    /** Shared with {@link VectorIQ4_XS}. */
    static final ByteVector TABLE = VectorLevels.table(IQ4_NL.levels());

    private VectorIQ4_NL() {
        super(32, 18);
    }

    @Override
    public void decode(long w, int n, long dst, long stride) {
        for (int left = n; left > 0; left -= 32) {
            VectorLevels.group(w + 2, TABLE, getHalf(w), dst);
            w += bytes();
            dst += stride;
        }
    }
}
