package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's IQ3_S: 256 numbers. A half-precision d; 64 bytes with the lower eight bits of the number of a point of four
 * numbers; eight bytes with their ninth bits; 32 bytes of signs; four bytes with the scale of 32 numbers a nibble. A
 * number is {@code d * (2 * scale + 1) * coordinate}.
 */
public final class IQ3_S extends BlockByBlock {

    private static final Grid GRID = Grid.of(
            "p1cjCKUKBZIXI4kiEAAiBKNJIhGkCgAJCCIFShAFgCIBiBIECQIAARQARQiiAEAIQAoAAgAEAAIVAEUIABEAABerBVIAUAIE"
                    + "SxECCQIFAEEBpBEECSABBJIJghECAAQBKBQACkQRAAACCQIFAAIAAAAAkQBQAAAACgUCIAIABAGrVYoFKgWAKQWJJBIEAgAA"
                    + "kgAKgQKIABIlAhQKBAFAAIIACSQCAAAkEAIEgAEIAAGFAAIAACACACACQAEIAQAABKoEKpQCCAIqEAoAAQABRAEEARQAAQAA"
                    + "AhGKAYogAAgIQgQCAAQRAAIFIAQQQAAIAEAAAAIAAAAKAAUgAAAAABEEkQQCAQABhAoEIQgiAAAKIQIIAYAEARAKBSIAAAAA"
                    + "BQAQgAEAAAKgAAIAAAAEAAAIABAAAAEAACEAAQgCAAAEEQQAkQRAECoEAgQAAAAEAQIIQQAIAACEAYAAEAIgCBIAAQRAAAAA"
                    + "AARAAAAKAAAAAAAABAAAABQABAAAAAAAACoACgAAAQABAIEAAAAQAAAEABAEIAQBARACAAEAAAAAACAACAAEAAkAABAAAAEA"
                    + "IAAAAAEAAAAACgAAAAAAAJEABUABEAQABAIQACgAAAASQQIBAAIAAAQAACQACAAAIggBAAABAAAAAAQABAAAAAQAAAIAAAAA"
                    + "AQAAAAAAAAA",
            4,
            1,
            3,
            5,
            7,
            9,
            11,
            13,
            15);

    public IQ3_S() {
        super("IQ3_S", 256, 110);
    }

    @Override
    public boolean encodes() {
        return false;
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        float d = Little.half(src, at);
        for (int k = 0; k < 64; k++) {
            int ninth = (Little.unsigned(src, at + 66 + k / 8) >> (k % 8)) & 1;
            int point = Little.unsigned(src, at + 2 + k) | (ninth << 8);
            int signs = Little.unsigned(src, at + 74 + k / 2) >> (k % 2 * 4);
            int scale = (Little.unsigned(src, at + 106 + k / 16) >> (k / 8 % 2 * 4)) & 15;
            GRID.put(point, d * (2 * scale + 1), signs, out, 4 * k);
        }
    }
}
