package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.all;
import static io.jandaia.tensor.kernel.Lanes.store;

import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Blocks of 32 nibbles that choose from 16 levels: IQ4_NL, IQ4_XS and MXFP4 differ in their levels and scales. */
final class VectorLevels {

    private VectorLevels() {}

    /** 16 levels as a vector to choose from. */
    static ByteVector table(byte[] levels) {
        return ByteVector.fromArray(ByteVector.SPECIES_128, levels, 0);
    }

    /** Writes the 32 numbers {@code scale * level} of the 16 bytes at {@code w}: low nibbles, then high ones. */
    static void group(long w, ByteVector table, float scale, long to) {
        ByteVector pairs =
                ByteVector.fromMemorySegment(ByteVector.SPECIES_128, RawMemory.ALL, w, ByteOrder.LITTLE_ENDIAN);
        put(pairs.and((byte) 15).selectFrom(table), scale, to);
        put(Lanes.shiftRight(pairs, 4).and((byte) 15).selectFrom(table), scale, to + 64);
    }

    private static void put(ByteVector levels, float scale, long to) {
        for (int part = 0; part < 16 / Lanes.N; part++) {
            FloatVector numbers = (FloatVector) levels.convertShape(VectorOperators.B2F, Lanes.F, part);
            store(numbers.mul(all(scale)), to + part * Lanes.BYTES);
        }
    }
}
