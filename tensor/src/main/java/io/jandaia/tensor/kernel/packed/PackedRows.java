package io.jandaia.tensor.kernel.packed;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.kernel.PackedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

/**
 * A weight in the layout of a {@link PackedFormat}.
 *
 * @param data native memory of {@link PackedFormat#bytes}, 64-byte aligned: the codes of all groups of rows, then their scales
 */
public record PackedRows(int rows, int cols, ElementType type, PackedFormat format, MemorySegment data)
        implements PackedMatrix {

    private static final Map<PackedFormat, String> LAYOUTS = new ConcurrentHashMap<>();

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

    /**
     * What identifies a layout: a sum over the packed form of a weight that is always the same. It changes whenever the
     * layout does, so that weights which an older version has packed are not taken for this version's.
     */
    public static String layout(PackedFormat format) {
        return LAYOUTS.computeIfAbsent(format, f -> f + "-" + Integer.toHexString(layoutSum(f)));
    }

    private static int layoutSum(PackedFormat format) {
        int rows = PackedFormat.ROWS + 1;
        int cols = 512;
        ElementType type = ElementType.valueOf(format.name());
        try (Arena arena = Arena.ofShared()) {
            MemorySegment source = arena.allocate(rows * type.bytes(cols), 64);
            SplittableRandom random = new SplittableRandom(1);
            for (long i = 0; i < source.byteSize(); i++) {
                source.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
            }
            MemorySegment packed = arena.allocate(format.bytes(rows, cols), 64);
            pack(new StoredTensor("layout", type, new long[] {rows, cols}, source), format, packed);
            CRC32C crc = new CRC32C();
            crc.update(packed.asByteBuffer());
            return (int) crc.getValue();
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
