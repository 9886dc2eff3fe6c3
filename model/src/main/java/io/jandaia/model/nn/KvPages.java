package io.jandaia.model.nn;

import io.jandaia.model.state.KvLayout;
import io.jandaia.model.state.SequenceState;
import io.jandaia.tensor.kernel.KvShape;
import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;
import java.util.Objects;
import java.util.function.IntFunction;

/**
 * Where the keys and values of one layer are, for the sequences of a batch.
 *
 * @param ofRow the pages of a row's sequence
 * @param offset where this layer's share of each page begins
 */
record KvPages(KvShape shape, IntFunction<MemorySegment[]> ofRow, long offset) {

    /** What is remembered of the sequences themselves. */
    static KvPages own(Batch batch, KvLayout layout, int layer) {
        return new KvPages(layout.shape(layer), row -> batch.slice(row).state().pages(layer), layout.offset(layer));
    }

    /** Those of the texts that the sequences look at. */
    static KvPages sources(Batch batch, int layer) {
        KvLayout layout = source(batch, 0).layout();
        return new KvPages(layout.shape(layer), row -> source(batch, row).pages(layer), layout.offset(layer));
    }

    static SequenceState source(Batch batch, int row) {
        return Objects.requireNonNull(batch.slice(row).source(), "the batch has no sources");
    }

    /** Pages that are forgotten with what the workspace holds: an encoder's layer needs only its own. */
    static KvPages passing(Batch batch, KvShape shape, Workspace workspace) {
        IdentityHashMap<Batch.Slice, MemorySegment[]> pages = new IdentityHashMap<>();
        for (Batch.Slice s : batch.slices()) {
            MemorySegment[] of = new MemorySegment[(s.count() + KvShape.PAGE - 1) / KvShape.PAGE];
            for (int i = 0; i < of.length; i++) {
                of[i] = workspace.take(shape.pageBytes());
            }
            of[of.length - 1].fill((byte) 0); // the others are written whole
            pages.put(s, of);
        }
        return new KvPages(shape, row -> Objects.requireNonNull(pages.get(batch.slice(row))), 0);
    }

    /** The page that holds a position of a row's sequence. */
    MemorySegment page(int row, int position) {
        return ofRow.apply(row)[position / KvShape.PAGE];
    }
}
