package io.jandaia.tensor.kernel;

import io.jandaia.tensor.Activation;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.kernel.asm.CpuFeatures;
import io.jandaia.tensor.kernel.floats.PairProducts;
import io.jandaia.tensor.kernel.packed.InstructionSet;
import io.jandaia.tensor.kernel.paged.TileAttention;
import io.jandaia.tensor.kernel.rows.RowOperations;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/**
 * Kernels in machine code with AVX-512: {@link PackedKernels}, products with floats and operations on rows, with the bits of
 * {@link VectorKernels}, and attention. What has no machine code is computed by the vector kernels.
 */
final class MachineKernels extends PackedKernels {

    private final @Nullable PairProducts pairs;
    private boolean pairsTrusted;
    private final TileAttention attention;

    private MachineKernels(InstructionSet instructions) {
        super(instructions);
        pairs = PairProducts.here(instructions == InstructionSet.AMX);
        attention = new TileAttention(instructions.kernels);
    }

    /**
     * Kernels with the instructions that a set names; on vectors of 256 bits products of whole numbers alone have machine code.
     *
     * @param instructions which the processor must have
     */
    static Kernels of(InstructionSet instructions) {
        return instructions.narrow() ? new PackedKernels(instructions) : new MachineKernels(instructions);
    }

    /** With AVX-512 VNNI; the processor must have it. */
    static Kernels avx512() {
        return of(InstructionSet.AVX512);
    }

    /** With tiles (AMX) for many tokens and AVX-512 VNNI for few; both give the same bits. */
    static Kernels amx() {
        return of(InstructionSet.AMX);
    }

    /** Whether this processor can run {@link #avx512}. */
    static boolean runsHere() {
        return InstructionSet.AVX512.obstacle(CpuFeatures.here()) == null;
    }

    @Override
    public PackedMatrix pack(StoredTensor weight, Numerics numerics, PackStore store) {
        PackedMatrix w = super.pack(weight, numerics, store);
        return w instanceof RowMajorMatrix rows ? floats(rows, numerics) : w;
    }

    /** Floats stay where they are; products with them are fast where the processor multiplies pairs. */
    private PackedMatrix floats(RowMajorMatrix w, Numerics numerics) {
        if (pairs == null || numerics != Numerics.FAST || !pairs.has(w.type(), w.rows(), w.cols())) {
            return w;
        }
        synchronized (this) {
            if (!pairsTrusted) {
                pairs.check(name());
                pairsTrusted = true;
            }
        }
        return new RowMajorMatrix(w.rows(), w.cols(), w.type(), Numerics.FAST, w.data());
    }

    /** What multiplies a matrix of floats with pairs; null = it is multiplied in float32. */
    private @Nullable PairProducts pairs(PackedMatrix w) {
        return w instanceof RowMajorMatrix && w.numerics() == Numerics.FAST ? pairs : null;
    }

    @Override
    public long scratchBytes(PackedMatrix w) {
        if (!(w instanceof RowMajorMatrix rows)) {
            return super.scratchBytes(w);
        }
        PairProducts fast = pairs(w);
        return fast != null ? fast.scratchBytes() : Math.max(FloatProducts.scratchBytes(rows), super.scratchBytes(w));
    }

    @Override
    public long quantizedBytes(PackedMatrix w, int tokens) {
        if (!(w instanceof RowMajorMatrix rows)) {
            return super.quantizedBytes(w, tokens);
        }
        return pairs(w) != null ? PairProducts.packedBytes(w.cols(), tokens) : FloatProducts.packedBytes(rows, tokens);
    }

    @Override
    public boolean quantizedAlike(PackedMatrix w, PackedMatrix other) {
        if (!(w instanceof RowMajorMatrix && other instanceof RowMajorMatrix)) {
            return super.quantizedAlike(w, other);
        }
        if (w.cols() != other.cols()) {
            return false;
        }
        // Floats that are only put in another order serve weights of any type.
        return pairs(w) != null ? pairs(other) != null && w.type() == other.type() : pairs(other) == null;
    }

