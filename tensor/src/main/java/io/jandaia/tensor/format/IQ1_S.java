package io.jandaia.tensor.format;

import java.lang.foreign.MemorySegment;

/**
 * ggml's IQ1_S: 256 numbers in groups of 32. A half-precision d; 32 bytes with the lower eight bits of the number of a
 * point of eight numbers; 16 bits a group, of which twelve are the upper three bits of four points, three the scale
 * and the highest the sign of the shift. A number is {@code d * (2 * scale + 1) * (coordinate + shift)} with a shift
 * of 1/8.
 */
public final class IQ1_S extends BlockByBlock {

    static final Grid GRID = Grid.of(
            "VSUUhaACQlEIRTGohiCKohoIKiAUhVAUgiBERSUVBaACgiCIGAAIgqADKqCIu6oKkKoLACIACqqMgqAIQFEIRSGIgFAUQlEI"
                    + "ijAImKAIgCoIRSEUhSBIQlUIRQEswqAgiiYAKiSoqqII4q8ICCgoAKACQiiqKCCogCAKmwi5uqggyq6Joq6qOnzr6rq7gg64"
                    + "IrrK0w6SAiIAIiCoiroKggIIACpK4KI7IiArogCBQIGqiigIIgEUhVAVgiAJRSFUhaAIAiOoOiCEgiBUQlEIoiAIlVAUAioI"
                    + "uKiCgKBIAiAIgqJoogIoqyoIhSAIgjAIRUAARSEUhaAAQlEARQEpggCKgioIoTAUBVAUgigIRSEUhSACAiCqKgAgErGKriio"
                    + "uqGqqHAAggoIAigiAoQAggBIgKDqsCqqwiCLuiLq2qeLi26okrAqqnKLikQMKiBIhEAoiioIqiDIzKIioq+aoOioAgACACqo"
                    + "iAAggKCLoqIouqCAgjIKur64uv7roqArogiKCijqogChMgIM+qTq3u8rqC6Nvn7r+vd/v+Z9ut5p+yf/vyb6EunhiiIQqr4O"
                    + "hKoIsqgLgq7/uiTpg4AEYixo8qgKpCsAAioICOKqEgACgioKpiDJgomQgigAogCMgBMAgggIAGyKqqq7Aqa+iqDKAoBrly7Q"
                    + "sukQghAuqt4oFdGlBAAKggCKgiAIAaEggqo5uiIyhKAJgBgAiqJiAoEURFEARSGsglAUQlEIqiAoqocKEioIRSEUBaAIQlEI"
                    + "RQEgAqBAoiIAiAAIoghqim64qqqAACAKguLIIiEIRFAUQlEJiiAVhVAUhgoIqioqgAAKQlEIRSGoAFAUQlEI4iCIggoYgioI"
                    + "qqKqirCLAgoqqiAogoCqCigIKACpiAIioL4LKLgIirpLsq7/uqT4rqogUihotqAw5oAKAigIImpigCAKAqqqK6rqoqmgoggI"
                    + "ECCgiiIAgg4ARSEUhaAKQFEIRSGpBgBKqgIIpQAQDUQUgigIRSEUBQAIgoKs8iAAAACqCigKuiDqogIAgkgJKOkUABFLRVEA"
                    + "RQGoAlAUQlEIiCQIiCgKQAgARQEUBaACQFEIRQE",
            8,
            -1,
            0,
            1);

    /** What is added to or taken from every coordinate. */
    static final float SHIFT = 0.125f;

    public IQ1_S() {
        super("IQ1_S", 256, 50);
    }

    @Override
    public boolean encodes() {
        return false;
    }

    @Override
    public void decodeBlock(MemorySegment src, long at, float[] out) {
        float d = Little.half(src, at);
        for (int k = 0; k < 32; k++) {
            int group = src.get(Little.SHORT, at + 34 + k / 4 * 2L);
            int point = Little.unsigned(src, at + 2 + k) | (((group >> (k % 4 * 3)) & 7) << 8);
            float scale = d * (2 * ((group >> 12) & 7) + 1);
            GRID.putShifted(point, scale, group < 0 ? -SHIFT : SHIFT, out, 8 * k);
        }
    }
}
