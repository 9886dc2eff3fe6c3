package io.jandaia.tensor.kernel.rows;

import static io.jandaia.tensor.kernel.asm.Gp.R8;
import static io.jandaia.tensor.kernel.asm.Gp.R9;
import static io.jandaia.tensor.kernel.asm.Gp.RAX;
import static io.jandaia.tensor.kernel.asm.Gp.RCX;
import static io.jandaia.tensor.kernel.asm.Gp.RDI;
import static io.jandaia.tensor.kernel.asm.Gp.RDX;
import static io.jandaia.tensor.kernel.asm.Gp.RSI;
import static io.jandaia.tensor.kernel.asm.Vec.zmm;
import static io.jandaia.tensor.kernel.asm.VectorOp.VADDPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VBROADCASTSS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VCMPPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VDIVPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VFMADD213PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VFMADD231PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMAXPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMINPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVAPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_LOAD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_STORE;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMULPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPXORD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VSCALEFPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VSUBPS;
import static io.jandaia.tensor.kernel.rows.FloatConstants.LOG2E;
import static io.jandaia.tensor.kernel.rows.FloatConstants.MAX;
import static io.jandaia.tensor.kernel.rows.FloatConstants.MIN;
import static io.jandaia.tensor.kernel.rows.FloatConstants.MINUS_LN2_HIGH;
import static io.jandaia.tensor.kernel.rows.FloatConstants.MINUS_LN2_LOW;
import static io.jandaia.tensor.kernel.rows.FloatConstants.MINUS_QUICK;
import static io.jandaia.tensor.kernel.rows.FloatConstants.MINUS_TANH_FACTOR;
import static io.jandaia.tensor.kernel.rows.FloatConstants.ONE;
import static io.jandaia.tensor.kernel.rows.FloatConstants.P0;
import static io.jandaia.tensor.kernel.rows.FloatConstants.P1;
import static io.jandaia.tensor.kernel.rows.FloatConstants.P2;
import static io.jandaia.tensor.kernel.rows.FloatConstants.P3;
import static io.jandaia.tensor.kernel.rows.FloatConstants.P4;
import static io.jandaia.tensor.kernel.rows.FloatConstants.P5;
import static io.jandaia.tensor.kernel.rows.FloatConstants.ROUND;
import static io.jandaia.tensor.kernel.rows.FloatConstants.SIGN;
import static io.jandaia.tensor.kernel.rows.FloatConstants.TANH_CUBE;

import io.jandaia.tensor.Activation;
import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Gp;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;
import io.jandaia.tensor.kernel.asm.Vec;
import java.util.List;

/**
 * Routines over rows: 16 numbers at a time, then those that are left under a mask, which touches no other memory. Each is called
 * with its rows in the first registers; how many vectors are whole comes in {@link #WHOLE}, the mask of the rest (0 = none) in
 * {@link #REST}.
 */
final class RowCode {

    /** Arguments of every routine: whole vectors, and the mask of what is left. */
    private static final Gp WHOLE = R8;

    private static final Gp REST = R9;

    private static final int MASK = 1;
    private static final int NOT_SMALL = 2;
    private static final int NOT_LESS = 5;

    private final Assembler a = new Assembler(Assembler.Encoding.EVEX);

    private RowCode() {}

    /** {@code RDI += RSI}. */
    static Assembler add() {
        return new RowCode().loop(List.of(RDI, RSI), (c, mask) -> {
            c.load(zmm(16), RDI, mask);
            c.load(zmm(17), RSI, mask);
            c.a.op(VADDPS, zmm(16), zmm(16), zmm(17));
            c.store(RDI, zmm(16), mask);
        });
    }

    /** {@code RDI += factor * RSI}; the factor's bits are in RCX. */
    static Assembler addScaled() {
        RowCode code = new RowCode();
        code.a.vpbroadcastd(zmm(18), RCX);
        return code.loop(List.of(RDI, RSI), (c, mask) -> {
            c.load(zmm(16), RDI, mask);
            c.load(zmm(17), RSI, mask);
            c.a.op(VFMADD231PS, zmm(16), zmm(17), zmm(18));
            c.store(RDI, zmm(16), mask);
        });
    }

