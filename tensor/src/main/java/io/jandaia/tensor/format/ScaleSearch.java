package io.jandaia.tensor.format;

import java.util.Arrays;

/**
 * Finds the scale, and the minimum, with which a few numbers are stored best as small whole numbers: the searches of
 * ggml's reference quantiser, in its order of operations, so that the same numbers give the same bytes. An error counts by
 * a weight; where the caller has none it is the square of the number, because large weights matter more.
 */
final class ScaleSearch {

    /** Blocks with nothing larger are zero. */
    static final float ZERO = 1e-15f;

    /** The codes that were found, at the places of their numbers. */
    final int[] codes;

    /** What {@link #withMinimum} subtracts, not negative. */
    float minimum;

    private final int[] trial;

    ScaleSearch(int numbers, int group) {
        codes = new int[numbers];
        trial = new int[group];
    }

    /** To the nearest, ties to even. */
    static int nearest(float v) {
        return (int) Math.rint(v);
    }

    /** The number of {@code x[from .. from + n)} that is farthest from zero, with its sign. */
    static float extreme(float[] x, int from, int n) {
        float extreme = 0;
        for (int i = from; i < from + n; i++) {
            if (Math.abs(x[i]) > Math.abs(extreme)) {
                extreme = x[i];
            }
        }
        return extreme;
    }

    /**
     * {@code x = scale * code} with codes of {@code -most} to {@code most - 1}: tries 19 scales around the one that makes
     * the number farthest from zero {@code -most}, and leaves {@code code + most} in {@link #codes}.
     */
    float symmetric(float[] x, int from, int n, int most) {
        float extreme = extreme(x, from, n);
        if (Math.abs(extreme) < ZERO) {
            Arrays.fill(codes, from, from + n, 0);
            return 0;
        }
        float scale = 0;
        float best = 0;
        for (int attempt = 0; attempt < 19; attempt++) {
            int step = attempt == 0 ? 0 : attempt <= 9 ? attempt - 10 : attempt - 9; // 0, -9 .. -1, 1 .. 9
            float inverse = attempt == 0 ? -most / extreme : -(most + 0.1f * step) / extreme;
            float product = 0;
            float square = 0;
            for (int i = from; i < from + n; i++) {
                int code = Math.clamp(nearest(inverse * x[i]), -most, most - 1);
                float w = x[i] * x[i];
                product += w * x[i] * code;
                square += w * code * code;
            }
            if (attempt == 0 || (square > 0 && product * product > best * square)) {
                for (int i = from; i < from + n; i++) {
                    codes[i] = Math.clamp(nearest(inverse * x[i]), -most, most - 1) + most;
                }
                scale = square == 0 ? 0 : product / square;
                best = scale * product;
            }
        }
        return scale;
    }

    /**
     * {@code x = scale * code} as {@link #symmetric}, for very few codes: starts with the scale of the number farthest
     * from zero and moves single codes while that makes the error smaller.
     */
    float refined(float[] x, int from, int n, int most) {
        float extreme = extreme(x, from, n);
        if (Math.abs(extreme) < ZERO) {
            Arrays.fill(codes, from, from + n, 0);
            return 0;
        }
        float inverse = -most / extreme;
        float product = 0;
        float square = 0;
        for (int i = from; i < from + n; i++) {
            int code = Math.clamp(nearest(inverse * x[i]), -most, most - 1);
            codes[i] = code;
            float w = x[i] * x[i];
            product += w * x[i] * code;
            square += w * code * code;
        }
        for (int round = 0; round < 5; round++) {
            boolean changed = false;
            for (int i = from; i < from + n; i++) {
                int code = codes[i];
                float w = x[i] * x[i];
                float otherProduct = product - w * x[i] * code;
                if (!(otherProduct > 0)) {
                    continue;
                }
                float otherSquare = square - w * code * code;
                int moved = Math.clamp(nearest(x[i] * otherSquare / otherProduct), -most, most - 1);
                if (moved == code) {
                    continue;
                }
                otherProduct += w * x[i] * moved;
                otherSquare += w * moved * moved;
                if (otherSquare > 0 && otherProduct * otherProduct * square > product * product * otherSquare) {
                    codes[i] = moved;
                    product = otherProduct;
                    square = otherSquare;
                    changed = true;
                }
            }
            if (!changed) {
                break;
            }
        }
        for (int i = from; i < from + n; i++) {
            codes[i] += most;
        }
        return product / square;
    }

    /**
     * {@code x = scale * code - minimum} with codes of 0 to {@code most}: for each of {@code steps + 1} trial scales
     * {@code (max - min) / (most + first + step * 0.1)} the codes, then the line through them by weighted least squares;
     * a minimum that is better is what the next trials start from.
     *
     * @param weights of {@code x[from + i]} at i
     * @param absolute whether the error of a number is its distance, not its square
     */
    float withMinimum(float[] x, int from, int n, int most, float[] weights, float first, int steps, boolean absolute) {
        float min = x[from];
        float max = x[from];
        float sumW = weights[0];
        float sumX = sumW * x[from];
        for (int i = 1; i < n; i++) {
            float v = x[from + i];
            min = v < min ? v : min;
            max = v > max ? v : max;
            sumW += weights[i];
            sumX += weights[i] * v;
        }
        min = min > 0 ? 0 : min;
        if (max == min) {
            Arrays.fill(codes, from, from + n, 0);
            minimum = -min;
            return 0;
        }
        float inverse = most / (max - min);
        float scale = 1 / inverse;
        for (int i = 0; i < n; i++) {
            codes[from + i] = Math.clamp(nearest(inverse * (x[from + i] - min)), 0, most);
        }
        float least = error(x, from, n, weights, codes, from, scale, min, absolute);
        for (int step = 0; step <= steps; step++) {
            inverse = (first + 0.1f * step + most) / (max - min);
            float sumL = 0;
            float sumLL = 0;
            float sumXL = 0;
            for (int i = 0; i < n; i++) {
                int code = Math.clamp(nearest(inverse * (x[from + i] - min)), 0, most);
                trial[i] = code;
                float w = weights[i];
                sumL += w * code;
                sumLL += w * code * code;
                sumXL += w * code * x[from + i];
            }
            float determinant = sumW * sumLL - sumL * sumL;
            if (!(determinant > 0)) {
                continue;
            }
            float trialScale = (sumW * sumXL - sumX * sumL) / determinant;
            float trialMin = (sumLL * sumX - sumL * sumXL) / determinant;
            if (trialMin > 0) {
                trialMin = 0;
                trialScale = sumXL / sumLL;
            }
            float error = error(x, from, n, weights, trial, 0, trialScale, trialMin, absolute);
            if (error < least) {
                System.arraycopy(trial, 0, codes, from, n);
                least = error;
                scale = trialScale;
                min = trialMin;
            }
        }
        minimum = -min;
        return scale;
    }

    private static float error(
            float[] x,
            int from,
            int n,
            float[] weights,
            int[] codes,
            int codesFrom,
            float scale,
            float min,
            boolean absolute) {
        float error = 0;
        for (int i = 0; i < n; i++) {
            float diff = scale * codes[codesFrom + i] + min - x[from + i];
            error += weights[i] * (absolute ? Math.abs(diff) : diff * diff);
        }
        return error;
    }
}
