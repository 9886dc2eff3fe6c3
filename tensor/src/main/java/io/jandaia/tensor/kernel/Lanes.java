package io.jandaia.tensor.kernel;

import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The width of a vector and the loads and stores by address, of {@link RawMemory}, that the vector kernels are made of.
 */
final class Lanes {

    static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    /** Numbers in a vector: 8 or 16. */
    static final int N = F.length();

    static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, F.vectorShape());
    /** Half of a vector in bits, as many lanes: what 16-bit numbers are loaded with. */
    static final VectorSpecies<Short> S = VectorSpecies.of(short.class, VectorShape.forBitSize(N * 16));

    static final VectorSpecies<Byte> B = VectorSpecies.of(byte.class, VectorShape.forBitSize(N * 8));

    static final long BYTES = N * 4L;

    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

    private Lanes() {}

    static FloatVector load(long at) {
        return FloatVector.fromMemorySegment(F, RawMemory.ALL, at, LITTLE);
    }

    static void store(FloatVector v, long at) {
        v.intoMemorySegment(RawMemory.ALL, at, LITTLE);
    }

    static FloatVector load(float[] v, int at) {
        return FloatVector.fromArray(F, v, at);
    }

    static void store(FloatVector vector, float[] v, int at) {
        vector.intoArray(v, at);
    }

    static FloatVector all(float value) {
        return FloatVector.broadcast(F, value);
    }

    static FloatVector zero() {
        return FloatVector.zero(F);
    }

    static ByteVector bytes(long at) {
        return ByteVector.fromMemorySegment(B, RawMemory.ALL, at, LITTLE);
    }

    /** Signed bytes as floats. */
    static FloatVector loadBytes(long at) {
        return toFloat(bytes(at));
    }

    /**
     * Bytes shifted to the right by fewer than eight bits, four at a time because processors cannot shift single bytes: the
     * upper bits are those of the byte that follows, for the caller to mask out.
     */
    static ByteVector shiftRight(ByteVector v, int bits) {
        return v.reinterpretAsInts().lanewise(VectorOperators.LSHR, bits).reinterpretAsBytes();
    }

    /** As {@link #shiftRight}, to the left; bits that leave a byte enter the next. */
    static ByteVector shiftLeft(ByteVector v, int bits) {
        return v.reinterpretAsInts().lanewise(VectorOperators.LSHL, bits).reinterpretAsBytes();
    }

    /**
     * Numbers {@code part * N} and following of 32 numbers of four bits: the low halves of 16 bytes, then the high halves.
     * In bytes, because work on a vector of bytes costs a quarter of that on as many floats.
     */
    static ByteVector loadNibbles(long at, int part) {
        ByteVector pairs = bytes(at + part * N % 16);
        if (part * N >= 16) {
            pairs = shiftRight(pairs, 4);
        }
        return pairs.and((byte) 15);
    }

    /** Bits {@code part * N} and following of a word, a bit a lane. */
    static VectorMask<Byte> bits(int word, int part) {
        return VectorMask.fromLong(B, word >>> (part * N));
    }

    static FloatVector toFloat(ByteVector v) {
        return (FloatVector) v.convertShape(VectorOperators.B2F, F, 0);
    }

    /** Shorts as ints. */
    static IntVector loadShorts(long at) {
        return (IntVector)
                ShortVector.fromMemorySegment(S, RawMemory.ALL, at, LITTLE).convertShape(VectorOperators.S2I, I, 0);
    }

    /** Adds the 16 numbers from index {@code at} on by halves: number i plus number i + 8, and so on. */
    static float sum(float[] v, int at) {
        float a = v[at] + v[at + 8];
        float b = v[at + 1] + v[at + 9];
        float c = v[at + 2] + v[at + 10];
        float d = v[at + 3] + v[at + 11];
        float e = v[at + 4] + v[at + 12];
        float f = v[at + 5] + v[at + 13];
        float g = v[at + 6] + v[at + 14];
        float h = v[at + 7] + v[at + 15];
        return ((a + e) + (c + g)) + ((b + f) + (d + h));
    }
}
