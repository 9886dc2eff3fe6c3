package io.jandaia.model.tokenizer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Byte pair encoding (Sennrich et al., 2016): the symbols of a piece are joined pair by pair, always the pair of least rank
 * and of equal ranks the leftmost, until no pair is in the table.
 */
final class Bpe implements Model {

    /**
     * What distinguishes the models of this kind.
     *
     * @param unknown the id for characters outside the vocabulary, -1 to drop them
     * @param fuseUnknown whether neighbouring unknown characters become one token
     * @param byteFallback whether an unknown character becomes its bytes' tokens {@code <0x00>} to {@code <0xFF>}
     * @param prefix written before every symbol of a piece but the first when it is looked up
     * @param suffix written after the last symbol of a piece when it is looked up
     * @param whole which pieces, if they are tokens as a whole, are those tokens whatever the merges say
     */
    record Options(int unknown, boolean fuseUnknown, boolean byteFallback, String prefix, String suffix, Whole whole) {}

    /** Pieces that are looked up as a whole first. */
    enum Whole {
        NONE,
        /** Those of newlines only: vocabularies exist whose merges leave newlines out. */
        NEWLINES,
        ALL
    }

    /** Up to here a plain search for the least rank is faster than a heap. */
    private static final int MAX_PLAIN = 40;

    private final Vocabulary vocabulary;
    private final MergeTable merges;
    private final Options options;
    /** Whether the text comes raw and is to be read as bytes by their stand-ins. */
    private final boolean bytes;
    /** The ids of the 256 bytes: stand-ins when {@link #bytes}, else {@code <0x00>} and so on; -1 where missing. */
    private final int[] byteIds = new int[256];

    private final boolean fallsBack;
    /** A character at whose first occurrence after another a piece may be cut, for no merge crosses there; 0 for none. */
    private final char cut;

    /** Symbols that are found before merging and never merged, or null. */
    private final @Nullable Trie frozen;

    private final PieceCache cache = new PieceCache();

    Bpe(Vocabulary vocabulary, MergeTable merges, Options options, boolean bytes) {
        this(vocabulary, merges, options, bytes, null);
    }

    Bpe(Vocabulary vocabulary, MergeTable merges, Options options, boolean bytes, @Nullable Trie frozen) {
        this.frozen = frozen;
        this.vocabulary = vocabulary;
        this.merges = merges;
        this.options = options;
        this.bytes = bytes;
        boolean all = true;
        for (int b = 0; b < 256; b++) {
            byteIds[b] = vocabulary.id(bytes ? String.valueOf(ByteAlphabet.toChar(b)) : byteToken(b));
            all &= byteIds[b] >= 0;
        }
        fallsBack =
                options.byteFallback && !bytes && (all || Arrays.stream(byteIds).anyMatch(id -> id >= 0));
        cut = frozen == null
                        && !bytes
                        && options.prefix.isEmpty()
                        && options.suffix.isEmpty()
                        && options.whole != Whole.ALL
                        && cutsAtWords()
                ? Metaspace.MARK
                : 0;
    }

    Options options() {
        return options;
    }

    MergeTable merges() {
        return merges;
    }

    /** The same model for pieces that have not been rewritten to byte stand-ins. */
    Bpe onRawText() {
        return new Bpe(vocabulary, merges, options, true);
    }

    /** Whether this model could read raw text as bytes. */
    boolean canReadBytes() {
        return options.prefix.isEmpty() && options.suffix.isEmpty() && !options.byteFallback;
    }

    static String byteToken(int b) {
        return String.format("<0x%02X>", b);
    }

