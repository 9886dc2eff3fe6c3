package io.jandaia.tensor.kernel.packed;

import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.kernel.packed.Routines.Kind;
import java.lang.foreign.MemorySegment;

/**
 * Products with {@link PackedRows} by machine code. Addresses are not checked here: callers have checked their memory.
 * Routines are written when they are first needed.
 */
public final class PackedProducts {

    /** Tokens from which tiles are faster than vectors. */
    private static final int TILE_TOKENS = 9;

    /** Groups of rows that make the loading of activations into tiles worth while. */
    private static final int TILE_GROUPS = 4;

    private static final int FEW_GROUPS = 2;

    /** Panels of tokens from which it pays to unpack weights for all of them. */
    private static final int BATCH_PANELS = 2;

    /** Codes that stay in the second-level cache while all panels of tokens are multiplied with them. */
    private static final long CHUNK_BYTES = 256 << 10;

    private static final long TEMPORARY_AT = (Arguments.BYTES + 63) / 64 * 64;
    private static final long SUMS_AT = TEMPORARY_AT + 16 * 64;
    private static final long UNPACKED_AT = SUMS_AT + 2 * TileProductCode.SUMS_BYTES;
    private static final int FORMATS = PackedFormat.values().length;

    private final InstructionSet instructions;
    private final boolean tiles;
    private final boolean batches;
    private final boolean[] trusted = new boolean[FORMATS];
    private final boolean[] batchesTrusted = new boolean[FORMATS];
    private final Routines routines;

    /** @param instructions which the processor must have */
    public PackedProducts(InstructionSet instructions) {
        this.instructions = instructions;
        tiles = instructions == InstructionSet.AMX;
        batches = instructions == InstructionSet.AVX512;
        routines = new Routines(instructions);
    }

    /** Runs the test of a format's machine code, once; UNSUPPORTED when this processor fails it. */
    @SuppressWarnings("EnumOrdinal") // an index
    public synchronized void test(PackedFormat format) {
        if (!trusted[format.ordinal()]) {
            KnownAnswers.check(this, format, instructions.kernels);
            trusted[format.ordinal()] = true;
        }
    }

    /** The same for products with many tokens, before the first of them: it is no part of a start. */
    @SuppressWarnings("EnumOrdinal") // an index
    private void testBatches(PackedFormat format) {
        if (!batchesTrusted[format.ordinal()]) {
            synchronized (this) {
                if (!batchesTrusted[format.ordinal()]) {
                    KnownAnswers.checkBatches(this, format, instructions.kernels);
                    batchesTrusted[format.ordinal()] = true;
                }
            }
        }
    }

    public long scratchBytes(PackedRows w) {
        long unpacked = tiles
                ? chunkGroups(w) * w.blocks() * 512L
                : batches ? BatchUnpackCode.bytes(w.format()) + BatchProductCode.totalsBytes(w.format()) : 0;
        return UNPACKED_AT + unpacked;
    }

    /** Rows that products with so many tokens take at once. */
    public int tileRows(PackedRows w, int tokens) {
        int groups = batched(tokens) > 0
                ? BatchProductCode.groups(w.format())
                : tiles && tokens >= TILE_TOKENS ? TILE_GROUPS : FEW_GROUPS;
        return groups * PackedFormat.ROWS;
    }

    private static long chunkGroups(PackedRows w) {
        return Math.max(1, CHUNK_BYTES / (w.blocks() * 512L));
    }

    private static Panels panels(PackedRows w, int tokens) {
        return new Panels(tokens, w.blocks(), w.format().sums());
    }

    /** Bytes of {@code tokens} quantised tokens. */
    public long quantizedBytes(PackedRows w, int tokens) {
        return panels(w, tokens).bytes();
    }

    /**
     * Quantises one token of many.
     *
     * @param x address of its {@code w.cols()} floats
     * @param dst address of the panels of all {@code tokens}
     */
    public void quantize(PackedRows w, long x, int token, int tokens, long dst) {
        Panels panels = panels(w, tokens);
        int panel = token / Panels.TOKENS;
        int t = token % Panels.TOKENS;
        int width = panels.widthOf(panel);
        long scale = width * 32L - t * 32L + t * 4L;
        routines.get(Kind.QUANTIZE, w.format(), width)
                .call(
                        x,
                        dst + panels.at(panel) + t * 32L,
                        w.blocks(),
                        Panels.blockBytes(width, panels.sums()),
                        scale,
                        scale + 4L * width);
    }

