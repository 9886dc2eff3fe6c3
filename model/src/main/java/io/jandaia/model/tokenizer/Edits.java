package io.jandaia.model.tokenizer;

import java.util.Arrays;

/**
 * A rewriting of a text, character by character, in the terms of the reference library: every new character either takes
 * the place of the next old one (change 0), of that and the n after it (change -n), or of none (change 1), in which case
 * it stands for the same input as the old character before.
 */
final class Edits {

    private int[] points;
    private int[] changes;
    private int size;

    Edits(int capacity) {
        points = new int[capacity + 16];
        changes = new int[capacity + 16];
    }

    void add(int codePoint, int change) {
        if (size == points.length) {
            points = Arrays.copyOf(points, 2 * size);
            changes = Arrays.copyOf(changes, 2 * size);
        }
        points[size] = codePoint;
        changes[size++] = change;
    }

    /** The old characters {@code oldCount} give way to a string, one for one, the rest added or removed at its end. */
    void replace(int oldCount, String with) {
        int first = size;
        for (int i = 0; i < with.length(); ) {
            int c = with.codePointAt(i);
            i += Character.charCount(c);
            add(c, 0);
        }
        int more = size - first - oldCount;
        for (int i = size - 1; i >= 0 && more > 0; i--, more--) changes[i] = 1;
        if (more < 0 && size > 0) changes[size - 1] += more;
    }

    /** The rewritten text, the first {@code removed} old characters having been dropped. */
    Text apply(Text text, int removed) {
        String old = text.chars();
        var builder = new Text.Builder(text);
        int at = Math.min(old.length(), old.offsetByCodePoints(0, removed));
        for (int i = 0; i < size; i++) {
            if (changes[i] > 0) {
                builder.add(points[i], at - 1);
                continue;
            }
            builder.add(points[i], Math.min(at, old.length() - 1));
            for (int n = 1 - changes[i]; n > 0 && at < old.length(); n--) {
                at += Character.charCount(old.codePointAt(at));
            }
        }
        return builder.build();
    }
}
