package io.jandaia.tensor.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every format against the bytes that gguf-py and numpy compute, and the properties that hold for all of them. */
class BlockFormatTest {

    record Golden(String direction, ElementType type, byte[] in, byte[] out) {
        @Override
        public String toString() {
            return direction + " " + type;
        }
    }

    static List<Golden> goldens() throws IOException {
        try (var in = BlockFormatTest.class.getResourceAsStream("blocks.txt")) {
            assertThat(in).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(" "))
                    .map(f -> new Golden(f[0], ElementType.valueOf(f[1]), hex(f[2]), hex(f[3])))
                    .toList();
        }
    }

    static Stream<ElementType> computable() {
        return Stream.of(ElementType.values()).filter(ElementType::computable);
    }

    static Stream<ElementType> encodable() {
        return computable().filter(t -> t.format().encodes());
    }

    static Stream<ElementType> withScales() {
        return encodable().filter(ElementType::quantized).filter(t -> t != ElementType.MXFP4);
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void givesTheBytesOfTheReference(Golden golden) {
        BlockFormat format = golden.type.format();
        boolean decode = golden.direction.equals("decode");
        byte[] out = new byte[golden.out.length];
        long blocks = (decode ? golden.in.length : golden.out.length) / format.bytes();
        assertThat(blocks).isPositive();
        if (decode) {
            format.decode(MemorySegment.ofArray(golden.in), 0, MemorySegment.ofArray(out), 0, blocks);
        } else {
            format.encode(MemorySegment.ofArray(golden.in), 0, MemorySegment.ofArray(out), 0, blocks);
        }
        assertThat(HexFormat.of().formatHex(out)).isEqualTo(HexFormat.of().formatHex(golden.out));
    }

    @Test
    void everyComputableTypeHasGoldensForBothDirections() throws IOException {
        List<String> have = goldens().stream().map(Golden::toString).toList();
        assertThat(computable().map(t -> "decode " + t)).isSubsetOf(have);
        assertThat(encodable().map(t -> "encode " + t)).isSubsetOf(have);
    }

    @ParameterizedTest
    @MethodSource("encodable")
    void workAtAnyOffsetAndWriteNothingElse(ElementType type) {
        long seed = 4711;
        Random random = new Random(seed);
        BlockFormat format = type.format();
        int blocks = 5;
        int floats = blocks * format.elements();
        int bytes = blocks * format.bytes();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment x = arena.allocate(floats * 4L + 14);
            for (int i = 0; i < floats; i++) {
                x.set(Little.NATIVE_FLOAT, 7 + 4L * i, (float) random.nextGaussian());
            }
            MemorySegment packed = arena.allocate(bytes + 10L).fill((byte) 0x5A);
            format.encode(x, 7, packed, 3, blocks);
            MemorySegment back = arena.allocate(floats * 4L + 10).fill((byte) 0x5A);
            format.decode(packed, 3, back, 5, blocks);

            MemorySegment plain = MemorySegment.ofArray(new byte[bytes]);
            format.encode(x.asSlice(7, floats * 4L), 0, plain, 0, blocks);
            assertThat(packed.asSlice(3, bytes).mismatch(plain)).isEqualTo(-1);
            byte filler = 0x5A;
            assertThat(bytes(packed.asSlice(0, 3))).containsOnly(filler);
            assertThat(bytes(packed.asSlice(3 + bytes))).hasSize(7).containsOnly(filler);
            assertThat(bytes(back.asSlice(0, 5))).containsOnly(filler);
            assertThat(bytes(back.asSlice(5 + 4L * floats))).hasSize(5).containsOnly(filler);
            double worst = 0;
            for (int i = 0; i < floats; i++) {
                double e = back.get(Little.NATIVE_FLOAT, 5 + 4L * i) - x.get(Little.NATIVE_FLOAT, 7 + 4L * i);
                worst = Math.max(worst, Math.abs(e));
            }
            // Half a step of the coarsest: 16 levels over the range of 32 Gaussian numbers, 4 over that of 16, or 3 in
            // all.
            double allowed = !type.quantized() ? 0.02 : type == ElementType.Q2_K ? 1 : ternary(type) ? 2 : 0.6;
            assertThat(worst).as("seed " + seed).isLessThan(allowed);
        }
    }

    private static boolean ternary(ElementType type) {
        return type == ElementType.TQ1_0 || type == ElementType.TQ2_0;
    }

    private static byte[] bytes(MemorySegment s) {
        return s.toArray(Little.BYTE);
    }

    @ParameterizedTest
    @MethodSource("withScales")
    void refuseWhatTheScaleCannotHold(ElementType type) {
        BlockFormat format = type.format();
        MemorySegment out = MemorySegment.ofArray(new byte[format.bytes()]);
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e30f}) {
            float[] x = new float[format.elements()];
            x[0] = 3;
            x[11] = bad;
            x[12] = 1;
            assertThatThrownBy(() -> format.encode(MemorySegment.ofArray(x), 0, out, 0, 1))
                    .isInstanceOf(JandaiaException.class)
                    .hasMessageContaining(type.name());
        }
    }

    @ParameterizedTest
    @MethodSource("withScales")
    void numbersTooSmallForTheScaleBecomeZero(ElementType type) {
        int n = type.blockElements();
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (i - 9) * Float.MIN_VALUE;
        }
        MemorySegment packed = MemorySegment.ofArray(new byte[type.blockBytes()]);
        type.format().encode(MemorySegment.ofArray(x), 0, packed, 0, 1);
        float[] back = new StoredTensor("tiny", type, new long[] {n}, packed).toFloats();
        for (float v : back) {
            assertThat(v + 0f).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S"})
    void refuseWhatCannotBeEncoded(ElementType type) {
        BlockFormat format = type.format();
        assertThat(format.encodes()).isFalse();
        MemorySegment x = MemorySegment.ofArray(new float[256]);
        MemorySegment out = MemorySegment.ofArray(new byte[format.bytes()]);
        assertThatThrownBy(() -> format.encode(x, 0, out, 0, 1))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining(type.name());
    }

    @Test
    void halvesSurviveDecodingAndEncoding() {
        for (ElementType type : List.of(ElementType.F16, ElementType.BF16)) {
            byte[] all = new byte[2 << 16];
            for (int i = 0; i < 1 << 16; i++) {
                all[2 * i] = (byte) i;
                all[2 * i + 1] = (byte) (i >> 8);
            }
            float[] floats = new float[1 << 16];
            type.format().decode(MemorySegment.ofArray(all), 0, MemorySegment.ofArray(floats), 0, 1 << 16);
            byte[] back = new byte[2 << 16];
            type.format().encode(MemorySegment.ofArray(floats), 0, MemorySegment.ofArray(back), 0, 1 << 16);
            for (int i = 0; i < 1 << 16; i++) {
                if (Float.isNaN(floats[i])) {
                    float again = type == ElementType.F16
                            ? Float.float16ToFloat((short) ((back[2 * i] & 255) | (back[2 * i + 1] << 8)))
                            : Float.intBitsToFloat(((back[2 * i] & 255) | (back[2 * i + 1] << 8)) << 16);
                    assertThat(again).as("%s %x", type, i).isNaN();
                } else {
                    assertThat(back[2 * i]).as("%s %x", type, i).isEqualTo(all[2 * i]);
                    assertThat(back[2 * i + 1]).as("%s %x", type, i).isEqualTo(all[2 * i + 1]);
                }
            }
        }
    }

    private static byte[] hex(String s) {
        return HexFormat.of().parseHex(s);
    }
}
