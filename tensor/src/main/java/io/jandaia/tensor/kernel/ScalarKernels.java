package io.jandaia.tensor.kernel;

import io.jandaia.tensor.Activation;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The kernels that define what is right: plain loops, sums in float64. They run on every platform and are slow.
 *
 * <p>Keys of a head in a page are {@code [PAGE, keyDim]} with scales {@code [PAGE, blocks]}, values {@code [PAGE, valueDim]}
 * likewise.
 */
public final class ScalarKernels implements Kernels {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public PackedMatrix pack(StoredTensor weight, Numerics numerics) {
        return RowMajorMatrix.of(weight, numerics);
    }

    /** One row of float32, which also has room for the codes of a row. */
    @Override
    public long scratchBytes(PackedMatrix w) {
        return (long) w.cols() * Float.BYTES;
    }

    @Override
    public long quantizedBytes(PackedMatrix w, int tokens) {
        return w.numerics() == Numerics.FAST ? tokens * QuantizedActivations.tokenBytes(w.cols()) : 0;
    }

    @Override
    public void quantize(PackedMatrix w, Matrix x, int tokenFrom, int tokenTo, MemorySegment dst) {
        Check.tokens(w, x, tokenFrom, tokenTo);
        for (int t = tokenFrom; t < tokenTo; t++) {
            QuantizedActivations.quantize(x, t, dst);
        }
    }

    @Override
    public void gemm(
            PackedMatrix w,
            Matrix x,
            MemorySegment quantized,
            int rowFrom,
            int rowTo,
            Matrix out,
            int outColumn,
            MemorySegment scratch) {
        RowMajorMatrix matrix = Check.rowMajor(w, name());
        Check.gemm(w, x, rowFrom, rowTo, out, outColumn);
        for (int row = rowFrom; row < rowTo; row++) {
            if (w.numerics() == Numerics.FAST) {
                fastRow(matrix, row, x.rows(), quantized, out, outColumn, scratch);
            } else {
                exactRow(matrix, row, x, out, outColumn, scratch);
            }
        }
    }

    private static void exactRow(
            RowMajorMatrix w, int row, Matrix x, Matrix out, int outColumn, MemorySegment scratch) {
        w.decodeRow(row, scratch, 0);
        for (int t = 0; t < x.rows(); t++) {
            out.set(t, outColumn + row, (float) dot(scratch, 0, x.data(), x.offset(t), w.cols()));
        }
    }

    private static void fastRow(
            RowMajorMatrix w,
            int row,
            int tokens,
            MemorySegment quantized,
            Matrix out,
            int outColumn,
            MemorySegment scratch) {
        int blocks = w.cols() / Codes.BLOCK;
        int blockBytes = w.type().blockBytes();
        long at = row * w.rowBytes();
        for (int b = 0; b < blocks; b++) {
            Codes.unpack(w.type(), w.data(), at + (long) b * blockBytes, scratch, (long) b * Codes.BLOCK);
        }
        for (int t = 0; t < tokens; t++) {
            long token = t * QuantizedActivations.tokenBytes(w.cols());
            long scales = token + QuantizedActivations.scalesAt(w.cols());
            long sums = token + QuantizedActivations.sumsAt(w.cols());
            double sum = 0;
            for (int b = 0; b < blocks; b++) {
                long block = at + (long) b * blockBytes;
                int codes = 0;
                for (long k = (long) b * Codes.BLOCK; k < (b + 1L) * Codes.BLOCK; k++) {
                    codes += scratch.get(BYTE, k) * quantized.get(BYTE, token + k);
                }
                double product = (double) Codes.scale(w.data(), block) * codes
                        + (double) Codes.offset(w.type(), w.data(), block) * quantized.get(INT, sums + b * 4L);
                sum += product * quantized.get(FLOAT, scales + b * 4L);
            }
            out.set(t, outColumn + row, (float) sum);
        }
    }

