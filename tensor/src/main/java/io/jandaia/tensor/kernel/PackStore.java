package io.jandaia.tensor.kernel;

import java.lang.foreign.MemorySegment;

/** Keeps packed weights from one loading of a model to the next, so that they are packed once. */
@FunctionalInterface
public interface PackStore {

    /** Keeps nothing. */
    PackStore NONE = (what, data, pack) -> pack.run();

    /**
     * Fills {@code data} with what was kept, or else packs, and keeps it.
     *
     * @param what names the tensor and all that its packed bytes depend on besides the model's files
     * @param data native memory, which does not change once it is filled
     * @param pack fills {@code data}
     */
    void fill(String what, MemorySegment data, Runnable pack);
}
