package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.all;
import static io.jandaia.tensor.kernel.Lanes.load;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.Lanes.zero;
import static io.jandaia.tensor.kernel.RawMemory.get;
import static io.jandaia.tensor.kernel.RawMemory.set;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Attention over one page of one head. Keys lie transposed, {@code [keyDim, PAGE]}, so that a lane is a position and a score
 * needs no sum across lanes; values are {@code [PAGE, valueDim]}, where a lane is a number of the result.
 */
final class VectorAttention {

    private static final int PAGE = KvShape.PAGE;
    /** The weights of a page, then room for their sum. */
    static final int BUFFER = PAGE + 16;

    private VectorAttention() {}

    /**
     * Adds slots {@code [from, to)} of a page to the partial result of one query head.
     *
     * @param keys address of {@code [keyDim, PAGE]}
     * @param values address of {@code [PAGE, valueDim]}
     * @param bias address of what is added to the scores of the slots from {@code from} on; 0 = nothing
     * @param partial address of the partial result
     * @param buffer {@link #BUFFER} floats, overwritten
     */
    static void page(
            KvShape shape,
            long keys,
            long values,
            int from,
            int to,
            long q,
            Scoring scoring,
            long bias,
            long partial,
            float[] buffer) {
        for (int slot = 0; slot < PAGE; slot += 2 * Lanes.N) {
            scores(keys + slot * 4L, q, shape.keyDim(), scoring.scale(), buffer, slot);
        }
        if (scoring.cap() > 0) {
            for (int slot = 0; slot < PAGE; slot += Lanes.N) {
                store(VectorActivation.capped(load(buffer, slot), scoring.cap()), buffer, slot);
            }
        }
        if (bias != 0) {
            for (int slot = from; slot < to; slot++) {
                buffer[slot] += get(bias + (slot - from) * 4L);
            }
        }
        for (int slot = 0; slot < from; slot++) {
            buffer[slot] = Float.NEGATIVE_INFINITY;
        }
        for (int slot = to; slot < PAGE; slot++) {
            buffer[slot] = Float.NEGATIVE_INFINITY;
        }
        float max = get(partial);
        float newMax = Math.max(max, max(buffer));
        float keep = Exp.exp(max - newMax);
        float sum = weights(buffer, newMax);
        set(partial, newMax);
        set(partial + 4, Math.fma(get(partial + 4), keep, sum));
        long weighted = partial + KvShape.PARTIAL_VALUES_AT;
        int i = 0;
        for (; i + 4 * Lanes.N <= shape.valueDim(); i += 4 * Lanes.N) {
            values4(values + i * 4L, shape.valueDim() * 4L, buffer, from, to, keep, weighted + i * 4L);
        }
        for (; i + Lanes.N <= shape.valueDim(); i += Lanes.N) {
            values1(values + i * 4L, shape.valueDim() * 4L, buffer, from, to, keep, weighted + i * 4L);
        }
        for (; i < shape.valueDim(); i++) {
            float value = get(weighted + i * 4L) * keep;
            for (int slot = from; slot < to; slot++) {
                value = Math.fma(buffer[slot], get(values + ((long) slot * shape.valueDim() + i) * 4), value);
            }
            set(weighted + i * 4L, value);
        }
    }

    /** Scores of two vectors of positions; even and odd numbers of the key are summed apart to shorten the chain. */
    private static void scores(long keys, long q, int keyDim, float scale, float[] buffer, int slot) {
        FloatVector a0 = zero();
        FloatVector a1 = zero();
        FloatVector b0 = zero();
        FloatVector b1 = zero();
        for (int d = keyDim; d > 1; d -= 2) {
            FloatVector even = all(get(q));
            a0 = even.fma(load(keys), a0);
            a1 = even.fma(load(keys + Lanes.BYTES), a1);
            FloatVector odd = all(get(q + 4));
            b0 = odd.fma(load(keys + PAGE * 4), b0);
            b1 = odd.fma(load(keys + PAGE * 4 + Lanes.BYTES), b1);
            q += 8;
            keys += PAGE * 8;
        }
        if ((keyDim & 1) != 0) {
            FloatVector even = all(get(q));
            a0 = even.fma(load(keys), a0);
            a1 = even.fma(load(keys + Lanes.BYTES), a1);
        }
        a0.add(b0).mul(scale).intoArray(buffer, slot);
        a1.add(b1).mul(scale).intoArray(buffer, slot + Lanes.N);
    }

    private static float max(float[] buffer) {
        FloatVector max = FloatVector.fromArray(Lanes.F, buffer, 0);
        for (int i = Lanes.N; i < PAGE; i += Lanes.N) {
            max = max.max(FloatVector.fromArray(Lanes.F, buffer, i));
        }
        return max.reduceLanes(VectorOperators.MAX); // a maximum has no order
    }

    /** Turns scores into {@code exp(score - max)} and returns their sum, added by halves. */
    private static float weights(float[] buffer, float max) {
        for (int i = 0; i < PAGE / 2; i += Lanes.N) {
            FloatVector a =
                    VectorExp.exp(FloatVector.fromArray(Lanes.F, buffer, i).sub(max));
            FloatVector b = VectorExp.exp(
                    FloatVector.fromArray(Lanes.F, buffer, i + PAGE / 2).sub(max));
            a.intoArray(buffer, i);
            b.intoArray(buffer, i + PAGE / 2);
            a.add(b).intoArray(buffer, i + PAGE);
        }
        for (int width = 8; width > 0; width /= 2) {
            for (int i = PAGE; i < PAGE + width; i++) {
                buffer[i] += buffer[i + width];
            }
        }
        return buffer[PAGE];
    }

    private static void values4(long values, long stride, float[] weights, int from, int to, float keep, long out) {
        FloatVector a = load(out).mul(keep);
        FloatVector b = load(out + Lanes.BYTES).mul(keep);
        FloatVector c = load(out + 2 * Lanes.BYTES).mul(keep);
        FloatVector d = load(out + 3 * Lanes.BYTES).mul(keep);
        long at = values + from * stride;
        for (int slot = from; slot < to; slot++) {
            FloatVector weight = all(weights[slot]);
            a = weight.fma(load(at), a);
            b = weight.fma(load(at + Lanes.BYTES), b);
            c = weight.fma(load(at + 2 * Lanes.BYTES), c);
            d = weight.fma(load(at + 3 * Lanes.BYTES), d);
            at += stride;
        }
        store(a, out);
        store(b, out + Lanes.BYTES);
        store(c, out + 2 * Lanes.BYTES);
        store(d, out + 3 * Lanes.BYTES);
    }

    private static void values1(long values, long stride, float[] weights, int from, int to, float keep, long out) {
        FloatVector a = load(out).mul(keep);
        long at = values + from * stride;
        for (int slot = from; slot < to; slot++) {
            a = all(weights[slot]).fma(load(at), a);
            at += stride;
        }
        store(a, out);
    }

    /** {@code out /= divisor}, n numbers. */
    static void divide(long out, float divisor, int n) {
        int i = 0;
        for (; i + Lanes.N <= n; i += Lanes.N) {
            store(load(out + i * 4L).div(divisor), out + i * 4L);
        }
        for (; i < n; i++) {
            set(out + i * 4L, get(out + i * 4L) / divisor);
        }
    }
}
