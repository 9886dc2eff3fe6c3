package io.jandaia.tensor.kernel.asm;

import static io.jandaia.tensor.kernel.asm.VectorOp.Reads.EIGHTH;
import static io.jandaia.tensor.kernel.asm.VectorOp.Reads.FULL_32;
import static io.jandaia.tensor.kernel.asm.VectorOp.Reads.FULL_64;
import static io.jandaia.tensor.kernel.asm.VectorOp.Reads.HALF;
import static io.jandaia.tensor.kernel.asm.VectorOp.Reads.ONE_32;
import static io.jandaia.tensor.kernel.asm.VectorOp.Reads.QUARTER;
import static io.jandaia.tensor.kernel.asm.VectorOp.Reads.WHOLE;
import static io.jandaia.tensor.kernel.asm.VectorOp.Reads.X128;
import static io.jandaia.tensor.kernel.asm.VectorOp.Reads.Y256;

/**
 * Vector instructions in use, with their encodings (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2).
 * Order of operands as in Intel's syntax.
 */
public enum VectorOp {
    VMOVUPS_LOAD(1, 0, 0, 0x10, WHOLE),
    VMOVUPS_STORE(1, 0, 0, 0x11, WHOLE),
    VMOVAPS(1, 0, 0, 0x28, WHOLE),
    VMOVD_LOAD(1, 1, 0, 0x6e, ONE_32),
    VMOVSS_STORE(1, 2, 0, 0x11, ONE_32),
    VBROADCASTSS(2, 1, 0, 0x18, ONE_32),
    VPBROADCASTD(2, 1, 0, 0x58, ONE_32),
    VADDPS(1, 0, 0, 0x58, FULL_32),
    VSUBPS(1, 0, 0, 0x5c, FULL_32),
    VMULPS(1, 0, 0, 0x59, FULL_32),
    VDIVPS(1, 0, 0, 0x5e, FULL_32),
    VMAXPS(1, 0, 0, 0x5f, FULL_32),
    VMINPS(1, 0, 0, 0x5d, FULL_32),
    VFMADD231PS(2, 1, 0, 0xb8, FULL_32),
    VFMADD213PS(2, 1, 0, 0xa8, FULL_32),
    VFNMADD231PS(2, 1, 0, 0xbc, FULL_32),
    VANDPS(1, 0, 0, 0x54, FULL_32),
    VPADDD(1, 1, 0, 0xfe, FULL_32),
    VPSUBD(1, 1, 0, 0xfa, FULL_32),
    VPMULLD(2, 1, 0, 0x40, FULL_32),
    VPMAXSD(2, 1, 0, 0x3d, FULL_32),
    VPANDD(1, 1, 0, 0xdb, FULL_32),
    VPORD(1, 1, 0, 0xeb, FULL_32),
    VPXORD(1, 1, 0, 0xef, FULL_32),
    VPTERNLOGD(3, 1, 0, 0x25, FULL_32),
    VPADDB(1, 1, 0, 0xfc, WHOLE),
    VPSUBB(1, 1, 0, 0xf8, WHOLE),
    VPSHUFB(2, 1, 0, 0x00, WHOLE),
    VPSLLD(1, 1, 0, 0x72, FULL_32),
    VPSRLD(1, 1, 0, 0x72, FULL_32),
    VPSRAD(1, 1, 0, 0x72, FULL_32),
    VPDPBUSD(2, 1, 0, 0x50, FULL_32),
    VPDPWSSD(2, 1, 0, 0x52, FULL_32),
    VDPBF16PS(2, 2, 0, 0x52, FULL_32),
    VPMADDUBSW(2, 1, 0, 0x04, WHOLE),
    VPMADDWD(1, 1, 0, 0xf5, WHOLE),
    VPSIGNB(2, 1, 0, 0x08, WHOLE),
    VPABSB(2, 1, 0, 0x1c, WHOLE),
    VCVTDQ2PS(1, 0, 0, 0x5b, FULL_32),
    VCVTPS2DQ(1, 1, 0, 0x5b, FULL_32),
    VCVTPH2PS(2, 1, 0, 0x13, HALF),
    VCVTPS2PH(3, 1, 0, 0x1d, HALF),
    VPMOVZXBD(2, 1, 0, 0x31, QUARTER),
    VPMOVSXBD(2, 1, 0, 0x21, QUARTER),
    VPMOVZXWD(2, 1, 0, 0x33, HALF),
    VPMOVSXWD(2, 1, 0, 0x23, HALF),
    VPMOVSDB(2, 2, 0, 0x21, QUARTER),
    VPMOVDW(2, 2, 0, 0x33, HALF),
    VSHUFPS(1, 0, 0, 0xc6, FULL_32),
    VPSHUFD(1, 1, 0, 0x70, FULL_32),
    VPERMILPS(3, 1, 0, 0x04, FULL_32),
    VSHUFF32X4(3, 1, 0, 0x23, FULL_32),
    VSHUFF64X2(3, 1, 1, 0x23, FULL_64),
    VEXTRACTF64X4(3, 1, 1, 0x1b, Y256),
    VEXTRACTF32X4(3, 1, 0, 0x19, X128),
    VEXTRACTF128(3, 1, 0, 0x19, X128),
    VPERMD(2, 1, 0, 0x36, FULL_32),
    VPERMB(2, 1, 0, 0x8d, WHOLE),
    VPERMW(2, 1, 1, 0x8d, WHOLE),
    VPUNPCKLDQ(1, 1, 0, 0x62, FULL_32),
    VPUNPCKHDQ(1, 1, 0, 0x6a, FULL_32),
    VPUNPCKLQDQ(1, 1, 1, 0x6c, FULL_64),
    VPUNPCKHQDQ(1, 1, 1, 0x6d, FULL_64),
    VCMPPS(1, 0, 0, 0xc2, FULL_32),
    VPCMPD(3, 1, 0, 0x1f, FULL_32),
    VPCMPUD(3, 1, 0, 0x1e, FULL_32),
    VRNDSCALEPS(3, 1, 0, 0x08, FULL_32),
    VSCALEFPS(2, 1, 0, 0x2c, FULL_32),
    VPMOVZXBQ(2, 1, 0, 0x32, EIGHTH),
    VCVTNE2PS2BF16(2, 3, 0, 0x72, FULL_32),
    VPAND(1, 1, 0, 0xdb, WHOLE),
    VPANDN(1, 1, 0, 0xdf, WHOLE),
    VPOR(1, 1, 0, 0xeb, WHOLE),
    VPXOR(1, 1, 0, 0xef, WHOLE),
    VPADDW(1, 1, 0, 0xfd, WHOLE),
    VPCMPGTD(1, 1, 0, 0x66, WHOLE),
    VPACKSSWB(1, 1, 0, 0x63, WHOLE),
    VPACKSSDW(1, 1, 0, 0x6b, WHOLE);

