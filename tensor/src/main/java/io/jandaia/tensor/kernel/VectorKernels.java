package io.jandaia.tensor.kernel;

import io.jandaia.tensor.Activation;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.format.BlockByBlock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.function.LongConsumer;

/**
 * Kernels on the vectors of the JDK (jdk.incubator.vector), 8 or 16 floats wide; both widths get the same bits. Weights
 * stay where the file has them. Made by {@link KernelSets}, which knows where this class can be loaded.
 *
 * <p>Operations on rows take heap memory too, by way of a copy; matrix products need native memory. Products and attention
 * allocate one array of some floats per call: compiled code keeps a tile's sums in registers only if they leave through an
 * array.
 */
class VectorKernels implements Kernels {

    /** Decoded rows that are multiplied with all tokens before the next are decoded: what fits the second-level cache. */
    private static final int PANEL_BYTES = 256 << 10;

    @Override
    public String name() {
        return "vector-" + Lanes.N * Float.SIZE;
    }

    /**
     * Computes as EXACT whatever is asked for, and the matrix says so: without an instruction for products of bytes, which
     * the JDK's vectors lack, whole numbers take five times the work of floats.
     */
    @Override
    public PackedMatrix pack(StoredTensor weight, Numerics numerics) {
        RowMajorMatrix matrix = RowMajorMatrix.of(weight, Numerics.EXACT);
        if (matrix.data().isNative()) {
            return matrix;
        }
        MemorySegment data = Address.nativeCopy(Arena.ofAuto(), matrix.data());
        return new RowMajorMatrix(matrix.rows(), matrix.cols(), matrix.type(), matrix.numerics(), data);
    }

    static VectorFormat format(ElementType type) {
        return switch (type) {
            case F32 -> VectorF32.FORMAT;
            case F16 -> VectorF16.FORMAT;
            case BF16 -> VectorBf16.FORMAT;
            case Q8_0 -> VectorQ8_0.FORMAT;
            case Q4_0 -> VectorQ4_0.FORMAT;
            case Q4_1 -> VectorQ4_1.FORMAT;
            case Q5_0 -> VectorQ5_0.FORMAT;
            case Q5_1 -> VectorQ5_1.FORMAT;
            case Q2_K -> VectorQ2_K.FORMAT;
            case Q3_K -> VectorQ3_K.FORMAT;
            case Q4_K -> VectorQ4_K.FORMAT;
            case Q5_K -> VectorQ5_K.FORMAT;
            case Q6_K -> VectorQ6_K.FORMAT;
            case IQ4_NL -> VectorIQ4_NL.FORMAT;
            case IQ4_XS -> VectorIQ4_XS.FORMAT;
            case MXFP4 -> VectorMXFP4.FORMAT;
            case INT8 -> VectorInt8.FORMAT;
            case FP8 -> VectorFp8.FORMAT;
            case NF4 -> VectorLevelBlocks.NF4;
            case FP4 -> VectorLevelBlocks.FP4;
            default -> {
                if (type.format() instanceof BlockByBlock blocks) {
                    yield new VectorTables(blocks);
                }
                throw Check.defect("Element type " + type + " has no vector kernel");
            }
        };
    }

    private static int panelRows(int cols) {
        long rows = PANEL_BYTES / (cols * 4L) / VectorTile.ROWS * VectorTile.ROWS;
        return Math.clamp(rows, VectorTile.ROWS, 32);
    }

    /** The decoded last numbers of each row of a panel, the panel. Its four rows or more hold a chunk of one, too. */
    @Override
    public long scratchBytes(PackedMatrix w) {
        int rows = panelRows(w.cols());
        return rows * VectorFormat.GROUP_BYTES + (long) rows * whole(w.cols()) * 4;
    }

    /** The part of a row that is multiplied in groups of 32. */
    private static int whole(int cols) {
        return cols / VectorFormat.SUMS * VectorFormat.SUMS;
    }

    @Override
    public long quantizedBytes(PackedMatrix w, int tokens) {
        return 0;
    }

