package io.jandaia.model.state;

import io.jandaia.error.JandaiaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The memory of all sequences of one model. Pages are allocated when first needed, up to a limit in bytes, and reused; a
 * fresh page is zero. Used by one thread.
 */
public final class PagePool implements AutoCloseable {

    private final KvLayout layout;
    private final long limit;
    private final Arena arena = Arena.ofShared();
    private final Map<Long, Deque<Page>> free = new HashMap<>();
    private long allocated;
    private long used;

    /** @param limit bytes that all pages together may take */
    public PagePool(KvLayout layout, long limit) {
        this.layout = layout;
        this.limit = limit;
    }

    public KvLayout layout() {
        return layout;
    }

    /** A new, empty sequence. */
    public SequenceState open() {
        return open(null);
    }

    /** A new, empty sequence that is computed with a variant of the model; null = the model itself. */
    public SequenceState open(@Nullable Variant variant) {
        return new SequenceState(this, variant);
    }

    /** Bytes in pages that belong to sequences now. */
    public long usedBytes() {
        return used;
    }

    public long limit() {
        return limit;
    }

    /** Whether pages for {@code positions} more positions of one new sequence can still be had. */
    public boolean fits(int positions) {
        return layout.bytes(positions) <= limit - used;
    }

    Page take(long bytes) {
        if (used + bytes > limit) {
            throw JandaiaException.resource("No memory is left for another page of keys and values: " + used
                    + " bytes of " + limit + " are in use. Close a sequence or raise the limit.");
        }
        Deque<Page> pages = free.computeIfAbsent(bytes, b -> new ArrayDeque<>());
        Page page = pages.poll();
        if (page == null) {
            if (allocated + bytes > limit) {
                throw JandaiaException.resource("The pool of keys and values holds " + allocated + " bytes of " + limit
                        + " in pages of other sizes. Raise the limit.");
            }
            page = new Page(arena.allocate(bytes, 64));
            allocated += bytes;
        } else {
            page.memory.fill((byte) 0);
            page.owners = 1;
        }
        used += bytes;
        return page;
    }

    void release(Page page) {
        if (--page.owners == 0) {
            long bytes = page.memory.byteSize();
            used -= bytes;
            free.computeIfAbsent(bytes, b -> new ArrayDeque<>()).push(page);
        }
    }

    Page copy(Page page) {
        Page copy = take(page.memory.byteSize());
        MemorySegment.copy(page.memory, 0, copy.memory, 0, page.memory.byteSize());
        return copy;
    }

    @Override
    public void close() {
        arena.close();
    }
}