    /** How many bytes of memory an instruction reads, which is also the unit of EVEX's short displacements. */
    enum Reads {
        /** The vector, or one element of 32 bits repeated. */
        FULL_32,
        /** The vector, or one element of 64 bits repeated. */
        FULL_64,
        WHOLE,
        HALF,
        QUARTER,
        EIGHTH,
        ONE_32,
        X128,
        Y256;

        int bytes(int vectorBits, boolean broadcast) {
            if (broadcast && this != FULL_32 && this != FULL_64) {
                throw new IllegalArgumentException("this instruction cannot repeat one element");
            }
            return switch (this) {
                case FULL_32 -> broadcast ? 4 : vectorBits / 8;
                case FULL_64 -> broadcast ? 8 : vectorBits / 8;
                case WHOLE -> vectorBits / 8;
                case HALF -> vectorBits / 16;
                case QUARTER -> vectorBits / 32;
                case EIGHTH -> vectorBits / 64;
                case ONE_32 -> 4;
                case X128 -> 16;
                case Y256 -> 32;
            };
        }
    }

    /** Which table of opcodes: 1 = 0F, 2 = 0F38, 3 = 0F3A. */
    final int map;

    /** The implied prefix: 0 = none, 1 = 66, 2 = F3, 3 = F2. */
    final int prefix;

    final int w;
    final int opcode;
    final Reads reads;

    VectorOp(int map, int prefix, int w, int opcode, Reads reads) {
        this.map = map;
        this.prefix = prefix;
        this.w = w;
        this.opcode = opcode;
        this.reads = reads;
    }
}
