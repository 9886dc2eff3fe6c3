package io.jandaia.tensor;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.format.Bf16;
import io.jandaia.tensor.format.BlockFormat;
import io.jandaia.tensor.format.F16;
import io.jandaia.tensor.format.F32;
import io.jandaia.tensor.format.Q4_0;
import io.jandaia.tensor.format.Q4_1;
import io.jandaia.tensor.format.Q5_0;
import io.jandaia.tensor.format.Q5_1;
import io.jandaia.tensor.format.Q8_0;
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
