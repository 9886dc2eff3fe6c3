package io.jandaia.model.state;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.kernel.KvShape;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the model remembers of one sequence: its length and the pages with its keys and values. Forks and snapshots share
 * pages; whoever writes into a shared page gets a copy of it first. Layers with a window drop pages that no later position
 * can see. Used by one thread; close it to give the pages back.
 */
public final class SequenceState implements AutoCloseable {

    private static final int PAGE = KvShape.PAGE;

    private final PagePool pool;
    private final KvLayout layout;
    private final Table[] tables;
    private final @Nullable Variant variant;
    private @Nullable Page recurrent;
    private int length;
    private int reach;
    private int revocable;
    private boolean closed;

    /** The pages of one group of layers; those before {@code first} are dropped. */
    private static final class Table {
        Page[] pages = new Page[8];
        MemorySegment[] memory = new MemorySegment[8];
        int first;
        int count;

        void put(int index, @Nullable Page page) {
            if (index >= pages.length) {
                pages = Arrays.copyOf(pages, Math.max(index + 1, pages.length * 2));
                memory = Arrays.copyOf(memory, pages.length);
            }
            pages[index] = page;
            memory[index] = page == null ? null : page.memory;
        }
    }

    SequenceState(PagePool pool, @Nullable Variant variant) {
        this.pool = pool;
        this.variant = variant;
        this.layout = pool.layout();
        this.tables = new Table[layout.groups().size()];
        for (int i = 0; i < tables.length; i++) {
            tables[i] = new Table();
        }
    }

    /** Positions that are remembered; the next token's position. */
    public int length() {
        return length;
    }

    public KvLayout layout() {
        return layout;
    }

    /** What it is computed with besides the model; null = nothing. Forks and snapshots have the same. */
    public @Nullable Variant variant() {
        return variant;
    }

    /**
     * The length that is known beforehand: that of the prompt. Positions whose rotation depends on the length of the
     * sequence are computed for at least this many, however the prompt is cut into chunks.
     */
    public int reach() {
        return reach;
    }

    public void reach(int positions) {
        this.reach = Math.max(reach, positions);
    }

    /** How many of the last positions may be cut again: windows keep what they see. */
    public void revocable(int positions) {
        this.revocable = positions;
    }

    /** Makes room for {@code positions} more; RESOURCE when the pool has none, with nothing changed. */
    public void reserve(int positions) {
        checkOpen();
        reserveRecurrent();
        int end = (length + positions + PAGE - 1) / PAGE;
        for (int g = 0; g < tables.length; g++) {
            Table t = tables[g];
            if (length % PAGE != 0) {
                int last = length / PAGE;
                Page page = t.pages[last];
                if (page.owners > 1) {
                    Page copy = pool.copy(page);
                    pool.release(page);
                    t.put(last, copy);
                }
            }
            while (t.count < end) {
                t.put(t.count, pool.take(layout.groups().get(g).pageBytes()));
                t.count++;
            }
        }
    }

    /** A recurrent state that others share is copied before it is written. */
    private void reserveRecurrent() {
        Page page = recurrent;
        if (page == null) {
            recurrent = layout.recurrentBytes() == 0 ? null : pool.take(layout.recurrentBytes());
        } else if (page.owners > 1) {
            recurrent = pool.copy(page);
            pool.release(page);
        }
    }

    /** The recurrent states of all layers, each from its {@link KvLayout#offset} on. */
    public MemorySegment recurrent() {
        return Objects.requireNonNull(recurrent, "nothing is reserved").memory;
    }

    /** Counts {@code positions} as written and drops what no window reaches any more. */
    public void advance(int positions) {
        length += positions;
        for (int g = 0; g < tables.length; g++) {
            int window = layout.groups().get(g).window();
            if (window > 0) {
                drop(tables[g], Math.max(0, length - revocable - window + 1) / PAGE);
            }
        }
    }

    private void drop(Table t, int firstKept) {
        for (; t.first < Math.min(firstKept, t.count); t.first++) {
            pool.release(t.pages[t.first]);
            t.put(t.first, null);
        }
    }

