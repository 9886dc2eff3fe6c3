package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.RawMemory.getHalf;
import static io.jandaia.tensor.kernel.RawMemory.getInt;

/** Super-blocks of eight times 32 nibbles that choose a level of IQ4_NL; each 32 have a scale of six bits. */
final class VectorIQ4_XS extends VectorBlocks {

    static final VectorFormat FORMAT = new VectorIQ4_XS();

    private VectorIQ4_XS() {
        super(256, 136);
    }

    @Override
    public void decode(long w, int n, long dst, long stride) {
        for (int left = n; left > 0; left -= 256) {
            float d = getHalf(w);
            int high = getInt(w) >>> 16;
            int low = getInt(w + 4);
            for (int group = 0; group < 8; group++) {
                int scale = ((low & 15) | ((high & 3) << 4)) - 32;
                VectorLevels.group(w + 8 + 16L * group, VectorIQ4_NL.TABLE, d * scale, dst);
                low >>>= 4;
                high >>>= 2;
                dst += stride;
            }
            w += bytes();
        }
    }
}