    /**
     * {@code out[t][r] = w[r] . x[t]} for rows {@code [rowFrom, rowTo)}.
     *
     * @param quantized address of the panels of all tokens
     * @param out native memory {@code [tokens, >= w.rows()]}; columns {@code outColumn + r} are written
     */
    public void multiply(
            PackedRows w,
            int tokens,
            long quantized,
            int rowFrom,
            int rowTo,
            Matrix out,
            int outColumn,
            MemorySegment scratch) {
        if (batched(tokens) > 0) {
            testBatches(w.format());
        }
        compute(w, tokens, quantized, rowFrom, rowTo, out, outColumn, scratch);
    }

    /** How many full panels are multiplied together. */
    private int batched(int tokens) {
        int full = tokens / Panels.TOKENS;
        return batches && full >= BATCH_PANELS ? full : 0;
    }

    /** The same without a test before. */
    void compute(
            PackedRows w,
            int tokens,
            long quantized,
            int rowFrom,
            int rowTo,
            Matrix out,
            int outColumn,
            MemorySegment scratch) {
        int first = (rowFrom + PackedFormat.ROWS - 1) / PackedFormat.ROWS;
        int last = rowTo / PackedFormat.ROWS;
        Call call = new Call(w, panels(w, tokens), quantized, out, outColumn, scratch);
        if (first > last) {
            call.part(last, rowFrom, rowTo);
            return;
        }
        if (rowFrom < first * PackedFormat.ROWS) {
            call.part(first - 1, rowFrom, first * PackedFormat.ROWS);
        }
        long step = batched(tokens) > 0 ? last - first : chunkGroups(w);
        for (long group = first; group < last; group += step) {
            call.whole(group, Math.min(step, last - group));
        }
        if (last * PackedFormat.ROWS < rowTo) {
            call.part(last, last * PackedFormat.ROWS, rowTo);
        }
    }

    /** One product on one thread. */
    private final class Call {
        private final PackedRows w;
        private final Panels panels;
        private final long quantized;
        private final Matrix out;
        private final int outColumn;
        private final MemorySegment scratch;
        private final long arguments;
        private final int tilePanels;

        Call(PackedRows w, Panels panels, long quantized, Matrix out, int outColumn, MemorySegment scratch) {
            this.w = w;
            this.panels = panels;
            this.quantized = quantized;
            this.out = out;
            this.outColumn = outColumn;
            this.scratch = scratch;
            arguments = scratch.address();
            tilePanels = !tiles ? 0 : panels.rest() >= TILE_TOKENS ? panels.count() : panels.full();
            Arguments.BLOCKS.set(scratch, w.blocks());
            Arguments.CONSTANTS.set(scratch, Constants.address());
            Arguments.SUMS.set(scratch, arguments + SUMS_AT);
            Arguments.UNPACKED.set(scratch, arguments + UNPACKED_AT);
        }

        /** Some whole groups of rows. */
        void whole(long group, long groups) {
            rows(group, groups);
            long to = out.data().address() + (outColumn + group * PackedFormat.ROWS) * 4;
            long stride = out.cols() * 4L;
            if (tilePanels > 0) {
                tiles(0, Math.min(panels.tokens(), tilePanels * Panels.TOKENS), to, stride);
            }
            int batched = batched(panels.tokens());
            for (int p = 0; p < batched; p += BatchProductCode.PANELS) {
                int some = Math.min(BatchProductCode.PANELS, batched - p);
                batch(group, groups, p, some, to + (long) p * Panels.TOKENS * stride, stride);
            }
            if (batched > 0) {
                rows(group, groups);
                Arguments.BLOCKS.set(scratch, w.blocks());
            }
            for (int p = Math.max(tilePanels, batched); p < panels.count(); p++) {
                vectors(p, to + (long) p * Panels.TOKENS * stride, stride);
            }
        }

