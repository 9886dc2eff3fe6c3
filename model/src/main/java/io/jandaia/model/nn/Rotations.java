package io.jandaia.model.nn;

import io.jandaia.model.arch.RopeSpec;
import java.lang.foreign.MemorySegment;

/** The cosines and sines of one kind of rotary positions for the rows of a batch. */
final class Rotations {

    private final RopeSpec spec;
    private final RopeTable table;
    private MemorySegment memory = MemorySegment.NULL;

    Rotations(RopeSpec spec) {
        this.spec = spec;
        this.table = new RopeTable(spec);
    }

    void begin(Batch batch, Workspace workspace) {
        memory = workspace.take(batch.size() * table.bytes());
        for (int row = 0; row < batch.size(); row++) {
            int reach = batch.slice(row).reach();
            table.write(batch.position(row), reach, memory, row * table.bytes());
        }
    }

    /** Rotates one head of one row in place. */
    void rotate(Compute compute, int row, MemorySegment x, long at) {
        compute.kernels.rope(x, at, spec.rotary(), spec.interleaved(), memory, row * table.bytes());
    }
}