    /** {@code RDI /= divisor}, whose bits are in RCX. */
    static Assembler divide() {
        RowCode code = new RowCode();
        code.a.vpbroadcastd(zmm(18), RCX);
        return code.loop(List.of(RDI), (c, mask) -> {
            c.load(zmm(16), RDI, mask);
            c.a.op(VDIVPS, zmm(16), zmm(16), zmm(18));
            c.store(RDI, zmm(16), mask);
        });
    }

    /** {@code RDI = RSI * factor * RDX}; the factor's bits are in RCX. */
    static Assembler scale() {
        RowCode code = new RowCode();
        code.a.vpbroadcastd(zmm(18), RCX);
        return code.loop(List.of(RDI, RSI, RDX), (c, mask) -> {
            c.load(zmm(16), RSI, mask);
            c.load(zmm(17), RDX, mask);
            c.a.op(VMULPS, zmm(16), zmm(16), zmm(18));
            c.a.op(VMULPS, zmm(16), zmm(16), zmm(17));
            c.store(RDI, zmm(16), mask);
        });
    }

    /** Rotates RDI and RSI by the angles whose cosines are at RDX and whose sines are at RCX. */
    static Assembler rotate() {
        return new RowCode().loop(List.of(RDI, RSI, RDX, RCX), (c, mask) -> {
            c.load(zmm(16), RDI, mask);
            c.load(zmm(17), RSI, mask);
            c.load(zmm(18), RDX, mask);
            c.load(zmm(19), RCX, mask);
            // Products are rounded before they are added, as everywhere.
            c.a.op(VMULPS, zmm(20), zmm(16), zmm(18));
            c.a.op(VMULPS, zmm(21), zmm(17), zmm(19));
            c.a.op(VMULPS, zmm(22), zmm(17), zmm(18));
            c.a.op(VMULPS, zmm(23), zmm(16), zmm(19));
            c.a.op(VSUBPS, zmm(20), zmm(20), zmm(21));
            c.a.op(VADDPS, zmm(22), zmm(22), zmm(23));
            c.store(RDI, zmm(20), mask);
            c.store(RSI, zmm(22), mask);
        });
    }

    /**
     * {@code RDI = f(RDI)}, times RSI if there is an {@code up}; the constants are at RAX, whose address is in RDX.
     *
     * @param f one of those that are {@code x / (exp(y) + 1)}
     */
    static Assembler activate(Activation f, boolean up) {
        RowCode code = new RowCode();
        code.a.mov(RAX, RDX);
        code.a.op(VBROADCASTSS, zmm(22), MAX.in(RAX));
        code.a.op(VBROADCASTSS, zmm(23), MIN.in(RAX));
        code.a.op(VBROADCASTSS, zmm(24), LOG2E.in(RAX));
        code.a.op(VBROADCASTSS, zmm(25), ROUND.in(RAX));
        code.a.op(VBROADCASTSS, zmm(26), P0.in(RAX));
        return code.loop(up ? List.of(RDI, RSI) : List.of(RDI), (c, mask) -> {
            c.load(zmm(16), RDI, mask);
            c.exponent(f);
            c.exp(zmm(18), zmm(17));
            c.a.op(VADDPS, zmm(18), zmm(18), ONE.in(RAX).all());
            c.a.op(VDIVPS, zmm(16), zmm(16), zmm(18));
            if (up) {
                c.load(zmm(17), RSI, mask);
                c.a.op(VMULPS, zmm(16), zmm(16), zmm(17));
            }
            c.store(RDI, zmm(16), mask);
        });
    }

