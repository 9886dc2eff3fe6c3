package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's IQ3_XXS: 256 numbers in groups of 32. A half-precision d; 64 bytes that choose a point of four numbers each;
 * four bytes a group, whose lowest 28 bits are four times seven signs and whose upper four the scale. A number is
 * {@code d * (scale + 0.5) / 2 * coordinate}.
 */
public final class IQ3_XXS extends BlockByBlock {

    private static final Grid GRID = Grid.of(
            "FYoFAgQAACgKBSIFAhAAARUCBYoAggAgggUgAAAAAAEACACAEIAAKIIAAAQABAAAAAAAIAAAEAAAUQAACAACAAoFChWAAQAA"
                    + "BQIFAAAAAAAKBQIBAAAABAUAAQJAAEAAIgAAAAABAAAAABEAQAAAAiAAAAAAAAAAAAAEAAEAAAAFCkUCBAAAACoFAgEAAIgB"
                    + "BYIFgAEgAAACEQAAAAAAEQAAACAACAAACACAAAIAABAAAAAAAAAAAApAAAAgAAAAAgUKAAABIAQFAAECUAAAAAoBIAAABAAE"
                    + "AAIACAAAAAAAAAABgAAABEEABAAAIAAAABAAQAAACAAAAAAIAAABABCAAKAAiAAAAAAAAAAAABAAAAGAAQBBAIAAAAAgAAAA"
                    + "EAAAAAACEAAAACAACAAAAQAAAAAAAAAAIAUAAQAAAAAABAAAAgAAAUEAQAAAIAAAABAABAAAAAQEAAAAAAgAAAABiAAAAAAE"
                    + "BAAAAgAAAAAAAAAAAAEAAAAAEAAEAAAAAAAQAFAAEAAAAAIAAAACAACAAAAAABAAAAAAQQAAAAAAAAAAEAAAACAAAAAABAAA"
                    + "AAAACAAAAAAIAAIAAAAAAKgBAAQABAAAAABAAAEAAAAABAAAIAQAAAEgAAgAAAEAAAACAAIAAAAFABAAAAAAAAAAAAEAAAAA"
                    + "AAAAAAAAAAA",
            4,
            4,
            12,
            20,
            28,
            36,
            44,
            52,
            62);

    public IQ3_XXS() {
        super("IQ3_XXS", 256, 98);
    }

    @Override
    public boolean encodes() {
        return false;
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        float d = Little.half(src, at);
        for (int g = 0; g < 8; g++) {
            int signs = src.get(Little.INT, at + 66 + 4L * g);
            float scale = d * (0.5f + (signs >>> 28)) * 0.5f;
            for (int k = 0; k < 4; k++) {
                int eight = Grid.evenSigns((signs >> (7 * k)) & 127);
                long points = at + 2 + 8L * g + 2L * k;
                GRID.put(Little.unsigned(src, points), scale, eight, out, 32 * g + 8 * k);
                GRID.put(Little.unsigned(src, points + 1), scale, eight >> 4, out, 32 * g + 8 * k + 4);
            }
        }
    }
}
