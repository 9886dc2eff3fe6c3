package io.jandaia.tensor.kernel.packed;

import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.MachineCode;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Products with {@link PackedRows} by machine code. Addresses are not checked here: callers have checked their memory.
 * Routines are written when they are first needed.
 */
public final class PackedProducts {

    /** Tokens from which tiles are faster than vectors. */
    private static final int TILE_TOKENS = 9;

    /** Codes that stay in the second-level cache while all panels of tokens are multiplied with them. */
    private static final long CHUNK_BYTES = 256 << 10;

    private static final long TEMPORARY_AT = 128;
    private static final long SUMS_AT = TEMPORARY_AT + 16 * 64;
    private static final long UNPACKED_AT = SUMS_AT + 2 * TileProductCode.SUMS_BYTES;
    private static final int FORMATS = PackedFormat.values().length;

    private final InstructionSet instructions;
    private final boolean tiles;
    private final boolean[] trusted = new boolean[FORMATS];
    private final @Nullable MachineCode[][] vectorCode = new MachineCode[FORMATS][Panels.TOKENS + 1];
    private final @Nullable MachineCode[] tileCode = new MachineCode[FORMATS];
    private final @Nullable MachineCode[][] quantizeCode = new MachineCode[FORMATS][Panels.TOKENS + 1];

    /** @param instructions which the processor must have */
    public PackedProducts(InstructionSet instructions) {
        this.instructions = instructions;
        tiles = instructions == InstructionSet.AMX;
    }

    /** Runs the test of a format's machine code, once; UNSUPPORTED when this processor fails it. */
    @SuppressWarnings("EnumOrdinal") // an index
    public synchronized void test(PackedFormat format) {
        if (!trusted[format.ordinal()]) {
            KnownAnswers.check(this, format, instructions.kernels);
            trusted[format.ordinal()] = true;
        }
    }

    public long scratchBytes(PackedRows w) {
        return UNPACKED_AT + (tiles ? chunkGroups(w) * w.blocks() * 512L : 0);
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
        quantizeCode(w.format(), width)
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
        long step = chunkGroups(w);
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
            for (int p = tilePanels; p < panels.count(); p++) {
                vectors(p, to + (long) p * Panels.TOKENS * stride, stride);
            }
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
            Arguments.CODES.set(scratch, w.data().address() + w.codesAt(group));
            Arguments.SCALES.set(scratch, w.data().address() + w.scalesAt(group));
            Arguments.GROUPS.set(scratch, groups);
        }

        private void tiles(int panel, int tokens, long out, long outStride) {
            Arguments.PANEL.set(scratch, quantized + panels.at(panel));
            Arguments.PANEL_STRIDE.set(scratch, panels.at(1));
            Arguments.TOKENS.set(scratch, tokens);
            Arguments.OUT.set(scratch, out);
            Arguments.OUT_STRIDE.set(scratch, outStride);
            tileCode(w.format()).call(arguments, 0, 0, 0, 0, 0);
        }

        private void vectors(int panel, long out, long outStride) {
            Arguments.PANEL.set(scratch, quantized + panels.at(panel));
            Arguments.OUT.set(scratch, out);
            Arguments.OUT_STRIDE.set(scratch, outStride);
            int tokens = Math.min(Panels.TOKENS, panels.tokens() - panel * Panels.TOKENS);
            vectorCode(w.format(), tokens).call(arguments, 0, 0, 0, 0, 0);
        }
    }

    private Assembler product(PackedFormat format, int tokens) {
        return instructions.narrow()
                ? Avx2ProductCode.of(format, tokens, instructions == InstructionSet.AVX_VNNI)
                : ProductCode.of(format, tokens);
    }

    private Assembler quantizer(PackedFormat format, int width) {
        return instructions.narrow()
                ? Avx2QuantizeCode.of(format.sums(), format.offset, width)
                : QuantizeCode.of(format.sums(), format.offset, width);
    }

    @SuppressWarnings("EnumOrdinal") // an index
    private MachineCode vectorCode(PackedFormat format, int tokens) {
        MachineCode[] codes = vectorCode[format.ordinal()];
        MachineCode code = codes[tokens];
        if (code == null) {
            synchronized (this) {
                code = codes[tokens];
                if (code == null) {
                    code = MachineCode.of(product(format, tokens));
                    codes[tokens] = code;
                }
            }
        }
        return code;
    }

    @SuppressWarnings("EnumOrdinal") // an index
    private MachineCode tileCode(PackedFormat format) {
        MachineCode code = tileCode[format.ordinal()];
        if (code == null) {
            synchronized (this) {
                code = tileCode[format.ordinal()];
                if (code == null) {
                    code = MachineCode.of(TileProductCode.of(format));
                    tileCode[format.ordinal()] = code;
                }
            }
        }
        return code;
    }

    @SuppressWarnings("EnumOrdinal") // an index
    private MachineCode quantizeCode(PackedFormat format, int width) {
        MachineCode[] codes = quantizeCode[format.ordinal()];
        MachineCode code = codes[width];
        if (code == null) {
            synchronized (this) {
                code = codes[width];
                if (code == null) {
                    code = MachineCode.of(quantizer(format, width));
                    codes[width] = code;
                }
            }
        }
        return code;
    }
}
