package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.all;
import static io.jandaia.tensor.kernel.Lanes.load;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.RawMemory.get;
import static io.jandaia.tensor.kernel.RawMemory.set;

import jdk.incubator.vector.FloatVector;

/** Operations on single rows of numbers, by address. Tails compute one by one what the lanes compute together. */
final class VectorRows {

    private VectorRows() {}

    /** The sum of squares, in double precision. */
    static double squares(long x, int n) {
        return squares(x, 0, n);
    }

    /** The sum, in double precision: four sums, because one would wait for each addition. */
    static double sum(long x, int n) {
        double sum = 0;
        int i = 0;
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        for (; i + 4 <= n; i += 4) {
            long at = x + i * 4L;
            a += get(at);
            b += get(at + 4);
            c += get(at + 8);
            d += get(at + 12);
        }
        for (; i < n; i++) {
            sum += get(x + i * 4L);
        }
        return sum + ((a + c) + (b + d));
    }

    /** The sum of squared distances from {@code mean}, likewise. */
    static double squares(long x, double mean, int n) {
        double sum = 0;
        int i = 0;
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        for (; i + 4 <= n; i += 4) {
            long at = x + i * 4L;
            double p = get(at) - mean;
            double q = get(at + 4) - mean;
            double r = get(at + 8) - mean;
            double s = get(at + 12) - mean;
            a += p * p;
            b += q * q;
            c += r * r;
            d += s * s;
        }
        for (; i < n; i++) {
            double p = get(x + i * 4L) - mean;
            sum += p * p;
        }
        return sum + ((a + c) + (b + d));
    }

    /** {@code out = (x - mean) * factor * weight + bias}; bias 0 = none. */
    static void normalize(long x, float mean, float factor, long weight, long bias, int n, long out) {
        int i = 0;
        for (; i + Lanes.N <= n; i += Lanes.N) {
            long o = i * 4L;
            FloatVector y = load(x + o).sub(mean).mul(factor).mul(load(weight + o));
            store(bias == 0 ? y : y.add(load(bias + o)), out + o);
        }
        for (; i < n; i++) {
            long o = i * 4L;
            float y = (get(x + o) - mean) * factor * get(weight + o);
            set(out + o, bias == 0 ? y : y + get(bias + o));
        }
    }

    /** {@code dst += factor * src}. */
    static void addScaled(long dst, long src, float factor, int n) {
        int i = 0;
        for (; i + Lanes.N <= n; i += Lanes.N) {
            store(all(factor).fma(load(src + i * 4L), load(dst + i * 4L)), dst + i * 4L);
        }
        for (; i < n; i++) {
            set(dst + i * 4L, Math.fma(factor, get(src + i * 4L), get(dst + i * 4L)));
        }
    }

    /** {@code x *= factor}. */
    static void scale(long x, float factor, int n) {
        int i = 0;
        for (; i + Lanes.N <= n; i += Lanes.N) {
            store(load(x + i * 4L).mul(factor), x + i * 4L);
        }
        for (; i < n; i++) {
            set(x + i * 4L, get(x + i * 4L) * factor);
        }
    }

    /** {@code x = min(max(x, low), high) + plus}. */
    static void clamp(long x, float low, float high, float plus, int n) {
        int i = 0;
        for (; i + Lanes.N <= n; i += Lanes.N) {
            store(load(x + i * 4L).max(low).min(high).add(plus), x + i * 4L);
        }
        for (; i < n; i++) {
            set(x + i * 4L, Math.clamp(get(x + i * 4L), low, high) + plus);
        }
    }

    /** {@code out = x * factor * weight}. */
    static void scale(long x, float factor, long weight, int n, long out) {
        int i = 0;
        for (; i + Lanes.N <= n; i += Lanes.N) {
            long o = i * 4L;
            store(load(x + o).mul(factor).mul(load(weight + o)), out + o);
        }
        for (; i < n; i++) {
            long o = i * 4L;
            set(out + o, get(x + o) * factor * get(weight + o));
        }
    }

    static void add(long dst, long src, int n) {
        int i = 0;
        for (; i + Lanes.N <= n; i += Lanes.N) {
            long o = i * 4L;
            store(load(dst + o).add(load(src + o)), dst + o);
        }
        for (; i < n; i++) {
            long o = i * 4L;
            set(dst + o, get(dst + o) + get(src + o));
        }
    }

    /** Rotates the pairs {@code (i, i + half)}. */
    static void rotateHalves(long x, int half, long cos, long sin) {
        long y = x + half * 4L;
        int i = 0;
        for (; i + Lanes.N <= half; i += Lanes.N) {
            long o = i * 4L;
            FloatVector p = load(x + o);
            FloatVector q = load(y + o);
            FloatVector c = load(cos + o);
            FloatVector s = load(sin + o);
            store(p.mul(c).sub(q.mul(s)), x + o);
            store(q.mul(c).add(p.mul(s)), y + o);
        }
        for (; i < half; i++) {
            long o = i * 4L;
            rotate(x + o, y + o, get(cos + o), get(sin + o));
        }
    }

    /** Rotates the pairs {@code (2i, 2i + 1)}. */
    static void rotatePairs(long x, int half, long cos, long sin) {
        for (int i = 0; i < half; i++) {
            rotate(x + i * 8L, x + i * 8L + 4, get(cos + i * 4L), get(sin + i * 4L));
        }
    }

    private static void rotate(long a, long b, float cos, float sin) {
        float p = get(a);
        float q = get(b);
        set(a, p * cos - q * sin);
        set(b, q * cos + p * sin);
    }
}
