package io.jandaia.model.state;

import java.lang.foreign.MemorySegment;

/** Memory for {@link io.jandaia.tensor.kernel.KvShape#PAGE} positions of a group of layers, counted by its owners. */
final class Page {

    final MemorySegment memory;
    int owners = 1;

    Page(MemorySegment memory) {
        this.memory = memory;
    }
}
