package io.jandaia.tensor.kernel.paged;

import static io.jandaia.tensor.kernel.asm.VectorOp.VCVTDQ2PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VCVTPH2PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMULPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPMOVSXBD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPMOVZXWD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPSLLD;

import io.jandaia.tensor.kernel.KvType;
import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Mem;
import io.jandaia.tensor.kernel.asm.Operand;
import io.jandaia.tensor.kernel.asm.Vec;

/** How 16 numbers of a page become float32. */
final class KvReading {

    private KvReading() {}

    /** @param type F16 or BF16 */
    static void load(Assembler a, KvType type, Vec to, Mem from) {
        if (type == KvType.F16) {
            a.op(VCVTPH2PS, to, from);
        } else {
            a.op(VPMOVZXWD, to, from);
            a.shift(VPSLLD, to, to, 16);
        }
    }

    /** Of Q8. */
    static void load(Assembler a, Vec to, Mem from, Operand scale) {
        a.op(VPMOVSXBD, to, from);
        a.op(VCVTDQ2PS, to, to);
        a.op(VMULPS, to, to, scale);
    }
}
