package io.jandaia.tensor.kernel.asm;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes x86-64 machine code. Methods are named after the instructions and take their operands in Intel's order. Jumps are
 * of 32 bits and resolved by {@link #code}.
 */
@SuppressWarnings("OperatorPrecedence") // the bits of an encoding read better without parentheses
public final class Assembler {

    /** How vector instructions are encoded that have both forms. */
    public enum Encoding {
        /** Registers 0 to 15 of at most 256 bits: AVX, AVX2, FMA, F16C, AVX-VNNI. */
        VEX,
        /** AVX-512. */
        EVEX
    }

    private final Encoding encoding;
    private byte[] bytes = new byte[4096];
    private int size;
    private int openJumps;

    public Assembler(Encoding encoding) {
        this.encoding = encoding;
    }

    /** The code written so far. Throws when a jump's label has not been placed. */
    public byte[] code() {
        if (openJumps != 0) {
            throw new IllegalStateException(openJumps + " jumps go to labels that were never placed");
        }
        return Arrays.copyOf(bytes, size);
    }

    // ---- vectors ----

    /** {@code op destination, source}: two operands. */
    public void op(VectorOp op, Vec destination, Operand source) {
        vector(op, destination, 0, source, destination.bits(), 0, false);
    }

    /** {@code op destination, first, second}. */
    public void op(VectorOp op, Vec destination, Vec first, Operand second) {
        vector(op, destination, first.number(), second, destination.bits(), 0, false);
    }

    /** {@code op destination, first, second, immediate}. */
    public void op(VectorOp op, Vec destination, Vec first, Operand second, int immediate) {
        vector(op, destination, first.number(), second, destination.bits(), 0, false);
        put(immediate);
    }

    /** {@code op destination, source, immediate}. */
    public void op(VectorOp op, Vec destination, Operand source, int immediate) {
        vector(op, destination, 0, source, destination.bits(), 0, false);
        put(immediate);
    }

    /** {@code op destination{mask}, first, second}; lanes outside the mask stay, or become 0 when {@code zero}. */
    public void masked(VectorOp op, Vec destination, int mask, boolean zero, Vec first, Operand second) {
        vector(op, destination, first.number(), second, destination.bits(), mask, zero);
    }

    /** {@code op destination{mask}, source}. */
    public void masked(VectorOp op, Vec destination, int mask, boolean zero, Operand source) {
        vector(op, destination, 0, source, destination.bits(), mask, zero);
    }

    /** {@code op memory, source}: stores all of a vector. */
    public void store(VectorOp op, Mem memory, Vec source) {
        vector(op, source, 0, memory, source.bits(), 0, false);
    }

    /** {@code op memory{mask}, source}. */
    public void storeMasked(VectorOp op, Mem memory, int mask, Vec source) {
        vector(op, source, 0, memory, source.bits(), mask, false);
    }

    /** {@code op destination, source, immediate} where the narrow result is the destination: extracts and narrowing. */
    public void narrow(VectorOp op, Operand destination, Vec source, int immediate) {
        vector(op, source, 0, destination, source.bits(), 0, false);
        put(immediate);
    }

    /** {@code op destination, source} where the narrow result is the destination. */
    public void narrow(VectorOp op, Operand destination, Vec source) {
        vector(op, source, 0, destination, source.bits(), 0, false);
    }

    /** Shifts every element by the same number of bits: VPSLLD, VPSRLD, VPSRAD. */
    public void shift(VectorOp op, Vec destination, Operand source, int count) {
        int extension = switch (op) {
            case VPSLLD -> 6;
            case VPSRLD -> 2;
            case VPSRAD -> 4;
            default -> throw new IllegalArgumentException(op + " is not a shift");
        };
        vector(op, new Vec(extension, destination.bits()), destination.number(), source, destination.bits(), 0, false);
        put(count);
    }

    /** {@code op k, first, second, immediate}: comparisons into a mask register (EVEX). */
    public void compare(VectorOp op, int mask, Vec first, Operand second, int immediate) {
        vector(op, new Vec(mask, first.bits()), first.number(), second, first.bits(), 0, false);
        put(immediate);
    }

    /** Repeats the low 32 bits of a general register over a vector (EVEX). */
    public void vpbroadcastd(Vec destination, Gp source) {
        evex(2, 1, 0, destination.bits(), false, 0, false, destination.number(), 0, source.high(), 0);
        put(0x7c, 0xc0 | (destination.number() & 7) << 3 | source.low());
    }

    /** Sets the low 32 bits of a vector from a general register and the rest to 0. */
    public void vmovd(Vec destination, Gp source) {
        prefix(VectorOp.VMOVD_LOAD, 128, false, 0, false, destination.number(), 0, source.high(), 0);
        put(0x6e, 0xc0 | (destination.number() & 7) << 3 | source.low());
    }

    /** Sets a mask register from the low 32 bits of a general register. */
    public void kmovd(int mask, Gp source) {
        vex(1, 3, 0, 128, mask, 0, source.high(), 0);
        put(0x92, 0xc0 | mask << 3 | source.low());
    }

    /** Loads 64 bits into a mask register. */
    public void kmovq(int mask, Mem source) {
        vex(1, 0, 1, 128, mask, 0, source.base().high(), indexBit(source));
        put(0x90);
        modrm(mask, source, 1);
    }

    /** {@code destination = first | second}, 16 bits. */
    public void korw(int destination, int first, int second) {
        vex(1, 0, 0, 256, destination, first, 0, 0);
        put(0x45, 0xc0 | destination << 3 | second);
    }

    /** EQUAL when neither of two mask registers has a bit among its lower 16. */
    public void kortestw(int first, int second) {
        vex(1, 0, 0, 128, first, 0, 0, 0);
        put(0x98, 0xc0 | first << 3 | second);
    }

    public void vzeroupper() {
        put(0xc5, 0xf8, 0x77);
    }

    private void vector(VectorOp op, Vec reg, int first, Operand rm, int bits, int mask, boolean zero) {
        switch (rm) {
            case Mem m -> {
                int unit = op.reads.bytes(bits, m.broadcast());
                boolean wide = prefix(
                        op,
                        bits,
                        m.broadcast(),
                        mask,
                        zero,
                        reg.number(),
                        first,
                        m.base().high(),
                        indexBit(m));
                put(op.opcode);
                modrm(reg.number(), m, wide ? unit : 1);
            }
            case Vec v -> {
                prefix(op, bits, false, mask, zero, reg.number(), first, v.number() >> 3 & 1, v.number() >> 4 & 1);
                put(op.opcode, 0xc0 | (reg.number() & 7) << 3 | v.number() & 7);
            }
            case Gp g -> throw new IllegalArgumentException(op + " does not take " + g);
        }
    }

    private static int indexBit(Mem m) {
        Gp index = m.index();
        return index == null ? 0 : index.high();
    }

    /** True when the instruction got the EVEX form. */
    private boolean prefix(
            VectorOp op, int bits, boolean all, int mask, boolean zero, int reg, int first, int b, int x) {
        if (encoding == Encoding.EVEX) {
            evex(op.map, op.prefix, op.w, bits, all, mask, zero, reg, first, b, x);
            return true;
        }
        if (bits > 256 || all || mask != 0 || reg > 15 || first > 15) {
            throw new IllegalArgumentException(op + " with these operands needs AVX-512");
        }
        vex(op.map, op.prefix, 0, bits, reg, first, b, x);
        return false;
    }

    private void evex(
            int map,
            int prefix,
            int w,
            int bits,
            boolean all,
            int mask,
            boolean zero,
            int reg,
            int first,
            int b,
            int x) {
        int length = bits == 512 ? 2 : bits == 256 ? 1 : 0;
        put(
                0x62,
                (reg >> 3 & 1 ^ 1) << 7 | (x ^ 1) << 6 | (b ^ 1) << 5 | (reg >> 4 & 1 ^ 1) << 4 | map,
                w << 7 | (~first & 15) << 3 | 4 | prefix,
                (zero ? 0x80 : 0) | length << 5 | (all ? 0x10 : 0) | (~first >> 4 & 1) << 3 | mask);
    }

    private void vex(int map, int prefix, int w, int bits, int reg, int first, int b, int x) {
        int tail = (~first & 15) << 3 | (bits == 256 ? 4 : 0) | prefix;
        put(0xc4, (reg >> 3 & 1 ^ 1) << 7 | (x ^ 1) << 6 | (b ^ 1) << 5 | map, w << 7 | tail);
    }

    // ---- tiles (AMX) ----

    public void ldtilecfg(Mem configuration) {
        vex(2, 0, 0, 128, 0, 0, configuration.base().high(), indexBit(configuration));
        put(0x49);
        modrm(0, configuration, 1);
    }

    public void tilerelease() {
        vex(2, 0, 0, 128, 0, 0, 0, 0);
        put(0x49, 0xc0);
    }

    public void tilezero(int tile) {
        vex(2, 3, 0, 128, tile, 0, 0, 0);
        put(0x49, 0xc0 | tile << 3);
    }

    /** Loads a tile whose rows lie {@code memory.index()} bytes apart. */
    public void tileloadd(int tile, Mem memory) {
        tileMemory(3, tile, memory);
    }

    /** Stores a tile whose rows lie {@code memory.index()} bytes apart. */
    public void tilestored(Mem memory, int tile) {
        tileMemory(2, tile, memory);
    }

    private void tileMemory(int prefix, int tile, Mem memory) {
        if (memory.index() == null) {
            throw new IllegalArgumentException("a tile needs an index register with the distance of its rows");
        }
        vex(2, prefix, 0, 128, tile, 0, memory.base().high(), indexBit(memory));
        put(0x4b);
        modrm(tile, memory, 1);
    }

    /** {@code sums[m][n] += first[m][4k..] * second[k][4n..]}: signed bytes, sums of 32 bits. */
    public void tdpbssd(int sums, int first, int second) {
        vex(2, 3, 0, 128, sums, second, 0, 0);
        put(0x5e, 0xc0 | sums << 3 | first);
    }

    /** {@code sums[m][n] += first[m][2k..] * second[k][2n..]}: BF16, sums in float32. */
    public void tdpbf16ps(int sums, int first, int second) {
        vex(2, 2, 0, 128, sums, second, 0, 0);
        put(0x5c, 0xc0 | sums << 3 | first);
    }

    // ---- general registers, 64 bits ----

    public void mov(Gp destination, Operand source) {
        switch (source) {
            case Mem m -> general(0x8b, destination.number, m);
            case Gp g -> general(0x89, g.number, destination);
            case Vec v -> throw new IllegalArgumentException("mov does not take " + v);
        }
    }

    public void mov(Mem destination, Gp source) {
        general(0x89, source.number, destination);
    }

    /** A signed number of 32 bits. */
    public void mov(Gp destination, int value) {
        put(0x48 | destination.high(), 0xc7, 0xc0 | destination.low());
        word(value);
    }

    public void lea(Gp destination, Mem address) {
        general(0x8d, destination.number, address);
    }

    public void add(Gp destination, Gp source) {
        general(0x01, source.number, destination);
    }

    public void add(Gp destination, Mem source) {
        general(0x03, destination.number, source);
    }

    public void sub(Gp destination, Gp source) {
        general(0x29, source.number, destination);
    }

    public void cmp(Gp first, Gp second) {
        general(0x39, second.number, first);
    }

    public void imul(Gp destination, Gp source) {
        put(0x48 | destination.high() << 2 | source.high(), 0x0f, 0xaf);
        put(0xc0 | destination.low() << 3 | source.low());
    }

    public void add(Gp destination, int value) {
        immediate(0, destination, value);
    }

    public void sub(Gp destination, int value) {
        immediate(5, destination, value);
    }

    public void xor(Gp destination, int value) {
        immediate(6, destination, value);
    }

    public void cmp(Gp first, int value) {
        immediate(7, first, value);
    }

    private void immediate(int extension, Gp register, int value) {
        boolean small = value >= -128 && value <= 127;
        put(0x48 | register.high(), small ? 0x83 : 0x81, 0xc0 | extension << 3 | register.low());
        if (small) {
            put(value);
        } else {
            word(value);
        }
    }

    public void push(Gp register) {
        if (register.high() != 0) {
            put(0x41);
        }
        put(0x50 | register.low());
    }

    public void pop(Gp register) {
        if (register.high() != 0) {
            put(0x41);
        }
        put(0x58 | register.low());
    }

    public void ret() {
        put(0xc3);
    }

    public void cpuid() {
        put(0x0f, 0xa2);
    }

    public void xgetbv() {
        put(0x0f, 0x01, 0xd0);
    }

    /** Asks for a cache line, into all levels. */
    public void prefetcht0(Mem address) {
        int rex = 0x40 | indexBit(address) << 1 | address.base().high();
        if (rex != 0x40) {
            put(rex);
        }
        put(0x0f, 0x18);
        modrm(1, address, 1);
    }

    private void general(int opcode, int reg, Operand rm) {
        switch (rm) {
            case Mem m -> {
                put(0x48 | reg >> 3 << 2 | indexBit(m) << 1 | m.base().high(), opcode);
                modrm(reg, m, 1);
            }
            case Gp g -> put(0x48 | reg >> 3 << 2 | g.high(), opcode, 0xc0 | (reg & 7) << 3 | g.low());
            case Vec v -> throw new IllegalArgumentException("no general instruction takes " + v);
        }
    }

    // ---- jumps ----

    /** The next instruction is where jumps to this label go. */
    public void place(Label label) {
        if (label.position >= 0) {
            throw new IllegalStateException("a label cannot be placed twice");
        }
        label.position = size;
        for (int jump : label.jumps) {
            patch(jump, size - (jump + 4));
            openJumps--;
        }
    }

    public void jump(Condition condition, Label label) {
        put(0x0f, 0x80 | condition.code);
        distance(label);
    }

    public void jump(Label label) {
        put(0xe9);
        distance(label);
    }

    private void distance(Label label) {
        if (label.position >= 0) {
            word(label.position - (size + 4));
        } else {
            label.jumps.add(size);
            openJumps++;
            word(0);
        }
    }

    private void patch(int at, int value) {
        for (int i = 0; i < 4; i++) {
            bytes[at + i] = (byte) (value >> 8 * i);
        }
    }

    /** Instructions that do nothing, up to a multiple of {@code bytes}. */
    public void align(int multiple) {
        while (size % multiple != 0) {
            int[] nop = NOPS[Math.min(NOPS.length, multiple - size % multiple) - 1];
            put(nop);
        }
    }

    private static final int[][] NOPS = {
        {0x90},
        {0x66, 0x90},
        {0x0f, 0x1f, 0},
        {0x0f, 0x1f, 0x40, 0},
        {0x0f, 0x1f, 0x44, 0, 0},
        {0x66, 0x0f, 0x1f, 0x44, 0, 0},
        {0x0f, 0x1f, 0x80, 0, 0, 0, 0},
        {0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0},
        {0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0},
    };

    // ---- bytes ----

    /**
     * The operand bytes of an address.
     *
     * @param unit what a displacement of one byte counts in: 1, or the bytes that an EVEX instruction reads
     */
    private void modrm(int reg, Mem m, int unit) {
        int base = m.base().low();
        int displacement = m.displacement();
        @Nullable Gp index = m.index();
        boolean sib = index != null || base == 4;
        boolean none = displacement == 0 && base != 5;
        boolean small = displacement % unit == 0 && displacement / unit >= -128 && displacement / unit <= 127;
        int mode = none ? 0 : small ? 1 : 2;
        put(mode << 6 | (reg & 7) << 3 | (sib ? 4 : base));
        if (sib) {
            int scale = Integer.numberOfTrailingZeros(m.scale());
            put(scale << 6 | (index == null ? 4 : index.low()) << 3 | base);
        }
        if (mode == 1) {
            put(displacement / unit);
        } else if (mode == 2) {
            word(displacement);
        }
    }

    private void word(int value) {
        put(value, value >> 8, value >> 16, value >> 24);
    }

    private void put(int... values) {
        if (size + values.length > bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * bytes.length);
        }
        for (int v : values) {
            bytes[size++] = (byte) v;
        }
    }
}