    @Override
    public void quantize(PackedMatrix w, Matrix x, int tokenFrom, int tokenTo, MemorySegment dst) {
        Check.tokens(w, x, tokenFrom, tokenTo); // nothing to write: products read floats
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
        long xAt = Address.of(x.data(), 0, x.offset(x.rows()), "The activations of a matrix product");
        long outAt = Address.of(out.data(), 0, out.offset(x.rows()), "The output of a matrix product");
        Address.of(scratch, 0, scratchBytes(w), "The scratch memory of a matrix product");
        Address.of(matrix.data(), 0, matrix.bytes(), "A weight");
        try {
            if (x.rows() == 1) {
                oneToken(matrix, xAt, rowFrom, rowTo, outAt + outColumn * 4L, scratch);
                return;
            }
            int step = panelRows(w.cols());
            for (int row = rowFrom; row < rowTo; row += step) {
                int end = Math.min(rowTo, row + step);
                panel(matrix, xAt, x.rows(), row, end, outAt + outColumn * 4L, out.cols() * 4L, scratch);
            }
        } finally {
            Reference.reachabilityFence(w);
        }
    }

    private static void oneToken(RowMajorMatrix w, long x, int rowFrom, int rowTo, long out, MemorySegment scratch) {
        VectorFormat format = format(w.type());
        long rowBytes = w.rowBytes();
        long data = w.data().address();
        long tail = scratch.address();
        long chunk = tail + panelRows(w.cols()) * VectorFormat.GROUP_BYTES;
        float[] sums = new float[VectorFormat.SUMS];
        int n = whole(w.cols());
        for (int row = rowFrom; row < rowTo; row++) {
            format.multiply(data + row * rowBytes, n, x, sums, chunk);
            float sum = Lanes.sum(sums, 0);
            if (n < w.cols()) {
                decodeTail(w, row, n, scratch, 0);
                sum = tail(sum, tail, x + n * 4L, w.cols() - n);
            }
            RawMemory.set(out + row * 4L, sum);
        }
    }

    static void decodeTail(RowMajorMatrix w, int row, int from, MemorySegment dst, long dstAt) {
        int bytes = w.type().blockBytes(); // blocks of one number, or there would be no tail
        w.type().format().decode(w.data(), row * w.rowBytes() + (long) from * bytes, dst, dstAt, w.cols() - from);
    }

    static float tail(float sum, long w, long x, int n) {
        for (int k = 0; k < n; k++) {
            sum = Math.fma(RawMemory.get(w + k * 4L), RawMemory.get(x + k * 4L), sum);
        }
        return sum;
    }

    /** Rows {@code [from, to)}, which fit the scratch memory, times all tokens. */
    private static void panel(
            RowMajorMatrix w, long x, int tokens, int from, int to, long out, long outStride, MemorySegment scratch) {
        VectorFormat format = format(w.type());
        int n = whole(w.cols());
        int rest = w.cols() - n;
        float[] sums = new float[VectorTile.SUMS];
        long tails = scratch.address();
        long panel = tails + panelRows(w.cols()) * VectorFormat.GROUP_BYTES;
        for (int row = from; row < to; row++) {
            int i = row - from;
            long quad = panel + (long) i / VectorTile.ROWS * VectorTile.ROWS * n * 4;
            format.decode(
                    w.data().address() + row * w.rowBytes(),
                    n,
                    quad + i % VectorTile.ROWS * VectorFormat.GROUP_BYTES,
                    VectorTile.STRIDE);
            if (rest > 0) {
                decodeTail(w, row, n, scratch, i * VectorFormat.GROUP_BYTES);
            }
        }
        long xStride = w.cols() * 4L;
        for (int token = 0; token < tokens; ) {
            int some = VectorTile.tokens(tokens - token);
            for (int row = from; row < to; row += VectorTile.ROWS) {
                // The last tile of a range may multiply leftovers of an earlier panel; nobody reads those sums.
                VectorTile.multiply(panel + (long) (row - from) * n * 4, x + token * xStride, xStride, some, n, sums);
                for (int t = 0; t < some; t++) {
                    for (int r = 0; r < VectorTile.ROWS && row + r < to; r++) {
                        float sum = Lanes.sum(sums, (t * VectorTile.ROWS + r) * 16);
                        if (rest > 0) {
                            long weights = tails + (row - from + r) * VectorFormat.GROUP_BYTES;
                            sum = tail(sum, weights, x + (token + t) * xStride + n * 4L, rest);
                        }
                        RawMemory.set(out + (token + t) * outStride + (row + r) * 4L, sum);
                    }
                }
            }
            token += some;
        }
    }

