package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * Whole numbers of eight bits as checkpoints of the Hub have them: a float32 scale, then 32 signed bytes. A number is {@code
 * scale * byte}. Unlike {@link Q8_0} it holds every scale that such a checkpoint may have.
 */
public final class Int8 extends BlockByBlock {

    public Int8() {
        super("INT8", 32, 36);
    }

    @Override
    public boolean encodes() {
        return false;
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        float scale = src.get(Little.FLOAT, at);
        for (int i = 0; i < 32; i++) {
            out[i] = scale * src.get(Little.BYTE, at + 4 + i);
        }
    }
}
