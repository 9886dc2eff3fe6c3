package io.jandaia.tensor.kernel.packed;

import io.jandaia.tensor.kernel.asm.Assembler;
import io.jandaia.tensor.kernel.asm.MachineCode;
import org.jspecify.annotations.Nullable;

/** The machine code of one instruction set, written when it is first needed. */
final class Routines {

    /** What a routine does, and what the number that it is written for means. */
    enum Kind {
        /** Few tokens; their number. */
        PRODUCT,
        /** Tiles; 0. */
        TILES,
        /** Quantises activations; the panel's width. */
        QUANTIZE,
        /** {@link BatchUnpackCode}; 0. */
        UNPACK,
        /** {@link BatchProductCode}; groups of rows. */
        BATCH
    }

    private static final int FORMATS = PackedFormat.values().length;
    private static final int NUMBERS = Panels.TOKENS + 1;

    private final InstructionSet instructions;
    private final @Nullable MachineCode[] codes = new MachineCode[Kind.values().length * FORMATS * NUMBERS];

    Routines(InstructionSet instructions) {
        this.instructions = instructions;
    }

    @SuppressWarnings("EnumOrdinal") // an index
    MachineCode get(Kind kind, PackedFormat format, int number) {
        int at = (kind.ordinal() * FORMATS + format.ordinal()) * NUMBERS + number;
        MachineCode code = codes[at];
        if (code == null) {
            synchronized (this) {
                code = codes[at];
                if (code == null) {
                    code = MachineCode.of(write(kind, format, number));
                    codes[at] = code;
                }
            }
        }
        return code;
    }

    private Assembler write(Kind kind, PackedFormat format, int number) {
        boolean pairs = instructions == InstructionSet.AVX_VNNI;
        return switch (kind) {
            case PRODUCT ->
                instructions.narrow() ? Avx2ProductCode.of(format, number, pairs) : ProductCode.of(format, number);
            case TILES -> TileProductCode.of(format);
            case QUANTIZE ->
                instructions.narrow()
                        ? Avx2QuantizeCode.of(format.sums(), format.offset, number)
                        : QuantizeCode.of(format.sums(), format.offset, number);
            case UNPACK -> BatchUnpackCode.of(format);
            case BATCH -> BatchProductCode.of(format, number);
        };
    }
}
