package io.jandaia.tensor.kernel.asm;

import io.jandaia.tensor.kernel.asm.Assembler.Encoding;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Every instruction the assembler knows, with registers and addresses drawn from a seed, beside its text in Intel's syntax. */
final class Instructions {

    record One(@Nullable VectorOp op, byte[] bytes, String text) {}

    private static final List<Gp> REGISTERS = List.of(Gp.values());

    private final List<One> list = new ArrayList<>();
    private final Random random = new Random(20_261_126);

    private Instructions() {}

    static List<One> all() {
        Instructions i = new Instructions();
        for (VectorOp op : VectorOp.values()) {
            i.vector(op);
        }
        i.general();
        i.tiles();
        return i.list;
    }

    private void add(@Nullable VectorOp op, Encoding encoding, String text, Consumer<Assembler> write) {
        Assembler a = new Assembler(encoding);
        write.accept(a);
        list.add(new One(op, a.code(), text));
    }

    private static String text(Vec v) {
        return (v.bits() == 512 ? "zmm" : v.bits() == 256 ? "ymm" : "xmm") + v.number();
    }

    private static String text(Gp g) {
        return g.name().toLowerCase(Locale.ROOT);
    }

    private static String text(Mem m) {
        String index = m.index() == null ? "" : "+" + text(m.index()) + "*" + m.scale();
        int d = m.displacement();
        boolean shown = d != 0 || (m.base() == Gp.RBP || m.base() == Gp.R13);
        String displacement = !shown ? "" : d < 0 ? "-0x" + Integer.toHexString(-d) : "+0x" + Integer.toHexString(d);
        return "[" + text(m.base()) + index + displacement + "]";
    }

    private Gp gp() {
        return REGISTERS.get(random.nextInt(16));
    }

    private Gp index() {
        Gp g = gp();
        return g == Gp.RSP ? Gp.RAX : g;
    }

    private Mem mem(int unit) {
        int[] displacements = {0, unit, -unit, 127 * unit, 128 * unit, -128 * unit, -129 * unit, 4, 100_000, unit + 1};
        Mem m = Mem.at(gp(), displacements[random.nextInt(displacements.length)]);
        return random.nextBoolean() ? m : m.index(index(), 1 << random.nextInt(4));
    }

    private static boolean evexOnly(VectorOp op) {
        return switch (op) {
            case VPTERNLOGD,
                    VPDPWSSD,
                    VDPBF16PS,
                    VCVTNE2PS2BF16,
                    VPERMW,
                    VPMOVSDB,
                    VPMOVDW,
                    VSHUFF32X4,
                    VSHUFF64X2,
                    VEXTRACTF64X4,
                    VPERMB,
                    VEXTRACTF32X4,
                    VPCMPD,
                    VPCMPUD,
                    VRNDSCALEPS,
                    VSCALEFPS,
                    VPANDD,
                    VPORD,
                    VPXORD,
                    VCMPPS,
                    VPERMD -> true;
            default -> false;
        };
    }

    private static boolean vexOnly(VectorOp op) {
        return switch (op) {
            case VPSIGNB, VEXTRACTF128, VPAND, VPANDN, VPOR, VPXOR, VPCMPGTD -> true;
            default -> false;
        };
    }

    private void vector(VectorOp op) {
        if (!vexOnly(op)) {
            for (int n = 0; n < 6; n++) {
                vector(op, Encoding.EVEX, 512, 32);
            }
        }
        if (!evexOnly(op)) {
            for (int n = 0; n < 4; n++) {
                vector(op, Encoding.VEX, op == VectorOp.VMOVD_LOAD || op == VectorOp.VMOVSS_STORE ? 128 : 256, 16);
            }
        }
    }

