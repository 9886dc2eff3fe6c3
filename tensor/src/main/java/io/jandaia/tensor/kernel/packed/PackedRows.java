package io.jandaia.tensor.kernel.packed;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.kernel.PackedMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.stream.IntStream;

/**
 * A weight in the layout of a {@link PackedFormat}.
 *
 * @param data native memory of {@link PackedFormat#bytes}, 64-byte aligned: the codes of all groups of rows, then their scales
 */
public record PackedRows(int rows, int cols, ElementType type, PackedFormat format, MemorySegment data)
        implements PackedMatrix {

    /**
     * Packs a weight of shape {@code [rows, cols]}, whose shape and size have been checked, into {@code data}, on all processors.
     * Both are native memory.
     */
    public static void pack(StoredTensor weight, PackedFormat format, MemorySegment data) {
        int rows = (int) weight.shape()[0];
        int cols = (int) weight.shape()[1];
        PackedRows packed = new PackedRows(rows, cols, weight.type(), format, data);
        long rowBytes = weight.type().bytes(cols);
        long from = weight.data().address();
        long to = data.asSlice(0, format.bytes(rows, cols)).address();
        Packer packer = new Packer(format);
        try {
            IntStream.range(0, (int) PackedFormat.groups(rows)).parallel().forEach(group -> {
                int first = group * PackedFormat.ROWS;
                packer.group(
                        from + first * rowBytes,
                        rowBytes,
                        Math.min(PackedFormat.ROWS, rows - first),
                        packed.blocks(),
                        to + packed.codesAt(group),
                        to + packed.scalesAt(group));
            });
        } finally {
            Reference.reachabilityFence(weight);
            Reference.reachabilityFence(data);
        }
    }

    /** Whether both multiply the same quantised activations. */
    public boolean quantizedAlike(PackedRows other) {
        ActivationSums sums = format.sums();
        return cols == other.cols
                && sums == other.format.sums()
                && (sums == ActivationSums.SCALED || format.offset == other.format.offset);
    }

    int blocks() {
        return cols / PackedFormat.BLOCK;
    }

    /** Offset of a group's codes. */
    long codesAt(long group) {
        return group * format.codeBytes(blocks());
    }

    /** Offset of a group's scales. */
    long scalesAt(long group) {
        return PackedFormat.groups(rows) * format.codeBytes(blocks()) + group * format.scales.bytes(blocks());
    }

    @Override
    public Numerics numerics() {
        return Numerics.FAST;
    }

    @Override
    public long bytes() {
        return data.byteSize();
    }

    @Override
    public void decodeRow(int row, MemorySegment dst, long dstOffset) {
        if (row < 0 || row >= rows) {
            throw new JandaiaException(
                    JandaiaException.Kind.INTERNAL, "Row " + row + " was asked of a matrix with " + rows + " rows.");
        }
        Unpacker.decode(this, row, dst, dstOffset);
    }
}