    /**
     * Forgets everything from position {@code newLength} on.
     *
     * @throws JandaiaException USAGE when a window has already dropped positions that would be seen again, or a recurrent state
     *     has gone past them
     */
    public void truncate(int newLength) {
        checkOpen();
        if (newLength < 0 || newLength > length) {
            throw JandaiaException.usage("Cannot cut a sequence of " + length + " positions to " + newLength + ".");
        }
        if (!canTruncate(newLength)) {
            String why = recurrent == null
                    ? "a window has dropped what they see"
                    : "its recurrent state is at " + length + " and cannot go back";
            throw JandaiaException.usage("Cannot cut the sequence to " + newLength + " positions: " + why
                    + ". Start again from a snapshot or from the beginning.");
        }
        if (recurrent != null && newLength < length) {
            pool.release(recurrent);
            recurrent = null;
        }
        int end = (newLength + PAGE - 1) / PAGE;
        for (Table t : tables) {
            while (t.count > end) {
                t.count--;
                if (t.count >= t.first) {
                    pool.release(t.pages[t.count]);
                }
                t.put(t.count, null);
            }
            t.first = Math.min(t.first, t.count);
        }
        length = newLength;
    }

    /** Whether everything that positions up to {@code newLength} see is still remembered. */
    public boolean canTruncate(int newLength) {
        if (recurrent != null && newLength > 0 && newLength < length) {
            return false;
        }
        for (int g = 0; g < tables.length; g++) {
            int window = layout.groups().get(g).window();
            if (window > 0 && newLength > 0 && Math.max(0, newLength - window + 1) / PAGE < tables[g].first) {
                return false;
            }
        }
        return true;
    }

    /** Another sequence that remembers the same; both go on independently. */
    public SequenceState fork() {
        checkOpen();
        SequenceState copy = new SequenceState(pool, variant);
        copy.length = length;
        copy.reach = reach;
        if (recurrent != null) {
            recurrent.owners++;
            copy.recurrent = recurrent;
        }
        for (int g = 0; g < tables.length; g++) {
            Table from = tables[g];
            Table to = copy.tables[g];
            for (int i = from.first; i < from.count; i++) {
                from.pages[i].owners++;
                to.put(i, from.pages[i]);
            }
            to.first = from.first;
            to.count = from.count;
        }
        return copy;
    }

    /** What is remembered now, unchangeable; costs no copy until the sequence goes on. */
    public Snapshot snapshot() {
        return new Snapshot(fork());
    }

    /** The pages of a layer by {@code position / PAGE}; dropped ones are null. */
    public MemorySegment[] pages(int layer) {
        return tables[layout.groupOf(layer)].memory;
    }

    /** Pages held, for tests and memory accounting. */
    public int pageCount() {
        int n = recurrent == null ? 0 : 1;
        for (Table t : tables) {
            n += t.count - t.first;
        }
        return n;
    }

    /** The pages of a group that hold what is remembered, those that were dropped left out. */
    List<Page> held(int group) {
        Table t = tables[group];
        return List.of(Arrays.copyOfRange(t.pages, first(group), Math.max(first(group), end())));
    }

    /** The number of the first page that is held. */
    int first(int group) {
        return Math.min(tables[group].first, end());
    }

    private int end() {
        return (length + PAGE - 1) / PAGE;
    }

    @Nullable
    Page recurrentPage() {
        return recurrent;
    }

    /** Takes the place of an empty sequence: pages as another one held them, which now have one owner more. */
    void remember(int positions, int known, int[] firsts, List<List<Page>> held, @Nullable Page own) {
        length = positions;
        reach = known;
        for (int g = 0; g < tables.length; g++) {
            Table t = tables[g];
            t.first = firsts[g];
            t.count = firsts[g];
            for (Page page : held.get(g)) {
                page.owners++;
                t.put(t.count, page);
                t.count++;
            }
        }
        if (own != null) {
            own.owners++;
            recurrent = own;
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("The sequence is closed.");
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        length = 0;
        if (recurrent != null) {
            pool.release(recurrent);
            recurrent = null;
        }
        for (Table t : tables) {
            for (int i = t.first; i < t.count; i++) {
                pool.release(t.pages[i]);
            }
            t.count = 0;
            t.first = 0;
        }
        closed = true;
    }
}