    private void vector(VectorOp op, Encoding encoding, int bits, int registers) {
        String name = op.name().toLowerCase(Locale.ROOT).replaceAll("_(load|store)$", "");
        if (op == VectorOp.VMOVD_LOAD || op == VectorOp.VMOVSS_STORE) {
            bits = 128;
        }
        Vec d = new Vec(random.nextInt(registers), bits);
        Vec s = new Vec(random.nextInt(registers), bits);
        Vec t = new Vec(random.nextInt(registers), bits);
        int i = 1 + random.nextInt(7);
        Mem m = mem(encoding == Encoding.EVEX ? op.reads.bytes(bits, false) : 1);
        boolean memory = random.nextBoolean();
        Operand rm = memory ? m : t;
        String r = memory ? text(m) : text(t);
        switch (op) {
            case VMOVUPS_LOAD, VMOVD_LOAD ->
                add(op, encoding, name + " " + text(d) + "," + text(m), a -> a.op(op, d, m));
            case VBROADCASTSS, VPBROADCASTD ->
                add(op, encoding, name + " " + text(d) + "," + text(m), a -> a.op(op, d, m));
            case VMOVUPS_STORE, VMOVSS_STORE ->
                add(op, encoding, name + " " + text(m) + "," + text(d), a -> a.store(op, m, d));
            case VMOVAPS, VCVTDQ2PS, VCVTPS2DQ, VPABSB ->
                add(op, encoding, name + " " + text(d) + "," + r, a -> a.op(op, d, rm));
            case VCVTPH2PS, VPMOVZXBD, VPMOVSXBD, VPMOVZXWD, VPMOVSXWD, VPMOVZXBQ -> {
                Vec narrow = t.as(
                        bits / (op == VectorOp.VPMOVZXBQ ? 8 : op.reads == VectorOp.Reads.HALF ? 2 : 4) < 128
                                ? 128
                                : bits / (op.reads == VectorOp.Reads.HALF ? 2 : 4));
                Operand from = memory ? m : narrow;
                add(
                        op,
                        encoding,
                        name + " " + text(d) + "," + (memory ? text(m) : text(narrow)),
                        a -> a.op(op, d, from));
            }
            case VPMOVSDB, VPMOVDW -> add(op, encoding, name + " " + text(m) + "," + text(d), a -> a.narrow(op, m, d));
            case VCVTPS2PH, VEXTRACTF64X4, VEXTRACTF32X4, VEXTRACTF128 -> {
                int small = op == VectorOp.VEXTRACTF32X4 || op == VectorOp.VEXTRACTF128 ? 128 : bits / 2;
                Operand to = memory ? m : t.as(small);
                add(
                        op,
                        encoding,
                        name + " " + (memory ? text(m) : text(t.as(small))) + "," + text(d) + ",0x" + i,
                        a -> a.narrow(op, to, d, i));
            }
            case VPSLLD, VPSRLD, VPSRAD -> {
                Operand from = encoding == Encoding.VEX ? t : rm;
                add(
                        op,
                        encoding,
                        name + " " + text(d) + "," + (encoding == Encoding.VEX ? text(t) : r) + ",0x" + i,
                        a -> a.shift(op, d, from, i));
            }
            case VPSHUFD, VPERMILPS, VRNDSCALEPS ->
                add(op, encoding, name + " " + text(d) + "," + r + ",0x" + i, a -> a.op(op, d, rm, i));
            case VPTERNLOGD, VSHUFPS, VSHUFF32X4, VSHUFF64X2 ->
                add(
                        op,
                        encoding,
                        name + " " + text(d) + "," + text(s) + "," + r + ",0x" + i,
                        a -> a.op(op, d, s, rm, i));
            case VCMPPS, VPCMPD, VPCMPUD -> {
                String[] names = op == VectorOp.VCMPPS
                        ? new String[] {"eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord"}
                        : new String[] {"eq", "lt", "le", "", "neq", "nlt", "nle", ""};
                int c = i % 8 == 3 || i % 8 == 7 ? 1 : i % 8;
                String full =
                        "v" + (op == VectorOp.VCMPPS ? "cmp" : "pcmp") + names[c] + name.replaceAll("^vp?cmp", "");
                add(op, encoding, full + " k2," + text(s) + "," + r, a -> a.compare(op, 2, s, rm, c));
            }
            default -> {
                boolean all = memory && encoding == Encoding.EVEX && op.reads == VectorOp.Reads.FULL_32 && i > 3;
                Mem repeated = mem(4).all();
                Operand second = all ? repeated : rm;
                String text = all ? text(repeated) : r;
                if (encoding == Encoding.EVEX && op.reads == VectorOp.Reads.FULL_32 && i > 5) {
                    boolean zero = i == 7;
                    add(
                            op,
                            encoding,
                            name + " " + text(d) + "{k3}" + (zero ? "{z}" : "") + "," + text(s) + "," + text,
                            a -> a.masked(op, d, 3, zero, s, second));
                } else {
                    add(op, encoding, name + " " + text(d) + "," + text(s) + "," + text, a -> a.op(op, d, s, second));
                }
            }
        }
    }

