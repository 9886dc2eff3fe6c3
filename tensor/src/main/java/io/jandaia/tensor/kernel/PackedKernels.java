package io.jandaia.tensor.kernel;

import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.kernel.packed.InstructionSet;
import io.jandaia.tensor.kernel.packed.PackedFormat;
import io.jandaia.tensor.kernel.packed.PackedProducts;
import io.jandaia.tensor.kernel.packed.PackedRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * Products of whole numbers in machine code, which the JDK's vectors have no instruction for, written when the program starts.
 * All else is computed by the vector kernels. The bits are the same with every {@link InstructionSet}.
 */
class PackedKernels extends VectorKernels {

    private final InstructionSet instructions;
    private final PackedProducts products;

    /** @param instructions which the processor must have */
    PackedKernels(InstructionSet instructions) {
        this.instructions = instructions;
        products = new PackedProducts(instructions);
    }

    @Override
    public final String name() {
        return instructions.kernels;
    }

    @Override
    public final Numerics usual() {
        return Numerics.FAST;
    }

    @Override
    public final PackedMatrix pack(StoredTensor weight, Numerics numerics) {
        return pack(weight, numerics, PackStore.NONE);
    }

    @Override
    public PackedMatrix pack(StoredTensor weight, Numerics numerics, PackStore store) {
        PackedFormat format = numerics == Numerics.FAST ? PackedFormat.of(weight.type()) : null;
        if (format == null) {
            return super.pack(weight, numerics);
        }
        products.test(format);
        RowMajorMatrix rows = RowMajorMatrix.of(weight, numerics);
        MemorySegment data = PageMemory.allocate(format.bytes(rows.rows(), rows.cols()));
        String what =
                weight.name() + " " + weight.type() + " " + weight.shapeText() + " as " + PackedRows.layout(format);
        store.fill(what, data, () -> {
            MemorySegment source = Address.nativeCopy(Arena.ofAuto(), rows.data());
            PackedRows.pack(new StoredTensor(weight.name(), weight.type(), weight.shape(), source), format, data);
        });
        PageMemory.release(weight.data());
        return new PackedRows(rows.rows(), rows.cols(), weight.type(), format, data);
    }

    @Override
    public long scratchBytes(PackedMatrix w) {
        return w instanceof PackedRows rows ? products.scratchBytes(rows) : super.scratchBytes(w);
    }

    @Override
    public int tileRows(PackedMatrix w, int tokens) {
        return w instanceof PackedRows rows ? products.tileRows(rows, tokens) : super.tileRows(w, tokens);
    }

    @Override
    public long quantizedBytes(PackedMatrix w, int tokens) {
        return w instanceof PackedRows rows ? products.quantizedBytes(rows, tokens) : super.quantizedBytes(w, tokens);
    }

    @Override
    public boolean quantizedAlike(PackedMatrix w, PackedMatrix other) {
        return w instanceof PackedRows rows
                ? other instanceof PackedRows others && rows.quantizedAlike(others)
                : super.quantizedAlike(w, other);
    }

    @Override
    public void quantize(PackedMatrix w, Matrix x, int tokenFrom, int tokenTo, MemorySegment dst) {
        if (!(w instanceof PackedRows rows)) {
            super.quantize(w, x, tokenFrom, tokenTo, dst);
            return;
        }
        Check.tokens(w, x, tokenFrom, tokenTo);
        long from = Address.of(x.data(), 0, x.offset(x.rows()), "The activations to quantise");
        long to = Address.of(dst, 0, quantizedBytes(w, x.rows()), "The memory for quantised activations");
        for (int t = tokenFrom; t < tokenTo; t++) {
            products.quantize(rows, from + x.offset(t), t, x.rows(), to);
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
            super.gemm(w, x, quantized, rowFrom, rowTo, out, outColumn, scratch);
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
}
