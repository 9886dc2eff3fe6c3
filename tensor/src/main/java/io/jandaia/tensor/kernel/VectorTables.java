package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.load;
import static io.jandaia.tensor.kernel.Lanes.store;

import io.jandaia.tensor.format.BlockByBlock;

/** Formats that few files use, most of them made of table look-ups: decoded by their scalar definition, then multiplied. */
final class VectorTables extends VectorBlocks {

    private final BlockByBlock format;

    VectorTables(BlockByBlock format) {
        super(format.elements(), format.bytes());
        this.format = format;
    }

    @Override
    public void decode(long w, int n, long dst, long stride) {
        float[] numbers = new float[elements()];
        for (int left = n; left > 0; left -= elements()) {
            format.decodeBlock(RawMemory.ALL, w, numbers);
            for (int i = 0; i < numbers.length; i += SUMS) {
                for (int j = 0; j < SUMS; j += Lanes.N) {
                    store(load(numbers, i + j), dst + j * 4L);
                }
                dst += stride;
            }
            w += bytes();
        }
    }
}