    @Override
    public void quantize(PackedMatrix w, Matrix x, int tokenFrom, int tokenTo, MemorySegment dst) {
        if (!(w instanceof RowMajorMatrix rows)) {
            super.quantize(w, x, tokenFrom, tokenTo, dst);
            return;
        }
        Check.tokens(w, x, tokenFrom, tokenTo);
        long bytes = quantizedBytes(w, x.rows());
        if (bytes == 0) {
            return;
        }
        long from = Address.of(x.data(), 0, x.offset(x.rows()), "The activations to quantise");
        long to = Address.of(dst, 0, bytes, "The memory for quantised activations");
        PairProducts fast = pairs(w);
        for (int t = tokenFrom; t < tokenTo; t++) {
            if (fast != null) {
                fast.pack(from + x.offset(t), w.cols(), t, x.rows(), to);
            } else {
                FloatProducts.pack(rows, from + x.offset(t), t, x.rows(), to);
            }
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
        if (w instanceof RowMajorMatrix rows && (pairs(w) != null || FloatProducts.has(rows, x.rows()))) {
            floats(rows, x, quantized, rowFrom, rowTo, out, outColumn, scratch);
        } else {
            super.gemm(w, x, quantized, rowFrom, rowTo, out, outColumn, scratch);
        }
    }

    @Override
    public long attendScratchBytes(KvShape shape, int queries) {
        long vectors = super.attendScratchBytes(shape, queries);
        return TileAttention.fits(shape) ? Math.max(vectors, TileAttention.scratchBytes(shape, queries)) : vectors;
    }

    /** Layers with biases, caps or values that are no whole vectors are left to the vector kernels, whatever the rows. */
    @Override
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
        if (!TileAttention.fits(shape) || rows.biased() || scoring.cap() > 0) {
            super.addPages(shape, kvHead, pages, pageAt, rows, scoring, query, result, scratch);
            return;
        }
        attention.add(
                shape,
                scoring.numerics(),
                kvHead,
                i -> Address.of(pages[i], pageAt, shape.pageBytes(), "A page of keys and values"),
                rows,
                scoring.scale(),
                query,
                result,
                scratch);
    }

    @Override
    void scale(long x, float factor, long weight, int n, long out) {
        RowOperations.scale(x, factor, weight, n, out);
    }

    @Override
    void addScaled(long dst, long src, float factor, int n) {
        RowOperations.addScaled(dst, src, factor, n);
    }

    @Override
    void divide(long x, float divisor, int n) {
        RowOperations.divide(x, divisor, n);
    }

    @Override
    void add(long dst, long src, int n) {
        RowOperations.add(dst, src, n);
    }

    @Override
    void activate(Activation f, long x, long up, int n) {
        if (RowOperations.has(f)) {
            RowOperations.activate(f, x, up, n);
        } else {
            super.activate(f, x, up, n);
        }
    }

    @Override
    void rotateHalves(long x, int half, long cos, long sin) {
        RowOperations.rotateHalves(x, half, cos, sin);
    }

    private void floats(
            RowMajorMatrix w,
            Matrix x,
            MemorySegment packed,
            int rowFrom,
            int rowTo,
            Matrix out,
            int outColumn,
            MemorySegment scratch) {
        Check.gemm(w, x, rowFrom, rowTo, out, outColumn);
        int tokens = x.rows();
        long xAt = Address.of(x.data(), 0, x.offset(tokens), "The activations of a matrix product");
        long outAt = Address.of(out.data(), 0, out.offset(tokens), "The output of a matrix product") + outColumn * 4L;
        long outStride = out.cols() * 4L;
        Address.of(scratch, 0, scratchBytes(w), "The scratch memory of a matrix product");
        Address.of(w.data(), 0, w.bytes(), "A weight");
        try {
            PairProducts fast = pairs(w);
            if (fast != null) {
                long pairsAt = Address.of(
                        packed, 0, quantizedBytes(w, tokens), "The activations of a matrix product, as pairs of BF16");
                fast.multiply(
                        w.data().address(),
                        w.rows(),
                        w.cols(),
                        tokens,
                        pairsAt,
                        rowFrom,
                        rowTo,
                        outAt,
                        outStride,
                        scratch);
                return;
            }
            if (tokens == 1) {
                FloatProducts.oneToken(w, xAt, rowFrom, rowTo, outAt);
            } else {
                long packedAt =
                        Address.of(packed, 0, quantizedBytes(w, tokens), "The packed activations of a matrix product");
                FloatProducts.manyTokens(w, packedAt, tokens, rowFrom, rowTo, outAt, outStride, scratch);
            }
            FloatProducts.tails(w, xAt, tokens, rowFrom, rowTo, outAt, outStride, scratch);
        } finally {
            Reference.reachabilityFence(w);
        }
    }
}
