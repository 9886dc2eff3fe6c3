package io.jandaia.tensor.kernel.paged;

import static io.jandaia.tensor.kernel.asm.Gp.R10;
import static io.jandaia.tensor.kernel.asm.Gp.R11;
import static io.jandaia.tensor.kernel.asm.Gp.R8;
import static io.jandaia.tensor.kernel.asm.Gp.R9;
import static io.jandaia.tensor.kernel.asm.Gp.RAX;
import static io.jandaia.tensor.kernel.asm.Gp.RBX;
import static io.jandaia.tensor.kernel.asm.Gp.RCX;
import static io.jandaia.tensor.kernel.asm.Gp.RDI;
import static io.jandaia.tensor.kernel.asm.Gp.RDX;
import static io.jandaia.tensor.kernel.asm.Gp.RSI;
import static io.jandaia.tensor.kernel.asm.Vec.xmm;
import static io.jandaia.tensor.kernel.asm.Vec.ymm;
import static io.jandaia.tensor.kernel.asm.Vec.zmm;
import static io.jandaia.tensor.kernel.asm.VectorOp.VADDPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VBROADCASTSS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VCMPPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VCVTNE2PS2BF16;
import static io.jandaia.tensor.kernel.asm.VectorOp.VDPBF16PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VEXTRACTF32X4;
import static io.jandaia.tensor.kernel.asm.VectorOp.VEXTRACTF64X4;
import static io.jandaia.tensor.kernel.asm.VectorOp.VFMADD213PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VFMADD231PS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMAXPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVAPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVSS_STORE;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_LOAD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMOVUPS_STORE;
import static io.jandaia.tensor.kernel.asm.VectorOp.VMULPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPSHUFD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPSLLD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPSRLD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VPXORD;
import static io.jandaia.tensor.kernel.asm.VectorOp.VSCALEFPS;
import static io.jandaia.tensor.kernel.asm.VectorOp.VSUBPS;

import io.jandaia.tensor.kernel.KvShape;
import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.Condition;
import io.jandaia.tensor.kernel.asm.Label;
import io.jandaia.tensor.kernel.asm.Mem;
import io.jandaia.tensor.kernel.asm.Vec;
import io.jandaia.tensor.kernel.asm.VectorOp;
import io.jandaia.tensor.kernel.rows.FloatConstants;
import org.jspecify.annotations.Nullable;

/**
 * Attention of blocks of up to 8 queries over the positions of one page that all of them see, with AVX-512. A page's 32
 * scores of a query are two vectors. A query's sum is kept by lanes, and its maximum is compared before it is reduced: it
 * seldom grows. A query's numbers take the same operations whatever the block's width.
 *
 * <p>In pairs of BF16 the loops are the same, with half the steps: two dimensions of a key, two positions of values. Scores, maxima,
 * sums of weights and weighted values are float32 in both formats.
 */
final class TileCode {

    /** Of one query between pages: the sums of 16 lanes, and the maximum. */
    static final int STATE_BYTES = 128;

    static final int MAXIMUM_AT = 64;

    /** Queries of a whole block. */
    static final int QUERIES = 8;

    static final int WEIGHTS_AT = 64;

    /** What weighted values are multiplied with, a number a query; then a block's weights, {@code [queries][PAGE]}. */
    static final int ROOM_BYTES = WEIGHTS_AT + QUERIES * KvShape.PAGE * 4;

    private static final int NOT_LESS = 5;
    private static final int GREATER = 14;

    private static final Vec LOG2E = zmm(16);
    private static final Vec ROUND = zmm(17);
    private static final Vec MINUS_LN2_HIGH = zmm(18);
    private static final Vec MINUS_LN2_LOW = zmm(19);
    private static final Vec P0 = zmm(20);
    private static final Vec ONE = zmm(21);
    private static final Vec P2 = zmm(22);
    private static final Vec P3 = zmm(23);

    private final Assembler a = new Assembler(Assembler.Encoding.EVEX);
    private final TileFormat format;
    private final int queries;
    private final int valueDim;
    private final int partialBytes;

    /** Adds products of two vectors, or of twice as many numbers in pairs, to sums. */
    private final VectorOp multiply;

    private TileCode(TileFormat format, int queries) {
        this.format = format;
        this.queries = queries;
        valueDim = format.shape().valueDim();
        partialBytes = Math.toIntExact(format.shape().partialBytes());
        multiply = format.pairs() ? VDPBF16PS : VFMADD231PS;
    }

    /** @param format of a shape whose values are whole vectors */
    static Assembler of(TileFormat format, int queries) {
        return new TileCode(format, queries).write();
    }

