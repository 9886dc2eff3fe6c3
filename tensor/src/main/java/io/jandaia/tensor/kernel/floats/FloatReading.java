package io.jandaia.tensor.kernel.floats;

import static io.jandaia.tensor.kernel.asm.VectorOp.VCVTPH2PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_LOAD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPMOVZXWD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPSLLD;

import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Gp;
import io.jandaia.tensor.kernel.asm.Mem;
import io.jandaia.tensor.kernel.asm.Vec;

/** How 16 numbers in memory become float32. */
enum FloatReading {
    F32(4),
    F16(2),
    BF16(2);

    /** Bytes of 32 numbers. */
    final int groupBytes;

    /** Bytes of 16 numbers. */
    final int partBytes;

    FloatReading(int bytes) {
        groupBytes = 32 * bytes;
        partBytes = 16 * bytes;
    }

    static FloatReading of(ElementType type) {
        return switch (type) {
            case F32 -> F32;
            case F16 -> F16;
            case BF16 -> BF16;
            default -> throw new IllegalArgumentException(type + " is not a type of single floats");
        };
    }

    void load(Assembler a, Vec to, Gp from, int displacement) {
        Mem m = Mem.at(from, displacement);
        switch (this) {
            case F32 -> a.op(VMOVUPS_LOAD, to, m);
            case F16 -> a.op(VCVTPH2PS, to, m);
            case BF16 -> {
                a.op(VPMOVZXWD, to, m);
                a.shift(VPSLLD, to, to, 16);
            }
        }
    }

    /** Asks memory for the group of 32 numbers {@code ahead} bytes further on. */
    void prefetch(Assembler a, Gp from, int ahead) {
        for (int line = 0; line < groupBytes; line += 64) {
            a.prefetcht0(Mem.at(from, ahead + line));
        }
    }
}
