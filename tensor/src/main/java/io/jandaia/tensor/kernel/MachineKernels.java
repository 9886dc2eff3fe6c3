package io.jandaia.tensor.kernel;

import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.kernel.asm.CpuFeatures;
import io.jandaia.tensor.kernel.floats.PairProducts;
import io.jandaia.tensor.kernel.packed.PackedFormat;
import io.jandaia.tensor.kernel.packed.PackedProducts;
import io.jandaia.tensor.kernel.packed.PackedRows;
import io.jandaia.tensor.kernel.paged.TileAttention;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * Kernels in machine code, written when the program starts: products of whole numbers, which the JDK's vectors have no
 * instruction for, products with floats, with the bits of {@link VectorKernels}, and attention. What has no machine code is
 * computed by the vector kernels.
 */
final class MachineKernels extends VectorKernels {

    private final String name;
    private final PackedProducts products;
    private final boolean pairs;
    private final TileAttention attention = new TileAttention();

    private MachineKernels(String name, boolean tiles) {
        this.name = name;
        products = new PackedProducts(name, tiles);
        pairs = tiles && CpuFeatures.here().amxBf16();
    }

    /** With AVX-512 VNNI; the processor must have it. */
    static MachineKernels avx512() {
        return new MachineKernels("avx512", false);
    }

    /** With tiles (AMX) for many tokens and AVX-512 VNNI for few; both give the same bits. */
    static MachineKernels amx() {
        return new MachineKernels("amx", true);
    }

    /** Whether this processor can run {@link #avx512}. */
    static boolean runsHere() {
        CpuFeatures cpu = CpuFeatures.here();
        return cpu.avx512() && cpu.vnni();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Numerics usual() {
        return Numerics.FAST;
    }

    @Override
    public PackedMatrix pack(StoredTensor weight, Numerics numerics) {
        PackedFormat format = numerics == Numerics.FAST ? PackedFormat.of(weight.type()) : null;
        if (format == null) {
            return floats(Check.rowMajor(super.pack(weight, numerics), name), numerics);
        }
        products.test(format);
        RowMajorMatrix rows = RowMajorMatrix.of(weight, numerics);
        MemorySegment data = Arena.ofAuto().allocate(format.bytes(rows.rows(), rows.cols()), 64);
        MemorySegment source = Address.nativeCopy(Arena.ofAuto(), rows.data());
        PackedRows.pack(new StoredTensor(weight.name(), weight.type(), weight.shape(), source), format, data);
        return new PackedRows(rows.rows(), rows.cols(), weight.type(), format, data);
    }

    /** Floats stay where they are; products with them are fast where tiles multiply pairs. */
    private PackedMatrix floats(RowMajorMatrix w, Numerics numerics) {
        if (!pairs || numerics != Numerics.FAST || !PairProducts.has(w.type(), w.rows(), w.cols())) {
            return w;
        }
        PairProducts.test(name);
        return new RowMajorMatrix(w.rows(), w.cols(), w.type(), Numerics.FAST, w.data());
    }

    private static boolean paired(PackedMatrix w) {
        return w instanceof RowMajorMatrix && w.numerics() == Numerics.FAST;
    }

    @Override
    public long scratchBytes(PackedMatrix w) {
        if (w instanceof PackedRows rows) {
            return products.scratchBytes(rows);
        }
        if (paired(w)) {
            return PairProducts.SCRATCH_BYTES;
        }
        return Math.max(FloatProducts.scratchBytes(Check.rowMajor(w, name)), super.scratchBytes(w));
    }

    @Override
    public long quantizedBytes(PackedMatrix w, int tokens) {
        if (w instanceof PackedRows rows) {
            return products.quantizedBytes(rows, tokens);
        }
        return paired(w)
                ? PairProducts.packedBytes(w.cols(), tokens)
                : FloatProducts.packedBytes(Check.rowMajor(w, name), tokens);
    }

    @Override
    public boolean quantizedAlike(PackedMatrix w, PackedMatrix other) {
        if (w instanceof PackedRows a && other instanceof PackedRows b) {
            return a.quantizedAlike(b);
        }
        if (!(w instanceof RowMajorMatrix && other instanceof RowMajorMatrix) || w.cols() != other.cols()) {
            return false;
        }
        // Floats that are only put in another order serve weights of any type.
        return paired(w) ? paired(other) && w.type() == other.type() : !paired(other);
    }

    @Override
    public void quantize(PackedMatrix w, Matrix x, int tokenFrom, int tokenTo, MemorySegment dst) {
        Check.tokens(w, x, tokenFrom, tokenTo);
        long bytes = quantizedBytes(w, x.rows());
        if (bytes == 0) {
            return;
        }
        long from = Address.of(x.data(), 0, x.offset(x.rows()), "The activations to quantise");
        long to = Address.of(dst, 0, bytes, "The memory for quantised activations");
        for (int t = tokenFrom; t < tokenTo; t++) {
            if (w instanceof PackedRows rows) {
                products.quantize(rows, from + x.offset(t), t, x.rows(), to);
            } else if (paired(w)) {
                PairProducts.pack(from + x.offset(t), w.cols(), t, x.rows(), to);
            } else {
                FloatProducts.pack(Check.rowMajor(w, name), from + x.offset(t), t, x.rows(), to);
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
        if (!(w instanceof PackedRows rows)) {
            RowMajorMatrix matrix = Check.rowMajor(w, name);
            if (paired(w) || FloatProducts.has(matrix, x.rows())) {
                floats(matrix, x, quantized, rowFrom, rowTo, out, outColumn, scratch);
            } else {
                super.gemm(w, x, quantized, rowFrom, rowTo, out, outColumn, scratch);
            }
            return;
        }
        Check.gemm(w, x, rowFrom, rowTo, out, outColumn);
        long from =
                Address.of(quantized, 0, quantizedBytes(w, x.rows()), "The quantised activations of a matrix product");
        Address.of(out.data(), 0, out.offset(x.rows()), "The output of a matrix product");
        Address.of(scratch, 0, scratchBytes(w), "The scratch memory of a matrix product");
        Address.of(rows.data(), 0, rows.bytes(), "A weight");
        try {
            products.multiply(rows, x.rows(), from, rowFrom, rowTo, out, outColumn, scratch);
        } finally {
            Reference.reachabilityFence(w);
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
                kvHead,
                i -> Address.of(pages[i], pageAt, shape.pageBytes(), "A page of keys and values"),
                rows,
                scoring.scale(),
                query,
                result,
                scratch);
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
            if (paired(w)) {
                long pairsAt = Address.of(
                        packed, 0, quantizedBytes(w, tokens), "The activations of a matrix product, as pairs of BF16");
                PairProducts.multiply(
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