    /** Four sums, because one would wait for each addition. */
    private static double dot(MemorySegment a, long aAt, MemorySegment b, long bAt, int n) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int k = 0;
        for (; k + 4 <= n; k += 4) {
            long i = aAt + k * 4L;
            long j = bAt + k * 4L;
            s0 += (double) a.get(FLOAT, i) * b.get(FLOAT, j);
            s1 += (double) a.get(FLOAT, i + 4) * b.get(FLOAT, j + 4);
            s2 += (double) a.get(FLOAT, i + 8) * b.get(FLOAT, j + 8);
            s3 += (double) a.get(FLOAT, i + 12) * b.get(FLOAT, j + 12);
        }
        for (; k < n; k++) {
            s0 += (double) a.get(FLOAT, aAt + k * 4L) * b.get(FLOAT, bAt + k * 4L);
        }
        return s0 + s1 + (s2 + s3);
    }

    @Override
    public void rmsNorm(
            MemorySegment x, long xAt, MemorySegment weight, float eps, int n, MemorySegment out, long outAt) {
        float inverse = (float) (1 / Math.sqrt(dot(x, xAt, x, xAt, n) / n + eps));
        for (int i = 0; i < n; i++) {
            long o = i * 4L;
            out.set(FLOAT, outAt + o, x.get(FLOAT, xAt + o) * inverse * weight.get(FLOAT, o));
        }
    }

    @Override
    public void add(MemorySegment dst, long dstAt, MemorySegment src, long srcAt, int n) {
        for (int i = 0; i < n; i++) {
            long o = i * 4L;
            dst.set(FLOAT, dstAt + o, dst.get(FLOAT, dstAt + o) + src.get(FLOAT, srcAt + o));
        }
    }

    @Override
    public void layerNorm(
            MemorySegment x,
            long xAt,
            MemorySegment weight,
            MemorySegment bias,
            float eps,
            int n,
            MemorySegment out,
            long outAt) {
        double mean = 0;
        for (int i = 0; i < n; i++) {
            mean += x.get(FLOAT, xAt + i * 4L);
        }
        mean /= n;
        double variance = 0;
        for (int i = 0; i < n; i++) {
            double d = x.get(FLOAT, xAt + i * 4L) - mean;
            variance += d * d;
        }
        double inverse = 1 / Math.sqrt(variance / n + eps);
        for (int i = 0; i < n; i++) {
            long o = i * 4L;
            double normed = (x.get(FLOAT, xAt + o) - mean) * inverse * weight.get(FLOAT, o);
            out.set(FLOAT, outAt + o, (float) (bias.byteSize() == 0 ? normed : normed + bias.get(FLOAT, o)));
        }
    }

    @Override
    public void addScaled(MemorySegment dst, long dstAt, MemorySegment src, long srcAt, float factor, int n) {
        for (int i = 0; i < n; i++) {
            long o = i * 4L;
            dst.set(FLOAT, dstAt + o, Math.fma(factor, src.get(FLOAT, srcAt + o), dst.get(FLOAT, dstAt + o)));
        }
    }

    @Override
    public void scale(MemorySegment x, long xAt, float factor, int n) {
        for (int i = 0; i < n; i++) {
            x.set(FLOAT, xAt + i * 4L, x.get(FLOAT, xAt + i * 4L) * factor);
        }
    }

    @Override
    public void clamp(MemorySegment x, long xAt, float low, float high, float plus, int n) {
        for (int i = 0; i < n; i++) {
            x.set(FLOAT, xAt + i * 4L, Math.clamp(x.get(FLOAT, xAt + i * 4L), low, high) + plus);
        }
    }

    @Override
    public void softCap(MemorySegment x, long xAt, float cap, int n) {
        for (int i = 0; i < n; i++) {
            x.set(FLOAT, xAt + i * 4L, Scoring.capped(x.get(FLOAT, xAt + i * 4L), cap));
        }
    }

    @Override
    public void activate(Activation f, MemorySegment x, long xAt, int n) {
        for (int i = 0; i < n; i++) {
            x.set(FLOAT, xAt + i * 4L, ScalarActivation.apply(f, x.get(FLOAT, xAt + i * 4L)));
        }
    }

    @Override
    public void gate(Activation f, MemorySegment gate, long gateAt, MemorySegment up, long upAt, int n) {
        for (int i = 0; i < n; i++) {
            long o = i * 4L;
            gate.set(
                    FLOAT,
                    gateAt + o,
                    ScalarActivation.apply(f, gate.get(FLOAT, gateAt + o)) * up.get(FLOAT, upAt + o));
        }
    }

    @Override
    public void rope(MemorySegment x, long xAt, int rotary, boolean interleaved, MemorySegment cosSin, long cosSinAt) {
        int half = rotary / 2;
        for (int i = 0; i < half; i++) {
            long a = xAt + (interleaved ? 2 * i : i) * 4L;
            long b = interleaved ? a + 4 : a + half * 4L;
            float cos = cosSin.get(FLOAT, cosSinAt + i * 4L);
            float sin = cosSin.get(FLOAT, cosSinAt + (half + i) * 4L);
            float p = x.get(FLOAT, a);
            float q = x.get(FLOAT, b);
            x.set(FLOAT, a, p * cos - q * sin);
            x.set(FLOAT, b, q * cos + p * sin);
        }
    }

    @Override
    public void storeKv(
            KvShape shape,
            MemorySegment key,
            long keyAt,
            MemorySegment value,
            long valueAt,
            MemorySegment page,
            long pageAt,
            int slot) {
        Check.slot(slot);
        Check.room(page, pageAt, shape.pageBytes(), "A page");
        for (int head = 0; head < shape.kvHeads(); head++) {
            write(shape, shape.keyDim(), key, keyAt, head, page, pageAt + shape.keysAt(head), slot);
            write(shape, shape.valueDim(), value, valueAt, head, page, pageAt + shape.valuesAt(head), slot);
        }
    }

    private static void write(
            KvShape shape, int dim, MemorySegment from, long fromAt, int head, MemorySegment page, long at, int slot) {
        KvNumbers.write(
                shape.type(),
                from,
                fromAt + (long) head * dim * 4,
                dim,
                page,
                at + (long) slot * dim * shape.type().bytes(),
                1,
                at + shape.scalesAt(dim) + (long) slot * shape.type().scales(dim) * 4,
                1);
    }

    /** The numbers of a head in slots {@code [from, to)} of a page, {@code [to - from, dim]}. */
    private static float[] read(KvShape shape, int dim, MemorySegment page, long at, int from, int to) {
        float[] out = new float[(to - from) * dim];
        for (int i = 0; i < out.length; i++) {
            int n = from * dim + i;
            long block = (long) n / dim * shape.type().scales(dim) + n % dim / KvType.BLOCK;
            out[i] = switch (shape.type()) {
                case F32 -> page.get(FLOAT, at + n * 4L);
                case F16 -> Float.float16ToFloat(page.get(SHORT, at + n * 2L));
                case BF16 -> Float.intBitsToFloat(page.get(SHORT, at + n * 2L) << 16);
                case Q8 -> page.get(BYTE, at + n) * page.get(FLOAT, at + shape.scalesAt(dim) + block * 4);
            };
        }
        return out;
    }

    @Override
    public long attendScratchBytes(KvShape shape, int queries) {
        return 0;
    }

    @Override
    public void attend(
            KvShape shape,
            int kvHead,
            MemorySegment[] pages,
            long pageAt,
            QueryRows rows,
            Scoring scoring,
            MemorySegment partial,
            long partialAt,
            MemorySegment scratch) {
        Check.rows(shape, kvHead, pages, rows);
        long stride = shape.partialBytes();
        for (int row = 0; row < rows.rows(); row++) {
            for (int head = 0; head < rows.heads(); head++) {
                long at = partialAt + ((long) row * rows.heads() + head) * stride;
                partial.asSlice(at, stride).fill((byte) 0);
                partial.set(FLOAT, at, Float.NEGATIVE_INFINITY);
            }
            for (int p = rows.from()[row]; p < rows.to()[row]; ) {
                int first = p / KvShape.PAGE * KvShape.PAGE;
                int end = Math.min(rows.to()[row], first + KvShape.PAGE);
                MemorySegment page = pages[p / KvShape.PAGE];
                long keysAt = pageAt + shape.keysAt(kvHead);
                long valuesAt = pageAt + shape.valuesAt(kvHead);
                float[] keys = read(shape, shape.keyDim(), page, keysAt, p - first, end - first);
                float[] values = read(shape, shape.valueDim(), page, valuesAt, p - first, end - first);
                for (int head = 0; head < rows.heads(); head++) {
                    float[] scores = scores(shape, keys, rows, row, head, scoring, p);
                    add(scores, values, partial, partialAt + ((long) row * rows.heads() + head) * stride);
                }
                p = end;
            }
        }
    }

    /** The scores of one query head for the keys {@code [n, keyDim]} of the positions from {@code position} on. */
    private static float[] scores(
            KvShape shape, float[] keys, QueryRows rows, int row, int head, Scoring scoring, int position) {
        long keyBytes = shape.keyDim() * 4L;
        long query = rows.at() + row * rows.stride() + head * keyBytes;
        MemorySegment all = MemorySegment.ofArray(keys);
        float[] scores = new float[keys.length / shape.keyDim()];
        for (int i = 0; i < scores.length; i++) {
            float score = (float) dot(all, i * keyBytes, rows.q(), query, shape.keyDim()) * scoring.scale();
            scores[i] = scoring.cap() > 0 ? Scoring.capped(score, scoring.cap()) : score;
            if (rows.biased()) {
                long bias = rows.biasAt()[row] + head * rows.biasStride() + (position - rows.from()[row]) * 4L;
                scores[i] += rows.bias().get(FLOAT, bias + i * 4L);
            }
        }
        return scores;
    }

    /** Adds the positions of one page to the partial result of one query head. */
    private static void add(float[] scores, float[] values, MemorySegment partial, long at) {
        float max = partial.get(FLOAT, at);
        float newMax = max;
        for (float score : scores) {
            newMax = Math.max(newMax, score);
        }
        float keep = Exp.exp(max - newMax);
        float sum = partial.get(FLOAT, at + 4) * keep;
        for (int i = 0; i < scores.length; i++) {
            scores[i] = Exp.exp(scores[i] - newMax);
            sum += scores[i];
        }
        partial.set(FLOAT, at, newMax);
        partial.set(FLOAT, at + 4, sum);
        int dim = values.length / scores.length;
        for (int d = 0; d < dim; d++) {
            long to = at + KvShape.PARTIAL_VALUES_AT + d * 4L;
            double weighted = partial.get(FLOAT, to) * keep;
            for (int i = 0; i < scores.length; i++) {
                weighted += (double) scores[i] * values[i * dim + d];
            }
            partial.set(FLOAT, to, (float) weighted);
        }
    }

    @Override
    public void mergeAttention(
            MemorySegment partial,
            long partialAt,
            long stride,
            int spans,
            float sink,
            int valueDim,
            MemorySegment out,
            long outAt) {
        float max = sink;
        for (int s = 0; s < spans; s++) {
            max = Math.max(max, partial.get(FLOAT, partialAt + s * stride));
        }
        float sum = Exp.exp(sink - max);
        for (int s = 0; s < spans; s++) {
            long at = partialAt + s * stride;
            sum += partial.get(FLOAT, at + 4) * Exp.exp(partial.get(FLOAT, at) - max);
        }
        for (int i = 0; i < valueDim; i++) {
            float weighted = 0;
            for (int s = 0; s < spans; s++) {
                long at = partialAt + s * stride;
                weighted += partial.get(FLOAT, at + KvShape.PARTIAL_VALUES_AT + i * 4L)
                        * Exp.exp(partial.get(FLOAT, at) - max);
            }
            out.set(FLOAT, outAt + i * 4L, weighted / sum);
        }
    }
}
