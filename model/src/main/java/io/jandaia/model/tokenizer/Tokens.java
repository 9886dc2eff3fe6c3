package io.jandaia.model.tokenizer;

import java.util.Arrays;

/**
 * Tokens while a text is being encoded. A model adds them with the UTF-8 byte range inside its piece; the pipeline turns
 * that into positions of the original text.
 */
final class Tokens {

    /** In {@code trims}: a token of the model, whose own spelling tells its outer spaces. */
    static final int MODEL = -1;

    int[] ids = new int[64];
    int[] starts = new int[64];
    int[] ends = new int[64];
    /** {@link #MODEL}, or for added tokens the spaces that were taken with it: left in the high half, right in the low. */
    int[] trims = new int[64];

    int[] types = new int[64];
    int size;

    void add(int id, int start, int end) {
        if (size == ids.length) grow(size + 1);
        ids[size] = id;
        starts[size] = start;
        ends[size] = end;
        trims[size] = MODEL;
        types[size++] = 0;
    }

    void addAll(Tokens other) {
        grow(size + other.size);
        System.arraycopy(other.ids, 0, ids, size, other.size);
        System.arraycopy(other.starts, 0, starts, size, other.size);
        System.arraycopy(other.ends, 0, ends, size, other.size);
        System.arraycopy(other.trims, 0, trims, size, other.size);
        System.arraycopy(other.types, 0, types, size, other.size);
        size += other.size;
    }

    private void grow(int needed) {
        if (needed <= ids.length) return;
        int length = Math.max(needed, ids.length * 2);
        ids = Arrays.copyOf(ids, length);
        starts = Arrays.copyOf(starts, length);
        ends = Arrays.copyOf(ends, length);
        trims = Arrays.copyOf(trims, length);
        types = Arrays.copyOf(types, length);
    }

    Encoding encoding() {
        return new Encoding(
                Arrays.copyOf(ids, size),
                Arrays.copyOf(types, size),
                Arrays.copyOf(starts, size),
                Arrays.copyOf(ends, size));
    }
}