    /** {@code zmm17 = y} of {@code x = zmm16}. */
    private void exponent(Activation f) {
        switch (f) {
            case SILU -> a.op(VPXORD, zmm(17), zmm(16), SIGN.in(RAX).all());
            case GELU_QUICK ->
                a.op(VMULPS, zmm(17), zmm(16), MINUS_QUICK.in(RAX).all());
            case GELU_TANH -> {
                a.op(VMULPS, zmm(17), zmm(16), TANH_CUBE.in(RAX).all());
                a.op(VMULPS, zmm(17), zmm(17), zmm(16));
                a.op(VMULPS, zmm(17), zmm(17), zmm(16));
                a.op(VADDPS, zmm(17), zmm(16), zmm(17));
                a.op(VMULPS, zmm(17), zmm(17), MINUS_TANH_FACTOR.in(RAX).all());
            }
            default -> throw new IllegalArgumentException("no machine code for " + f);
        }
    }

    /** {@link io.jandaia.tensor.kernel.Exp}, bit for bit: {@code p = exp(x)}; x is overwritten. */
    private void exp(Vec p, Vec x) {
        Vec n = zmm(19);
        Vec r = zmm(20);
        Vec square = zmm(21);
        a.compare(VCMPPS, NOT_SMALL, x, MIN.in(RAX).all(), NOT_LESS);
        // Of a number and a NaN these instructions give the second: x.
        a.op(VMOVAPS, r, x);
        a.op(VMINPS, r, zmm(22), r);
        a.op(VMAXPS, r, zmm(23), r);
        a.op(VMOVAPS, n, r);
        a.op(VFMADD213PS, n, zmm(24), zmm(25));
        a.op(VSUBPS, n, n, zmm(25));
        a.op(VFMADD231PS, r, n, MINUS_LN2_HIGH.in(RAX).all());
        a.op(VFMADD231PS, r, n, MINUS_LN2_LOW.in(RAX).all());
        a.op(VMOVAPS, p, zmm(26));
        a.op(VFMADD213PS, p, r, P1.in(RAX).all());
        a.op(VMULPS, square, r, r);
        a.op(VFMADD213PS, p, r, P2.in(RAX).all());
        a.op(VFMADD213PS, p, r, P3.in(RAX).all());
        a.op(VFMADD213PS, p, r, P4.in(RAX).all());
        a.op(VFMADD213PS, p, r, P5.in(RAX).all());
        a.op(VFMADD213PS, p, square, r);
        a.op(VADDPS, p, p, ONE.in(RAX).all());
        a.masked(VSCALEFPS, p, NOT_SMALL, true, p, n);
    }

    /** What is done with 16 numbers; mask 0 = with all of them. */
    @FunctionalInterface
    private interface Body {
        void write(RowCode code, int mask);
    }

    private Assembler loop(List<Gp> rows, Body body) {
        Label next = new Label();
        Label rest = new Label();
        Label end = new Label();
        a.kmovd(MASK, REST);
        a.cmp(WHOLE, 0);
        a.jump(Condition.EQUAL, rest);
        a.align(32);
        a.place(next);
        body.write(this, 0);
        for (Gp row : rows) {
            a.add(row, 64);
        }
        a.sub(WHOLE, 1);
        a.jump(Condition.NOT_EQUAL, next);
        a.place(rest);
        a.cmp(REST, 0);
        a.jump(Condition.EQUAL, end);
        body.write(this, MASK);
        a.place(end);
        a.vzeroupper();
        a.ret();
        return a;
    }

    private void load(Vec into, Gp row, int mask) {
        if (mask == 0) {
            a.op(VMOVUPS_LOAD, into, Mem.at(row));
        } else {
            a.masked(VMOVUPS_LOAD, into, mask, true, Mem.at(row));
        }
    }

    private void store(Gp row, Vec from, int mask) {
        if (mask == 0) {
            a.store(VMOVUPS_STORE, Mem.at(row), from);
        } else {
            a.storeMasked(VMOVUPS_STORE, Mem.at(row), mask, from);
        }
    }
}