    private Assembler write() {
        a.push(RBX);
        a.mov(RBX, TileArguments.CONSTANTS.in(RDI));
        a.mov(RSI, TileArguments.QUERIES.in(RDI));
        a.mov(R9, TileArguments.STATE.in(RDI));
        a.mov(R10, TileArguments.BLOCKS.in(RDI));
        a.mov(R11, TileArguments.RESULTS.in(RDI));
        a.mov(RAX, TileArguments.HIDDEN_LOW.in(RDI));
        a.kmovd(1, RAX);
        a.mov(RAX, TileArguments.HIDDEN_HIGH.in(RDI));
        a.kmovd(2, RAX);
        Label next = new Label();
        a.align(64);
        a.place(next);
        products();
        scores();
        weights();
        for (int i = 0; i < valueDim / 16; i += 2) {
            values(i, Math.min(2, valueDim / 16 - i));
        }
        a.add(RSI, queries * format.queryBytes());
        a.add(R9, queries * STATE_BYTES);
        a.add(R11, queries * partialBytes);
        a.sub(R10, 1);
        a.jump(Condition.NOT_EQUAL, next);
        a.vzeroupper();
        a.pop(RBX);
        a.ret();
        return a;
    }

    /** Half 0 or 1 of a query's numbers. */
    private static Vec half(int query, int half) {
        return zmm(2 * query + half);
    }

    private void products() {
        for (int q = 0; q < queries; q++) {
            a.op(VPXORD, half(q, 0), half(q, 0), half(q, 0));
            a.op(VPXORD, half(q, 1), half(q, 1), half(q, 1));
        }
        a.mov(RCX, TileArguments.KEYS.in(RDI));
        a.mov(RAX, RSI);
        a.mov(R8, format.keySteps());
        Label next = new Label();
        a.align(32);
        a.place(next);
        a.op(VMOVUPS_LOAD, zmm(16), Mem.at(RCX));
        a.op(VMOVUPS_LOAD, zmm(17), Mem.at(RCX, 64));
        for (int q = 0; q < queries; q++) {
            Vec number = zmm(18 + q);
            a.op(VBROADCASTSS, number, Mem.at(RAX, (long) q * format.queryBytes()));
            a.op(multiply, half(q, 0), zmm(16), number);
            a.op(multiply, half(q, 1), zmm(17), number);
        }
        a.add(RCX, KvShape.PAGE * 4);
        a.add(RAX, 4);
        a.sub(R8, 1);
        a.jump(Condition.NOT_EQUAL, next);
    }

    /** Scales, hides what is not seen, and raises maxima where a score is above them. */
    private void scores() {
        a.op(VBROADCASTSS, zmm(24), TileArguments.SCALE.in(RDI));
        for (int q = 0; q < queries; q++) {
            a.op(VMULPS, half(q, 0), half(q, 0), zmm(24));
            a.op(VMULPS, half(q, 1), half(q, 1), zmm(24));
        }
        Label allSeen = new Label();
        a.mov(RAX, TileArguments.HIDDEN.in(RDI));
        a.cmp(RAX, 0);
        a.jump(Condition.EQUAL, allSeen);
        a.op(VBROADCASTSS, zmm(24), FloatConstants.MINUS_INFINITY.in(RBX));
        for (int q = 0; q < queries; q++) {
            a.masked(VMOVAPS, half(q, 0), 1, false, zmm(24));
            a.masked(VMOVAPS, half(q, 1), 2, false, zmm(24));
        }
        a.place(allSeen);
        for (int q = 0; q < queries; q++) {
            a.op(VMAXPS, zmm(16 + q), half(q, 0), half(q, 1));
            a.compare(VCMPPS, q == 0 ? 3 : 4 + q % 4, zmm(16 + q), maximum(q).all(), GREATER);
            if (q > 0) {
                a.korw(3, 3, 4 + q % 4);
            }
        }
        a.mov(RAX, TileArguments.ROOM.in(RDI));
        a.op(VBROADCASTSS, zmm(24), FloatConstants.ONE.in(RBX));
        a.store(VMOVUPS_STORE, Mem.at(RAX), zmm(24));
        Label noneGrows = new Label();
        a.kortestw(3, 3);
        a.jump(Condition.EQUAL, noneGrows);
        for (int q = 0; q < queries; q++) {
            raise(q);
        }
        a.place(noneGrows);
    }

    private static Mem maximum(int query) {
        return Mem.at(R9, (long) query * STATE_BYTES + MAXIMUM_AT);
    }

    private static Mem sums(int query) {
        return Mem.at(R9, (long) query * STATE_BYTES);
    }

