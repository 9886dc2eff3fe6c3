package io.jandaia.tensor.kernel.paged;

import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.KvShape;
import io.jandaia.tensor.kernel.KvType;
import io.jandaia.tensor.kernel.asm.CpuFeatures;
import io.jandaia.tensor.kernel.floats.RoundCode;

/**
 * In which numbers machine code multiplies queries with keys and weights with values.
 *
 * @param pairs whether as pairs of BF16, which one instruction multiplies and adds: queries and keys in pairs of dimensions, weights
 *     and values in pairs of positions. Otherwise in float32
 */
record TileFormat(KvShape shape, boolean pairs) {

    private static final boolean HAS_PAIRS = CpuFeatures.here().bf16();

    /** Keys and values that are kept in float32 are wanted as they are. */
    static TileFormat of(KvShape shape, Numerics numerics) {
        boolean pairs = numerics == Numerics.FAST
                && HAS_PAIRS
                && shape.type() != KvType.F32
                && shape.keyDim() % RoundCode.LINE == 0;
        return new TileFormat(shape, pairs);
    }

    private int numberBytes() {
        return pairs ? 2 : 4;
    }

    /** Bytes of a query. */
    int queryBytes() {
        return shape.keyDim() * numberBytes();
    }

    /** Bytes of the weights of a page's positions. */
    int weightBytes() {
        return KvShape.PAGE * numberBytes();
    }

    /** Bytes of the keys of a page; those of its values follow. */
    long decodedKeyBytes() {
        return (long) KvShape.PAGE * queryBytes();
    }

    /** Steps of one instruction over the dimensions of a key. */
    int keySteps() {
        return pairs ? shape.keyDim() / 2 : shape.keyDim();
    }
}