    /** No token joins an end of a word with the mark of the next: then words can be looked up one by one. */
    private boolean cutsAtWords() {
        if (vocabulary.id(String.valueOf(Metaspace.MARK)) < 0) return false;
        for (int id = 0; id < vocabulary.size(); id++) {
            String token = vocabulary.token(id);
            if (token == null) continue;
            int mark = token.lastIndexOf(Metaspace.MARK);
            if (mark > 0 && token.charAt(mark - 1) != Metaspace.MARK) return false;
            if (mark > 0 && token.chars().limit(mark).anyMatch(c -> c != Metaspace.MARK)) return false;
        }
        return true;
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public void tokenize(String text, int from, int to, Tokens out) {
        if (cut == 0) {
            piece(text, from, to, 0, out);
            return;
        }
        int done = 0;
        for (int at = from; at < to; ) {
            int next = at + 1;
            while (next < to && (text.charAt(next) != cut || text.charAt(next - 1) == cut)) next++;
            done += piece(text, at, next, done, out);
            at = next;
        }
    }

    /** Adds the tokens of one piece whose first byte counts as {@code base}; the bytes its tokens cover. */
    private int piece(String text, int from, int to, int base, Tokens out) {
        if (to - from > PieceCache.MAX_LENGTH)
            return new Word(to - from).encode(text, from, to).addTo(out, base);
        int hash = PieceCache.hash(text, from, to);
        PieceCache.Entry entry = cache.get(hash, text, from, to);
        if (entry != null) {
            entry.addTo(out, base);
            return entry.ids().length == 0 ? 0 : entry.ends()[entry.ends().length - 1];
        }
        int first = out.size;
        int bytesCovered = new Word(to - from).encode(text, from, to).addTo(out, base);
        cache.put(hash, text.substring(from, to), out, first, base);
        return bytesCovered;
    }

    /** The symbols of one piece while they are merged. */
    private final class Word {
        int[] ids;
        /** UTF-8 bytes per symbol. */
        int[] lengths;

        int size;

        Word(int length) {
            ids = new int[length + 4];
            lengths = new int[length + 4];
        }

        int addTo(Tokens out, int base) {
            int at = base;
            for (int i = 0; i < size; i++) {
                out.add(ids[i], at, at + lengths[i]);
                at += lengths[i];
            }
            return at - base;
        }

        private void add(int id, int length) {
            if (size == ids.length) {
                ids = Arrays.copyOf(ids, 2 * size);
                lengths = Arrays.copyOf(lengths, 2 * size);
            }
            ids[size] = id;
            lengths[size++] = length;
        }

        Word encode(String text, int from, int to) {
            if (options.whole == Whole.ALL || (options.whole == Whole.NEWLINES && text.charAt(from) == '\n')) {
                String whole = bytes ? ByteAlphabet.encode(text, from, to) : text.substring(from, to);
                int id = vocabulary.id(whole);
                if (id >= 0) {
                    add(id, bytes ? whole.length() : Utf8.length(text, from, to));
                    return this;
                }
            }
            if (bytes) readBytes(text, from, to);
            else readCharacters(text, from, to);
            if (size <= MAX_PLAIN) mergeShort();
            else mergeLong();
            return this;
        }

        private void readBytes(String text, int from, int to) {
            int unknown = 0;
            for (int i = from; i < to; ) {
                int c = text.codePointAt(i);
                i += Character.charCount(c);
                int n = Utf8.length(c);
                for (int k = 0; k < n; k++) {
                    int b = Utf8.byteAt(c, k);
                    // As in the mapped text, where a byte's stand-in takes one or two bytes, lengths count bytes of raw
                    // text.
                    if (byteIds[b] >= 0) {
                        unknown = flush(unknown);
                        add(byteIds[b], 1);
                    } else {
                        unknown = unknown(unknown, 1);
                    }
                }
            }
            flush(unknown);
        }

        private void readCharacters(String text, int from, int to) {
            int unknown = 0;
            for (int i = from; i < to; ) {
                int end = frozenEnd(text, i, to);
                if (end > i) {
                    unknown = flush(unknown);
                    // Known to no merge, so it stays as it is.
                    add(vocabulary.id(text, i, end), Utf8.length(text, i, end));
                    i = end;
                    continue;
                }
                int c = text.codePointAt(i);
                int start = i;
                i += Character.charCount(c);
                int n = Utf8.length(c);
                int id = lookUp(text, start, i, start == from, i == to);
                if (id >= 0) {
                    unknown = flush(unknown);
                    add(id, n);
                } else if (!fallsBack || !addBytes(c, n)) {
                    unknown = unknown(unknown, n);
                }
            }
            flush(unknown);
        }

        /** Where the longest frozen symbol at {@code from} ends, or {@code from}. */
        private int frozenEnd(String text, int from, int to) {
            int found = from;
            if (frozen == null) return found;
            int node = Trie.ROOT;
            for (int at = from; at < to; ) {
                node = frozen.child(node, text.charAt(at++));
                if (node < 0) break;
                if (frozen.value(node) >= 0) found = at;
            }
            return found;
        }

        private boolean addBytes(int c, int n) {
            for (int k = 0; k < n; k++) if (byteIds[Utf8.byteAt(c, k)] < 0) return false;
            for (int k = 0; k < n; k++) add(byteIds[Utf8.byteAt(c, k)], 1);
            return true;
        }

        /** Counts more unknown bytes; the bytes that wait to become one unknown token. */
        private int unknown(int waiting, int length) {
            if (options.unknown < 0) return 0;
            if (options.fuseUnknown) return waiting + length;
            flush(waiting);
            return length;
        }

        private int flush(int waiting) {
            if (waiting > 0) add(options.unknown, waiting);
            return 0;
        }

        private int lookUp(String text, int from, int to, boolean first, boolean last) {
            boolean prefixed = !first && !options.prefix.isEmpty();
            boolean suffixed = last && !options.suffix.isEmpty();
            if (!prefixed && !suffixed) return vocabulary.id(text, from, to);
            return vocabulary.id(
                    (prefixed ? options.prefix : "") + text.substring(from, to) + (suffixed ? options.suffix : ""));
        }

        private void mergeShort() {
            if (size < 2) return;
            long[] pairs = new long[size];
            for (int i = 0; i + 1 < size; i++) pairs[i] = merges.get(ids[i], ids[i + 1]);
            while (size > 1) {
                int least = 0;
                for (int i = 1; i < size - 1; i++) if (pairs[i] >> 32 < pairs[least] >> 32) least = i;
                if (pairs[least] == MergeTable.NONE) return;
                ids[least] = (int) pairs[least];
                lengths[least] += lengths[least + 1];
                int moved = size - least - 2;
                System.arraycopy(ids, least + 2, ids, least + 1, moved);
                System.arraycopy(lengths, least + 2, lengths, least + 1, moved);
                System.arraycopy(pairs, least + 2, pairs, least + 1, moved);
                size--;
                if (least > 0) pairs[least - 1] = merges.get(ids[least - 1], ids[least]);
                if (least + 1 < size) pairs[least] = merges.get(ids[least], ids[least + 1]);
            }
        }

        /** The same with a heap of rank and position; an entry whose pair has changed meanwhile is skipped. */
        private void mergeLong() {
            int n = size;
            int[] next = new int[n];
            int[] previous = new int[n];
            var heap = new Heap(n);
            for (int i = 0; i < n; i++) {
                next[i] = i + 1;
                previous[i] = i - 1;
                if (i + 1 < n) heap.offer(merges.get(ids[i], ids[i + 1]), i);
            }
            while (heap.size > 0) {
                long top = heap.poll();
                int at = (int) top;
                int right = next[at];
                if (lengths[at] == 0 || right >= n) continue;
                long pair = merges.get(ids[at], ids[right]);
                if (pair >> 32 != top >> 32) continue;
                ids[at] = (int) pair;
                lengths[at] += lengths[right];
                lengths[right] = 0;
                next[at] = next[right];
                if (next[at] < n) {
                    previous[next[at]] = at;
                    heap.offer(merges.get(ids[at], ids[next[at]]), at);
                }
                if (previous[at] >= 0) heap.offer(merges.get(ids[previous[at]], ids[at]), previous[at]);
            }
            int kept = 0;
            for (int i = 0; i < n; i++) {
                if (lengths[i] == 0) continue;
                ids[kept] = ids[i];
                lengths[kept++] = lengths[i];
            }
            size = kept;
        }
    }

    /** A binary heap of {@code rank << 32 | position}, least first. */
    private static final class Heap {
        private long[] items;
        int size;

        Heap(int capacity) {
            items = new long[capacity + 2];
        }

        void offer(long merge, int position) {
            if (merge == MergeTable.NONE) return;
            if (size == items.length) items = Arrays.copyOf(items, 2 * size);
            long item = merge >> 32 << 32 | position;
            int at = size++;
            while (at > 0 && items[(at - 1) >> 1] > item) {
                items[at] = items[(at - 1) >> 1];
                at = (at - 1) >> 1;
            }
            items[at] = item;
        }

        long poll() {
            long least = items[0];
            long item = items[--size];
            int at = 0;
            while (true) {
                int child = 2 * at + 1;
                if (child >= size) break;
                if (child + 1 < size && items[child + 1] < items[child]) child++;
                if (items[child] >= item) break;
                items[at] = items[child];
                at = child;
            }
            items[at] = item;
            return least;
        }
    }
}