    private static Mem keep(int query) {
        return Mem.at(RAX, query * 4L);
    }

    /** The new maximum; the sums so far become what they are beside it. */
    private void raise(int q) {
        int t = 16 + q;
        a.op(VBROADCASTSS, zmm(24), maximum(q));
        a.narrow(VEXTRACTF64X4, ymm(25), zmm(t), 1);
        a.op(VMAXPS, ymm(t), ymm(t), ymm(25));
        a.narrow(VEXTRACTF32X4, xmm(25), ymm(t), 1);
        a.op(VMAXPS, xmm(t), xmm(t), xmm(25));
        a.op(VPSHUFD, xmm(25), xmm(t), 0x4e);
        a.op(VMAXPS, xmm(t), xmm(t), xmm(25));
        a.op(VPSHUFD, xmm(25), xmm(t), 0xb1);
        a.op(VMAXPS, xmm(t), xmm(t), xmm(25));
        a.op(VMAXPS, xmm(t), xmm(t), xmm(24)); // the old one where the new one is not a number
        a.store(VMOVSS_STORE, maximum(q), xmm(t));
        a.op(VBROADCASTSS, zmm(25), xmm(t));
        a.op(VSUBPS, zmm(24), zmm(24), zmm(25));
        a.op(VBROADCASTSS, zmm(26), FloatConstants.LOG2E.in(RBX));
        a.op(VBROADCASTSS, zmm(27), FloatConstants.ROUND.in(RBX));
        a.op(VBROADCASTSS, zmm(28), FloatConstants.P0.in(RBX));
        a.compare(VCMPPS, 3, zmm(24), FloatConstants.MIN.in(RBX).all(), NOT_LESS);
        a.op(VMOVAPS, zmm(29), zmm(24));
        a.op(VFMADD213PS, zmm(29), zmm(26), zmm(27));
        a.op(VSUBPS, zmm(29), zmm(29), zmm(27));
        a.op(
                VFMADD231PS,
                zmm(24),
                zmm(29),
                FloatConstants.MINUS_LN2_HIGH.in(RBX).all());
        a.op(VFMADD231PS, zmm(24), zmm(29), FloatConstants.MINUS_LN2_LOW.in(RBX).all());
        polynomial(zmm(24), zmm(29), zmm(28), zmm(30), null, null, 3);
        a.op(VMULPS, zmm(24), zmm(28), sums(q));
        a.store(VMOVUPS_STORE, sums(q), zmm(24));
        a.store(VMOVSS_STORE, keep(q), xmm(28));
    }

    /**
     * The second half of {@link io.jandaia.tensor.kernel.Exp}: {@code p = 2^n e^r}, 0 outside the mask. P holds the first
     * coefficient; {@code square} is overwritten.
     */
    private void polynomial(Vec r, Vec n, Vec p, Vec square, @Nullable Vec p2, @Nullable Vec p3, int mask) {
        a.op(VFMADD213PS, p, r, FloatConstants.P1.in(RBX).all());
        a.op(VMULPS, square, r, r);
        a.op(VFMADD213PS, p, r, p2 == null ? FloatConstants.P2.in(RBX).all() : p2);
        a.op(VFMADD213PS, p, r, p3 == null ? FloatConstants.P3.in(RBX).all() : p3);
        a.op(VFMADD213PS, p, r, FloatConstants.P4.in(RBX).all());
        a.op(VFMADD213PS, p, r, FloatConstants.P5.in(RBX).all());
        a.op(VFMADD213PS, p, square, r);
        a.op(VADDPS, p, p, FloatConstants.ONE.in(RBX).all());
        a.masked(VSCALEFPS, p, mask, true, p, n);
    }

