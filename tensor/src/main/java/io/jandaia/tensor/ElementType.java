package io.jandaia.tensor;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.format.Bf16;
import io.jandaia.tensor.format.BlockFormat;
import io.jandaia.tensor.format.F16;
import io.jandaia.tensor.format.F32;
import io.jandaia.tensor.format.Fp8;
import io.jandaia.tensor.format.IQ1_M;
import io.jandaia.tensor.format.IQ1_S;
import io.jandaia.tensor.format.IQ2_S;
import io.jandaia.tensor.format.IQ2_XS;
import io.jandaia.tensor.format.IQ2_XXS;
import io.jandaia.tensor.format.IQ3_S;
import io.jandaia.tensor.format.IQ3_XXS;
import io.jandaia.tensor.format.IQ4_NL;
import io.jandaia.tensor.format.IQ4_XS;
import io.jandaia.tensor.format.Int8;
import io.jandaia.tensor.format.LevelBlocks;
import io.jandaia.tensor.format.MXFP4;
import io.jandaia.tensor.format.Q2_K;
import io.jandaia.tensor.format.Q3_K;
import io.jandaia.tensor.format.Q4_0;
import io.jandaia.tensor.format.Q4_1;
import io.jandaia.tensor.format.Q4_K;
import io.jandaia.tensor.format.Q5_0;
import io.jandaia.tensor.format.Q5_1;
import io.jandaia.tensor.format.Q5_K;
import io.jandaia.tensor.format.Q6_K;
import io.jandaia.tensor.format.Q8_0;
import io.jandaia.tensor.format.TQ1_0;
import io.jandaia.tensor.format.TQ2_0;
import org.jspecify.annotations.Nullable;

/**
 * What the numbers of a stored tensor are. Types with a {@link BlockFormat} can be weights; the others only occur as
 * leftovers in checkpoints (masks, indices) and are skipped by size.
 */
@SuppressWarnings("ImmutableEnumChecker") // block formats are stateless
public enum ElementType {
    F32(new F32()),
    F16(new F16()),
    BF16(new Bf16()),
    Q8_0(new Q8_0()),
    Q4_0(new Q4_0()),
    Q4_1(new Q4_1()),
    Q5_0(new Q5_0()),
    Q5_1(new Q5_1()),
    Q2_K(new Q2_K()),
    Q3_K(new Q3_K()),
    Q4_K(new Q4_K()),
    Q5_K(new Q5_K()),
    Q6_K(new Q6_K()),
    IQ4_NL(new IQ4_NL()),
    IQ4_XS(new IQ4_XS()),
    MXFP4(new MXFP4()),
    TQ1_0(new TQ1_0()),
    TQ2_0(new TQ2_0()),
    IQ1_S(new IQ1_S()),
    IQ1_M(new IQ1_M()),
    IQ2_XXS(new IQ2_XXS()),
    IQ2_XS(new IQ2_XS()),
    IQ2_S(new IQ2_S()),
    IQ3_XXS(new IQ3_XXS()),
    IQ3_S(new IQ3_S()),
    INT8(new Int8()),
    FP8(new Fp8()),
    NF4(LevelBlocks.nf4()),
    FP4(LevelBlocks.fp4()),
    F64(8),
    I64(8),
    I32(4),
    I16(2),
    I8(1),
    U64(8),
    U32(4),
    U16(2),
    U8(1),
    F8_E4M3(1),
    F8_E5M2(1),
    BOOL(1);

    private final int blockElements;
    private final int blockBytes;
    private final @Nullable BlockFormat format;

    ElementType(BlockFormat format) {
        this.blockElements = format.elements();
        this.blockBytes = format.bytes();
        this.format = format;
    }

    ElementType(int bytes) {
        this.blockElements = 1;
        this.blockBytes = bytes;
        this.format = null;
    }

    /** Numbers in a block; 1 when not quantised. */
    public int blockElements() {
        return blockElements;
    }

    public int blockBytes() {
        return blockBytes;
    }

    /** Whether blocks hold more than one number. */
    public boolean quantized() {
        return blockElements > 1;
    }

    /** Whether this type can be computed with. */
    public boolean computable() {
        return format != null;
    }

    /** The layout of a type that can be computed with; UNSUPPORTED for the others. */
    public BlockFormat format() {
        if (format == null) {
            throw JandaiaException.unsupported("Element type " + name() + " is stored only: it cannot be a weight.");
        }
        return format;
    }

    /** Bytes of {@code count} numbers, a multiple of {@link #blockElements()}; ArithmeticException beyond a long. */
    public long bytes(long count) {
        return Math.multiplyExact(count / blockElements, (long) blockBytes);
    }
}
