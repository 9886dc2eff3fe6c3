package io.jandaia.tensor.kernel;

import io.jandaia.tensor.Activation;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import java.lang.foreign.MemorySegment;

/**
 * The seam between what is computed and how. Callers split the work over threads; a kernel does its share alone, keeps
 * no state and allocates nothing.
 *
 * <p>The bitwise contract: for one kernel set, each number of a result depends on its own inputs only, summed in an order
 * fixed by the length of the sum. It is the same for one token or many, for any range of rows, in the interpreter and
 * compiled. (So: no {@code reduceLanes} on floats, no library {@code exp}.)
 *
 * <p>All offsets are in bytes. All memory is float32 unless said otherwise; segments may be heap or native.
 */
public interface Kernels extends WeightPacking {

    /** {@code scalar}, {@code vector-512} ...: what {@code doctor} prints. */
    String name();

    /** What models are computed with when nobody asks: FAST where it is faster. */
    default Numerics usual() {
        return Numerics.EXACT;
    }

    /** {@link #pack(StoredTensor, Numerics)}, where what takes long to pack comes from a store that has it. */
    default PackedMatrix pack(StoredTensor weight, Numerics numerics, PackStore store) {
        return pack(weight, numerics);
    }

    /** Bytes per worker that {@link #gemm} needs as scratch for this matrix. */
    long scratchBytes(PackedMatrix w);

    /** Rows that products with so many tokens take at once: parts of a weight that are multiples of it lose no time. */
    default int tileRows(PackedMatrix w, int tokens) {
        return 32;
    }

    /** Bytes of {@code tokens} rows of activations as {@link #quantize} leaves them for {@code w}; 0 when products read them as they are. */
    long quantizedBytes(PackedMatrix w, int tokens);

    /** Whether what {@link #quantize} makes for one weight serves another of as many columns. */
    default boolean quantizedAlike(PackedMatrix w, PackedMatrix other) {
        return w.type() == other.type() && w.numerics() == other.numerics() && w.cols() == other.cols();
    }

    /**
     * Quantises rows {@code [tokenFrom, tokenTo)} of {@code x [tokens, cols]} into {@code dst}, or with EXACT numerics only
     * puts them in the order in which products read them; nothing where {@link #quantizedBytes} is 0.
     */
    void quantize(PackedMatrix w, Matrix x, int tokenFrom, int tokenTo, MemorySegment dst);

    /**
     * {@code out[t][r] = sum over k of w[r][k] * x[t][k]} for every token of {@code x} and rows {@code [rowFrom, rowTo)}.
     *
     * @param x activations {@code [tokens, w.cols()]}
     * @param quantized what {@link #quantize} made of all of {@code x}; ignored when {@link #quantizedBytes} is 0
     * @param out {@code [tokens, >= w.rows()]}; columns {@code outColumn + r} are written
     * @param scratch at least {@link #scratchBytes} bytes of this worker's own
     */
    void gemm(
            PackedMatrix w,
            Matrix x,
            MemorySegment quantized,
            int rowFrom,
            int rowTo,
            Matrix out,
            int outColumn,
            MemorySegment scratch);

    /**
     * Root mean square norm (Zhang and Sennrich 2019): {@code out = x / sqrt(mean(x^2) + eps) * weight}.
     *
     * @param n numbers in the row and in {@code weight}
     */
    void rmsNorm(MemorySegment x, long xAt, MemorySegment weight, float eps, int n, MemorySegment out, long outAt);

    /**
     * Layer norm (Ba et al. 2016): {@code out = (x - mean) / sqrt(variance + eps) * weight + bias}.
     *
     * @param n numbers in the row, in {@code weight} and in {@code bias}
     * @param bias may be {@link MemorySegment#NULL}: none
     */
    void layerNorm(
            MemorySegment x,
            long xAt,
            MemorySegment weight,
            MemorySegment bias,
            float eps,
            int n,
            MemorySegment out,
            long outAt);

    /** {@code dst += src}, n numbers. */
    void add(MemorySegment dst, long dstAt, MemorySegment src, long srcAt, int n);

    /** {@code dst += factor * src}, each number by one fused operation; n numbers. */
    void addScaled(MemorySegment dst, long dstAt, MemorySegment src, long srcAt, float factor, int n);

    /** {@code x *= factor}, n numbers. */
    void scale(MemorySegment x, long xAt, float factor, int n);

    /** {@code x = min(max(x, low), high) + plus}, n numbers. */
    void clamp(MemorySegment x, long xAt, float low, float high, float plus, int n);

    /** {@code x = cap * tanh(x / cap)}, n numbers, with {@link Exp}. */
    void softCap(MemorySegment x, long xAt, float cap, int n);

    /** {@code x = f(x)}, n numbers. */
    void activate(Activation f, MemorySegment x, long xAt, int n);

    /** {@code gate = f(gate) * up}, n numbers. */
    void gate(Activation f, MemorySegment gate, long gateAt, MemorySegment up, long upAt, int n);

    /**
     * Rotates one head in place (Su et al. 2021). Pairs are {@code (i, i + rotary / 2)}, or {@code (2i, 2i + 1)} when
     * interleaved; numbers from {@code rotary} on stay as they are.
     *
     * @param cosSin {@code rotary / 2} cosines, then as many sines
     */
    void rope(MemorySegment x, long xAt, int rotary, boolean interleaved, MemorySegment cosSin, long cosSinAt);

    /**
     * Writes the key and value of one position, all heads, into slot {@code position % PAGE} of a page. A fresh page must
     * be zero.
     *
     * @param key {@code [kvHeads, keyDim]}
     * @param value {@code [kvHeads, valueDim]}
     * @param pageAt where this layer's share of the page begins
     */
    void storeKv(
            KvShape shape,
            MemorySegment key,
            long keyAt,
            MemorySegment value,
            long valueAt,
            MemorySegment page,
            long pageAt,
            int slot);

    /** Bytes per worker that {@link #attend} needs as scratch for {@code queries} rows times query heads. */
    long attendScratchBytes(KvShape shape, int queries);

    /**
     * Attention of some rows for the query heads of one key/value head: a softmax that is summed page by page (Milakov and
     * Gimelshein 2018), so that no more than one page's scores exist at a time. A row's result does not depend on the rows
     * beside it. Leaves, per row and query head, a partial result of {@link KvShape#partialBytes}: the maximum and the sum, and
     * from {@link KvShape#PARTIAL_VALUES_AT} on {@code valueDim} weighted values not yet divided by the sum, for
     * {@link #mergeAttention}. Of no positions the maximum is negative infinity and the rest 0.
     *
     * @param pages the sequence's page table; position p is in {@code pages[p / PAGE]}
     * @param pageAt where this layer's share of each page begins
     * @param partial {@code [rows, heads]} partial results
     * @param scratch at least {@link #attendScratchBytes} bytes of this worker's own
     */
    void attend(
            KvShape shape,
            int kvHead,
            MemorySegment[] pages,
            long pageAt,
            QueryRows rows,
            Scoring scoring,
            MemorySegment partial,
            long partialAt,
            MemorySegment scratch);

    /**
     * Joins the partial results of one query head over consecutive spans of positions, in order, and divides.
     *
     * @param partial span s at {@code partialAt + s * stride}
     * @param sink the score of one more position, whose value is zero; {@link Float#NEGATIVE_INFINITY} = none
     * @param out {@code [valueDim]}
     */
    void mergeAttention(
            MemorySegment partial,
            long partialAt,
            long stride,
            int spans,
            float sink,
            int valueDim,
            MemorySegment out,
            long outAt);
}