    @Override
    public void rmsNorm(
            MemorySegment x, long xAt, MemorySegment weight, float eps, int n, MemorySegment out, long outAt) {
        if (!x.isNative() || !weight.isNative() || !out.isNative()) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment copy = Address.nativeCopy(arena, out);
                MemorySegment input = x.equals(out) ? copy : Address.nativeCopy(arena, x);
                rmsNorm(input, xAt, Address.nativeCopy(arena, weight), eps, n, copy, outAt);
                Address.copyBack(copy, out);
            }
            return;
        }
        long from = Address.of(x, xAt, n * 4L, "The input of a norm");
        long weights = Address.of(weight, 0, n * 4L, "The weight of a norm");
        long to = Address.of(out, outAt, n * 4L, "The output of a norm");
        scale(from, (float) (1 / Math.sqrt(VectorRows.squares(from, n) / n + eps)), weights, n, to);
    }

    @Override
    public void add(MemorySegment dst, long dstAt, MemorySegment src, long srcAt, int n) {
        if (!dst.isNative() || !src.isNative()) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment copy = Address.nativeCopy(arena, dst);
                add(copy, dstAt, Address.nativeCopy(arena, src), srcAt, n);
                Address.copyBack(copy, dst);
            }
            return;
        }
        add(
                Address.of(dst, dstAt, n * 4L, "The sum of an addition"),
                Address.of(src, srcAt, n * 4L, "The addend of an addition"),
                n);
    }

    // What a kernel set with machine code for rows has its own of: the same bits, by addresses that were checked.

    /** {@code out = x * factor * weight}. */
    void scale(long x, float factor, long weight, int n, long out) {
        VectorRows.scale(x, factor, weight, n, out);
    }

    /** {@code dst += factor * src}, rounded once. */
    void addScaled(long dst, long src, float factor, int n) {
        VectorRows.addScaled(dst, src, factor, n);
    }

    /** {@code x /= divisor}. */
    void divide(long x, float divisor, int n) {
        VectorAttention.divide(x, divisor, n);
    }

    /** {@code dst += src}. */
    void add(long dst, long src, int n) {
        VectorRows.add(dst, src, n);
    }

    /** {@code x = f(x)}, or {@code x = f(x) * up} unless {@code up} is 0. */
    void activate(Activation f, long x, long up, int n) {
        VectorActivation.apply(f, x, up, n);
    }

    /** Rotates the pairs {@code (i, i + half)}. */
    void rotateHalves(long x, int half, long cos, long sin) {
        VectorRows.rotateHalves(x, half, cos, sin);
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
        if (!x.isNative() || !weight.isNative() || !bias.isNative() || !out.isNative()) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment copy = Address.nativeCopy(arena, out);
                MemorySegment input = x.equals(out) ? copy : Address.nativeCopy(arena, x);
                MemorySegment shift = Address.nativeCopy(arena, bias);
                layerNorm(input, xAt, Address.nativeCopy(arena, weight), shift, eps, n, copy, outAt);
                Address.copyBack(copy, out);
            }
            return;
        }
        long from = Address.of(x, xAt, n * 4L, "The input of a norm");
        long weights = Address.of(weight, 0, n * 4L, "The weight of a norm");
        long shifts = bias.byteSize() == 0 ? 0 : Address.of(bias, 0, n * 4L, "The bias of a norm");
        long to = Address.of(out, outAt, n * 4L, "The output of a norm");
        double mean = VectorRows.sum(from, n) / n;
        float inverse = (float) (1 / Math.sqrt(VectorRows.squares(from, mean, n) / n + eps));
        VectorRows.normalize(from, (float) mean, inverse, weights, shifts, n, to);
    }

    @Override
    public void addScaled(MemorySegment dst, long dstAt, MemorySegment src, long srcAt, float factor, int n) {
        if (!dst.isNative() || !src.isNative()) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment copy = Address.nativeCopy(arena, dst);
                addScaled(copy, dstAt, Address.nativeCopy(arena, src), srcAt, factor, n);
                Address.copyBack(copy, dst);
            }
            return;
        }
        addScaled(
                Address.of(dst, dstAt, n * 4L, "The sum of an addition"),
                Address.of(src, srcAt, n * 4L, "The addend of an addition"),
                factor,
                n);
    }

    @Override
    public void scale(MemorySegment x, long xAt, float factor, int n) {
        inPlace(x, xAt, n, "The row to scale", at -> VectorRows.scale(at, factor, n));
    }

    @Override
    public void clamp(MemorySegment x, long xAt, float low, float high, float plus, int n) {
        inPlace(x, xAt, n, "The row to clamp", at -> VectorRows.clamp(at, low, high, plus, n));
    }

    @Override
    public void softCap(MemorySegment x, long xAt, float cap, int n) {
        inPlace(x, xAt, n, "The row to cap", at -> VectorActivation.cap(at, cap, n));
    }

    @Override
    public void activate(Activation f, MemorySegment x, long xAt, int n) {
        inPlace(x, xAt, n, "The input of an activation", at -> activate(f, at, 0, n));
    }

    private static void inPlace(MemorySegment x, long xAt, int n, String what, LongConsumer operation) {
        if (x.isNative()) {
            operation.accept(Address.of(x, xAt, n * 4L, what));
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = Address.nativeCopy(arena, x);
            operation.accept(Address.of(copy, xAt, n * 4L, what));
            Address.copyBack(copy, x);
        }
    }

    @Override
    public void gate(Activation f, MemorySegment gate, long gateAt, MemorySegment up, long upAt, int n) {
        if (!gate.isNative() || !up.isNative()) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment copy = Address.nativeCopy(arena, gate);
                gate(f, copy, gateAt, Address.nativeCopy(arena, up), upAt, n);
                Address.copyBack(copy, gate);
            }
            return;
        }
        activate(
                f,
                Address.of(gate, gateAt, n * 4L, "The gate of a gated unit"),
                Address.of(up, upAt, n * 4L, "The input of a gated unit"),
                n);
    }

    @Override
    public void rope(MemorySegment x, long xAt, int rotary, boolean interleaved, MemorySegment cosSin, long cosSinAt) {
        if (!x.isNative() || !cosSin.isNative()) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment copy = Address.nativeCopy(arena, x);
                rope(copy, xAt, rotary, interleaved, Address.nativeCopy(arena, cosSin), cosSinAt);
                Address.copyBack(copy, x);
            }
            return;
        }
        int half = rotary / 2;
        long head = Address.of(x, xAt, half * 8L, "A head to rotate");
        long cos = Address.of(cosSin, cosSinAt, half * 8L, "The cosines and sines of a rotation");
        if (interleaved) {
            VectorRows.rotatePairs(head, half, cos, cos + half * 4L);
        } else {
            rotateHalves(head, half, cos, cos + half * 4L);
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
        KvType type = shape.type();
        for (int head = 0; head < shape.kvHeads(); head++) {
            long keys = pageAt + shape.keysAt(head);
            KvNumbers.write(
                    type,
                    key,
                    keyAt + (long) head * shape.keyDim() * 4,
                    shape.keyDim(),
                    page,
                    keys + (long) slot * type.bytes(),
                    KvShape.PAGE,
                    keys + shape.scalesAt(shape.keyDim()) + slot * 4L,
                    KvShape.PAGE);
            long values = pageAt + shape.valuesAt(head);
            KvNumbers.write(
                    type,
                    value,
                    valueAt + (long) head * shape.valueDim() * 4,
                    shape.valueDim(),
                    page,
                    values + (long) slot * shape.valueDim() * type.bytes(),
                    1,
                    values + shape.scalesAt(shape.valueDim()) + (long) slot * type.scales(shape.valueDim()) * 4,
                    1);
        }
    }

    /** Room for one page of one head in float32. */
    @Override
    public long attendScratchBytes(KvShape shape, int queries) {
        return shape.type() == KvType.F32 ? 0 : (long) KvShape.PAGE * (shape.keyDim() + shape.valueDim()) * 4;
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
        if (!rows.q().isNative() || !rows.bias().isNative() || !partial.isNative() || !scratch.isNative()) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment copy = Address.nativeCopy(arena, partial);
                QueryRows moved = new QueryRows(
                        Address.nativeCopy(arena, rows.q()),
                        rows.at(),
                        rows.stride(),
                        rows.heads(),
                        rows.from(),
                        rows.to(),
                        Address.nativeCopy(arena, rows.bias()),
                        rows.biasAt(),
                        rows.biasStride());
                MemorySegment room = Address.nativeCopy(arena, scratch);
                attend(shape, kvHead, pages, pageAt, moved, scoring, copy, partialAt, room);
                Address.copyBack(copy, partial);
            }
            return;
        }
        long queryBytes = (long) rows.heads() * shape.keyDim() * 4;
        long query = Address.of(
                rows.q(), rows.at(), (rows.rows() - 1) * rows.stride() + queryBytes, "The queries of attention");
        int queries = rows.rows() * rows.heads();
        long bytes = queries * shape.partialBytes();
        long result = Address.of(partial, partialAt, bytes, "The partial results of attention");
        Address.of(scratch, 0, attendScratchBytes(shape, queries), "The scratch memory of attention");
        partial.asSlice(partialAt, bytes).fill((byte) 0);
        for (int i = 0; i < queries; i++) {
            RawMemory.set(result + i * shape.partialBytes(), Float.NEGATIVE_INFINITY);
        }
        addPages(shape, kvHead, pages, pageAt, rows, scoring, query, result, scratch);
    }

    /** Adds all pages, each once for all rows, to partial results that have been set to nothing. */
    void addPages(
            KvShape shape,
            int kvHead,
            MemorySegment[] pages,
            long pageAt,
            QueryRows rows,
            Scoring scoring,
            long query,
            long result,
            MemorySegment scratch) {
        float[] buffer = new float[VectorAttention.BUFFER];
        long decodedKeys = scratch.address();
        long decodedValues = decodedKeys + (long) KvShape.PAGE * shape.keyDim() * 4;
        int end = rows.end();
        for (int first = rows.first() / KvShape.PAGE * KvShape.PAGE; first < end; first += KvShape.PAGE) {
            long page = Address.of(pages[first / KvShape.PAGE], pageAt, shape.pageBytes(), "A page of keys and values");
            long keys = page + shape.keysAt(kvHead);
            long values = page + shape.valuesAt(kvHead);
            if (shape.type() != KvType.F32) {
                VectorKvPage.keys(shape, keys, decodedKeys);
                VectorKvPage.values(shape, values, decodedValues);
                keys = decodedKeys;
                values = decodedValues;
            }
            for (int row = 0; row < rows.rows(); row++) {
                int from = Math.max(rows.from()[row], first);
                int to = Math.min(rows.to()[row], first + KvShape.PAGE);
                if (from < to) {
                    page(shape, keys, values, rows, row, from, to, scoring, query, result, buffer);
                }
            }
        }
    }

    /** Adds the positions {@code [from, to)} of one page to the partial results of one row. */
    private static void page(
            KvShape shape,
            long keys,
            long values,
            QueryRows rows,
            int row,
            int from,
            int to,
            Scoring scoring,
            long query,
            long result,
            float[] buffer) {
        int slot = from % KvShape.PAGE;
        long biases = 0;
        if (rows.biased()) {
            long at = rows.biasAt()[row] + (from - rows.from()[row]) * 4L;
            long bytes = (rows.heads() - 1) * rows.biasStride() + (to - from) * 4L;
            biases = Address.of(rows.bias(), at, bytes, "The biases of attention");
        }
        for (int head = 0; head < rows.heads(); head++) {
            VectorAttention.page(
                    shape,
                    keys,
                    values,
                    slot,
                    slot + to - from,
                    query + row * rows.stride() + (long) head * shape.keyDim() * 4,
                    scoring,
                    biases == 0 ? 0 : biases + head * rows.biasStride(),
                    result + ((long) row * rows.heads() + head) * shape.partialBytes(),
                    buffer);
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
        if (!partial.isNative() || !out.isNative()) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment copy = Address.nativeCopy(arena, out);
                MemorySegment parts = Address.nativeCopy(arena, partial);
                mergeAttention(parts, partialAt, stride, spans, sink, valueDim, copy, outAt);
                Address.copyBack(copy, out);
            }
            return;
        }
        long parts = Address.of(
                partial,
                partialAt,
                (spans - 1) * stride + KvShape.PARTIAL_VALUES_AT + valueDim * 4L,
                "The partial results of attention");
        long result = Address.of(out, outAt, valueDim * 4L, "The result of attention");
        float max = sink;
        for (int s = 0; s < spans; s++) {
            max = Math.max(max, RawMemory.get(parts + s * stride));
        }
        float sum = Exp.exp(sink - max);
        out.asSlice(outAt, valueDim * 4L).fill((byte) 0);
        for (int s = 0; s < spans; s++) {
            long at = parts + s * stride;
            float weight = Exp.exp(RawMemory.get(at) - max);
            sum = Math.fma(RawMemory.get(at + 4), weight, sum);
            addScaled(result, at + KvShape.PARTIAL_VALUES_AT, weight, valueDim);
        }
        divide(result, sum, valueDim);
    }
}
