package io.jandaia.model.checkpoint;

import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * MXFP4 (OCP microscaling formats, version 1.0) as gpt-oss is hosted: {@code NAME_blocks [experts, outputs, inputs / 32, 16]}
 * with two numbers a byte, the first in the low half, and {@code NAME_scales [experts, outputs, inputs / 32]}. Rows of gate
 * and up, which alternate, are put one after the other, so that the experts are what others store as {@code NAME.weight}.
 */
record Mxfp4() implements QuantizedCheckpoint {

    private static final String ALTERNATING = "gate_up_proj";

    @Override
    public String method() {
        return "mxfp4";
    }

    @Override
    public String description() {
        return "mxfp4, 4 bits, groups of 32";
    }

    @Override
    public void unpack(Parts parts) {
        for (String name : parts.before("_blocks")) {
            StoredTensor blocks = parts.ranked(parts.typed(parts.take(name + "_blocks"), ElementType.U8), 4);
            long[] s = blocks.shape();
            parts.shaped(blocks, s[0], s[1], s[2], 16);
            StoredTensor scales = parts.typed(parts.take(name + "_scales"), ElementType.U8);
            parts.shaped(scales, s[0], s[1], s[2]);
            boolean alternate = name.endsWith(ALTERNATING) && s[1] % 2 == 0;
            parts.put(new Experts(name + ".weight", blocks, scales, alternate));
            if (parts.has(name + "_bias")) {
                StoredTensor bias = parts.ranked(parts.take(name + "_bias"), 2);
                parts.put(new Biases(name + ".bias", parts.shaped(bias, s[0], s[1]), alternate));
            }
        }
    }

    /** Where row {@code r} of so many goes. */
    private static long place(boolean alternate, long rows, long r) {
        return alternate ? r / 2 + r % 2 * (rows / 2) : r;
    }

    private record Experts(String name, StoredTensor blocks, StoredTensor scales, boolean alternate)
            implements Unpacking {

        @Override
        public long[] shape() {
            long[] s = blocks.shape();
            return new long[] {s[0], s[1], 32 * s[2]};
        }

        @Override
        public long bytesAtMost() {
            return type().bytes(count());
        }

        @Override
        public ElementType type() {
            return ElementType.MXFP4;
        }

        @Override
        public void write(ElementType type, MemorySegment dst) {
            long rows = blocks.shape()[1];
            long each = blocks.shape()[2];
            Unpacking.bands(Math.toIntExact(blocks.shape()[0] * rows), (first, count) -> {
                for (long row = first; row < first + count; row++) {
                    long to = (row / rows * rows + place(alternate, rows, row % rows)) * each;
                    for (long b = 0; b < each; b++) {
                        block(row * each + b, dst, (to + b) * type.blockBytes());
                    }
                }
            });
        }

        /** Numbers 2i and 2i + 1 of a byte become numbers i and i + 16. */
        private void block(long from, MemorySegment dst, long at) {
            dst.set(Numbers.BYTE, at, scales.data().get(Numbers.BYTE, from));
            for (int i = 0; i < 16; i++) {
                int low = code(from, i);
                int high = code(from, i + 16);
                dst.set(Numbers.BYTE, at + 1 + i, (byte) (low | (high << 4)));
            }
        }

        private int code(long block, int i) {
            return (blocks.data().get(Numbers.BYTE, 16 * block + i / 2) >>> (i % 2 * 4)) & 15;
        }
    }

    private record Biases(String name, StoredTensor stored, boolean alternate) implements Unpacking {

        @Override
        public long[] shape() {
            return Arrays.copyOf(stored.shape(), 2);
        }

        @Override
        public long bytesAtMost() {
            return stored.data().byteSize();
        }

        @Override
        public ElementType type() {
            return stored.type();
        }

        @Override
        public void write(ElementType type, MemorySegment dst) {
            long rows = stored.shape()[1];
            int bytes = type.blockBytes();
            for (long r = 0; r < stored.count(); r++) {
                long to = r / rows * rows + place(alternate, rows, r % rows);
                MemorySegment.copy(stored.data(), r * bytes, dst, to * bytes, bytes);
            }
        }
    }
}