        /** Full panels from one on, some groups and some blocks at a time. */
        private void batch(long group, long groups, int panel, int count, long out, long outStride) {
            PackedFormat format = w.format();
            int most = BatchProductCode.groups(format);
            Arguments.PANELS.set(scratch, count);
            Arguments.PANEL_STRIDE.set(scratch, panels.at(1));
            Arguments.OUT_STRIDE.set(scratch, outStride);
            Arguments.CODES_STRIDE.set(scratch, format.codeBytes(w.blocks()));
            Arguments.SCALES_STRIDE.set(scratch, format.scales.bytes(w.blocks()));
            Arguments.TOTALS.set(scratch, arguments + UNPACKED_AT + BatchUnpackCode.bytes(format));
            int blockBytes = Panels.blockBytes(Panels.TOKENS, panels.sums());
            for (long g = 0; g < groups; g += most) {
                int some = (int) Math.min(most, groups - g);
                Arguments.GROUPS.set(scratch, some);
                Arguments.OUT.set(scratch, out + g * PackedFormat.ROWS * 4);
                Arguments.UNPACKED_STRIDE.set(scratch, (long) some * BatchUnpackCode.unitBytes(format));
                for (int block = 0; block < w.blocks(); block += BatchUnpackCode.BLOCKS) {
                    int blocks = Math.min(BatchUnpackCode.BLOCKS, w.blocks() - block);
                    long scalesAt = format.scales.at(block) - format.scales.superBytes;
                    Arguments.BLOCKS.set(scratch, blocks);
                    Arguments.CODES.set(scratch, codes(group + g) + (long) block * format.codes.bytes);
                    Arguments.SCALES.set(scratch, scales(group + g) + scalesAt);
                    Arguments.PANEL.set(scratch, quantized + panels.at(panel) + (long) block * blockBytes);
                    Arguments.FIRST.set(scratch, block == 0 ? 1 : 0);
                    Arguments.LAST.set(scratch, block + blocks == w.blocks() ? 1 : 0);
                    routines.get(Kind.UNPACK, format, 0).call(arguments, 0, 0, 0, 0, 0);
                    routines.get(Kind.BATCH, format, some).call(arguments, 0, 0, 0, 0, 0);
                }
            }
        }

        private long codes(long group) {
            return w.data().address() + w.codesAt(group);
        }

        private long scales(long group) {
            return w.data().address() + w.scalesAt(group);
        }

        /** Some rows of one group, by way of a temporary place for all of them. */
        void part(long group, int rowFrom, int rowTo) {
            rows(group, 1);
            long temporary = arguments + TEMPORARY_AT;
            for (int p = 0; p < panels.count(); p++) {
                int from = p * Panels.TOKENS;
                int some = Math.min(Panels.TOKENS, panels.tokens() - from);
                if (p < tilePanels) {
                    tiles(p, some, temporary, 64);
                } else {
                    vectors(p, temporary, 64);
                }
                long lane = TEMPORARY_AT + (rowFrom - group * PackedFormat.ROWS) * 4;
                for (int t = 0; t < some; t++) {
                    MemorySegment.copy(
                            scratch,
                            lane + 64L * t,
                            out.data(),
                            out.offset(from + t) + (outColumn + rowFrom) * 4L,
                            (rowTo - rowFrom) * 4L);
                }
            }
        }

        private void rows(long group, long groups) {
            Arguments.CODES.set(scratch, codes(group));
            Arguments.SCALES.set(scratch, scales(group));
            Arguments.GROUPS.set(scratch, groups);
        }

        private void tiles(int panel, int tokens, long out, long outStride) {
            Arguments.PANEL.set(scratch, quantized + panels.at(panel));
            Arguments.PANEL_STRIDE.set(scratch, panels.at(1));
            Arguments.TOKENS.set(scratch, tokens);
            Arguments.OUT.set(scratch, out);
            Arguments.OUT_STRIDE.set(scratch, outStride);
            routines.get(Kind.TILES, w.format(), 0).call(arguments, 0, 0, 0, 0, 0);
        }

        private void vectors(int panel, long out, long outStride) {
            Arguments.PANEL.set(scratch, quantized + panels.at(panel));
            Arguments.OUT.set(scratch, out);
            Arguments.OUT_STRIDE.set(scratch, outStride);
            int tokens = Math.min(Panels.TOKENS, panels.tokens() - panel * Panels.TOKENS);
            routines.get(Kind.PRODUCT, w.format(), tokens).call(arguments, 0, 0, 0, 0, 0);
        }
    }
}
