package io.jandaia.tensor.kernel.packed;

import io.jandaia.tensor.kernel.asm.Gp;
import io.jandaia.tensor.kernel.asm.Mem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Constants that machine code reads from memory. */
final class Constants {

    /** The levels of IQ4_NL plus 128, four times over. */
    private static final int TABLE = 0;

    private static final int WORDS = 64;
    private static final int[] VALUES = {
        0x0f0f0f0f,
        0x80808080,
        0x30303030,
        0x10101010,
        0x08080808,
        0x20202020,
        0x7fffffff,
        0x7f800000,
        0x7fc00000,
        0x00010001,
        Float.floatToRawIntBits(127f)
    };

    /** Tiles 0 to 3 hold sums, this and the next activations. */
    static final int ACTIVATION_TILE = 4;

    /** This and the next hold weights. */
    static final int WEIGHT_TILE = 6;

    /** A configuration of tiles: palette 1, and the rows and bytes of a row of each. */
    private static final int TILES = 128;

    private static final int TILES_HALVES = 192;

    /** The levels of IQ4_NL, four times over. */
    private static final int SIGNED_TABLE = 256;

    private static final MemorySegment MEMORY = make();

    private Constants() {}

    @SuppressWarnings("MutablePublicArray")
    private static MemorySegment make() {
        MemorySegment m = Arena.global().allocate(320, 64);
        for (int i = 0; i < 64; i++) {
            m.set(ValueLayout.JAVA_BYTE, TABLE + i, (byte) (Unpacker.TABLE[i % 16] + 128));
            m.set(ValueLayout.JAVA_BYTE, SIGNED_TABLE + i, Unpacker.TABLE[i % 16]);
        }
        for (int i = 0; i < VALUES.length; i++) {
            m.set(ValueLayout.JAVA_INT, WORDS + 4L * i, VALUES[i]);
        }
        tiles(m.asSlice(TILES, 64), 32);
        tiles(m.asSlice(TILES_HALVES, 64), 16);
        return m;
    }

    private static void tiles(MemorySegment m, int columns) {
        ValueLayout.OfShort word = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
        m.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        for (int t = 0; t < 8; t++) {
            boolean activations = t == ACTIVATION_TILE || t == ACTIVATION_TILE + 1;
            boolean weights = t >= WEIGHT_TILE;
            m.set(word, 16 + 2L * t, (short) (activations ? columns : 64));
            m.set(ValueLayout.JAVA_BYTE, 48 + t, (byte) (weights ? columns / 4 : 16));
        }
    }

    static long address() {
        return MEMORY.address();
    }

    /** A vector with one of {@link #VALUES} in each lane. */
    static Mem word(Gp base, int value) {
        for (int i = 0; i < VALUES.length; i++) {
            if (VALUES[i] == value) {
                return Mem.at(base, WORDS + 4L * i).all();
            }
        }
        throw new IllegalArgumentException("no constant 0x" + Integer.toHexString(value));
    }

    static Mem signedTable(Gp base) {
        return Mem.at(base, SIGNED_TABLE);
    }

    static Mem table(Gp base) {
        return Mem.at(base, TABLE);
    }

    static Mem tiles(Gp base, boolean halves) {
        return Mem.at(base, halves ? TILES_HALVES : TILES);
    }
}