    /** Turns scores into {@code exp(score - maximum)}. */
    private void weights() {
        a.op(VBROADCASTSS, LOG2E, FloatConstants.LOG2E.in(RBX));
        a.op(VBROADCASTSS, ROUND, FloatConstants.ROUND.in(RBX));
        a.op(VBROADCASTSS, MINUS_LN2_HIGH, FloatConstants.MINUS_LN2_HIGH.in(RBX));
        a.op(VBROADCASTSS, MINUS_LN2_LOW, FloatConstants.MINUS_LN2_LOW.in(RBX));
        a.op(VBROADCASTSS, P0, FloatConstants.P0.in(RBX));
        a.op(VBROADCASTSS, ONE, FloatConstants.ONE.in(RBX));
        a.op(VBROADCASTSS, P2, FloatConstants.P2.in(RBX));
        a.op(VBROADCASTSS, P3, FloatConstants.P3.in(RBX));
        for (int q = 0; q < queries; q++) {
            Vec[] n = {zmm(24), zmm(25)};
            Vec[] p = {zmm(26), zmm(27)};
            Vec[] square = {zmm(28), zmm(29)};
            int mask = 3 + 2 * (q % 2);
            for (int h = 0; h < 2; h++) {
                Vec x = half(q, h);
                a.op(VSUBPS, x, x, maximum(q).all());
                a.compare(VCMPPS, mask + h, x, FloatConstants.MIN.in(RBX).all(), NOT_LESS);
                a.op(VMOVAPS, n[h], x);
                a.op(VFMADD213PS, n[h], LOG2E, ROUND);
                a.op(VSUBPS, n[h], n[h], ROUND);
                a.op(VFMADD231PS, x, n[h], MINUS_LN2_HIGH);
                a.op(VFMADD231PS, x, n[h], MINUS_LN2_LOW);
                a.op(VMOVAPS, p[h], P0);
                polynomial(x, n[h], p[h], square[h], P2, P3, mask + h);
                if (!format.pairs()) {
                    a.store(VMOVUPS_STORE, weights(q, h * 64L), p[h]);
                }
            }
            if (format.pairs()) {
                a.op(VCVTNE2PS2BF16, n[0], p[1], p[0]);
                a.store(VMOVUPS_STORE, weights(q, 0), n[0]);
            }
            a.op(VADDPS, p[0], p[0], p[1]);
            a.op(VADDPS, p[0], p[0], sums(q));
            a.store(VMOVUPS_STORE, sums(q), p[0]);
        }
    }

    private Mem weights(int query, long at) {
        return Mem.at(RAX, WEIGHTS_AT + (long) query * format.weightBytes() + at);
    }

    /** Adds the weighted values of vectors {@code [first, first + vectors)}. */
    private void values(int first, int vectors) {
        a.mov(RAX, TileArguments.ROOM.in(RDI));
        for (int q = 0; q < queries; q++) {
            a.op(VBROADCASTSS, zmm(24), keep(q));
            for (int i = 0; i < vectors; i++) {
                a.op(VMULPS, half(q, i), zmm(24), result(q, first + i));
            }
        }
        a.mov(RAX, TileArguments.WEIGHT.in(RDI));
        a.mov(RDX, TileArguments.VALUES.in(RDI));
        a.mov(R8, TileArguments.POSITIONS.in(RDI));
        Label end = new Label();
        if (format.pairs()) {
            onePosition(first, vectors, TileArguments.HEAD, VPSRLD, VPSLLD);
            a.cmp(R8, 0);
            a.jump(Condition.EQUAL, end);
        }
        Label next = new Label();
        a.align(32);
        a.place(next);
        load(first, vectors);
        addWeighted(vectors);
        a.sub(R8, 1);
        a.jump(Condition.NOT_EQUAL, next);
        a.place(end);
        if (format.pairs()) {
            onePosition(first, vectors, TileArguments.TAIL, VPSLLD, VPSRLD);
        }
        for (int q = 0; q < queries; q++) {
            for (int i = 0; i < vectors; i++) {
                a.store(VMOVUPS_STORE, result(q, first + i), half(q, i));
            }
        }
    }

    /** A pair with one position that is seen; the other's values, which may be anything, are shifted out of their bits. */
    private void onePosition(int first, int vectors, TileArguments asked, VectorOp out, VectorOp back) {
        Label none = new Label();
        a.mov(RCX, asked.in(RDI));
        a.cmp(RCX, 0);
        a.jump(Condition.EQUAL, none);
        load(first, vectors);
        for (int i = 0; i < vectors; i++) {
            a.shift(out, zmm(16 + i), zmm(16 + i), 16);
            a.shift(back, zmm(16 + i), zmm(16 + i), 16);
        }
        addWeighted(vectors);
        a.place(none);
    }

    private void load(int first, int vectors) {
        for (int i = 0; i < vectors; i++) {
            a.op(VMOVUPS_LOAD, zmm(16 + i), Mem.at(RDX, 64L * (first + i)));
        }
    }

    /** Adds what has been loaded, weighted, and goes on to the next position or pair. */
    private void addWeighted(int vectors) {
        for (int q = 0; q < queries; q++) {
            a.op(VBROADCASTSS, zmm(18 + q), Mem.at(RAX, (long) q * format.weightBytes()));
            for (int i = 0; i < vectors; i++) {
                a.op(multiply, half(q, i), zmm(16 + i), zmm(18 + q));
            }
        }
        a.add(RDX, valueDim * 4);
        a.add(RAX, 4);
    }

    private Mem result(int query, int vector) {
        return Mem.at(R11, (long) query * partialBytes + vector * 64L);
    }
}