    private void general() {
        for (int n = 0; n < 12; n++) {
            Gp d = gp();
            Gp s = gp();
            Mem m = mem(1);
            int[] values = {1, -1, 127, 128, -128, -129, 100_000};
            int v = values[random.nextInt(values.length)];
            String hex = v < 0 ? "0x" + Long.toHexString(v) : "0x" + Integer.toHexString(v);
            add(null, Encoding.VEX, "mov " + text(d) + "," + text(m), a -> a.mov(d, m));
            add(null, Encoding.VEX, "mov " + text(m) + "," + text(d), a -> a.mov(m, d));
            add(null, Encoding.VEX, "mov " + text(d) + "," + text(s), a -> a.mov(d, s));
            add(null, Encoding.VEX, "mov " + text(d) + "," + hex, a -> a.mov(d, v));
            add(null, Encoding.VEX, "lea " + text(d) + "," + text(m), a -> a.lea(d, m));
            add(null, Encoding.VEX, "add " + text(d) + "," + text(s), a -> a.add(d, s));
            add(null, Encoding.VEX, "add " + text(d) + "," + text(m), a -> a.add(d, m));
            add(null, Encoding.VEX, "sub " + text(d) + "," + text(s), a -> a.sub(d, s));
            add(null, Encoding.VEX, "cmp " + text(d) + "," + text(s), a -> a.cmp(d, s));
            add(null, Encoding.VEX, "imul " + text(d) + "," + text(s), a -> a.imul(d, s));
            add(null, Encoding.VEX, "add " + text(d) + "," + hex, a -> a.add(d, v));
            add(null, Encoding.VEX, "sub " + text(d) + "," + hex, a -> a.sub(d, v));
            add(null, Encoding.VEX, "cmp " + text(d) + "," + hex, a -> a.cmp(d, v));
            add(null, Encoding.VEX, "push " + text(d), a -> a.push(d));
            add(null, Encoding.VEX, "pop " + text(d), a -> a.pop(d));
            add(null, Encoding.VEX, "prefetcht0 " + text(m), a -> a.prefetcht0(m));
            Vec z = Vec.zmm(random.nextInt(32));
            Vec x = Vec.xmm(random.nextInt(16));
            String low = d.high() != 0 ? text(d) + "d" : "e" + text(d).substring(1);
            add(null, Encoding.EVEX, "vpbroadcastd " + text(z) + "," + low, a -> a.vpbroadcastd(z, d));
            add(null, Encoding.VEX, "vmovd " + text(x) + "," + low, a -> a.vmovd(x, d));
            add(null, Encoding.EVEX, "kmovd k5," + low, a -> a.kmovd(5, d));
            add(null, Encoding.EVEX, "kmovq k4," + text(m), a -> a.kmovq(4, m));
        }
        for (int n = 0; n < 4; n++) {
            Vec y = Vec.ymm(random.nextInt(16));
            Vec x = Vec.xmm(random.nextInt(16));
            add(null, Encoding.VEX, "vpbroadcastd " + text(y) + "," + text(x), a -> a.op(VectorOp.VPBROADCASTD, y, x));
        }
        add(null, Encoding.VEX, "ret", Assembler::ret);
        add(null, Encoding.VEX, "cpuid", Assembler::cpuid);
        add(null, Encoding.VEX, "xgetbv", Assembler::xgetbv);
        add(null, Encoding.VEX, "vzeroupper", Assembler::vzeroupper);
        add(null, Encoding.EVEX, "korw k3,k5,k6", a -> a.korw(3, 5, 6));
        add(null, Encoding.EVEX, "kortestw k3,k4", a -> a.kortestw(3, 4));
    }

    private void tiles() {
        for (int n = 0; n < 8; n++) {
            int d = random.nextInt(8);
            int s = (d + 1 + random.nextInt(6)) % 8;
            int t = (d + 7) % 8 == s ? (d + 1) % 8 : (d + 7) % 8;
            Mem m = Mem.at(gp(), 1024 * n - 2048).index(index(), 1);
            add(null, Encoding.EVEX, "ldtilecfg " + text(m), a -> a.ldtilecfg(m));
            add(null, Encoding.EVEX, "tileloadd tmm" + d + "," + text(m), a -> a.tileloadd(d, m));
            add(null, Encoding.EVEX, "tilestored " + text(m) + ",tmm" + d, a -> a.tilestored(m, d));
            add(null, Encoding.EVEX, "tilezero tmm" + d, a -> a.tilezero(d));
            add(null, Encoding.EVEX, "tdpbssd tmm" + d + ",tmm" + s + ",tmm" + t, a -> a.tdpbssd(d, s, t));
            add(null, Encoding.EVEX, "tdpbf16ps tmm" + d + ",tmm" + s + ",tmm" + t, a -> a.tdpbf16ps(d, s, t));
        }
        add(null, Encoding.EVEX, "tilerelease", Assembler::tilerelease);
    }
}
