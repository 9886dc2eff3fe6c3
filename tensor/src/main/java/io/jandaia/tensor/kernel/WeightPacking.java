package io.jandaia.tensor.kernel;

import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;

/** Brings weights into the layout that products read. */
@FunctionalInterface
public interface WeightPacking {

    /** Packs a weight of shape {@code [rows, cols]}; may keep reading the tensor's own memory. */
    PackedMatrix pack(StoredTensor weight, Numerics numerics);

    /** A weight of which rows are looked up and no products are asked: nothing is gained by another layout. */
    default PackedMatrix table(StoredTensor weight) {
        return pack(weight, Numerics.EXACT);
    }
}
