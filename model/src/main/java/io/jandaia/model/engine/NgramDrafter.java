package io.jandaia.model.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Guesses that what followed the last few tokens before follows them again: looks up the longest of its n-grams that the
 * sequence ends with, where it came last. Every token is indexed once, so a guess does not search the text. The idea is
 * prompt lookup decoding (Saxena 2023).
 */
public final class NgramDrafter implements Drafter {

    private static final int LONGEST = 4;
    private static final int SHORTEST = 2;

    /** For each length, n-gram by hash to the index behind where it came last. */
    private final List<Map<Integer, Integer>> behind = new ArrayList<>();

    private int indexed;

    public NgramDrafter() {
        for (int n = 0; n <= LONGEST; n++) {
            behind.add(new HashMap<>());
        }
    }

    @Override
    public int[] draft(int[] tokens, int count, int most) {
        for (int end = Math.max(indexed, SHORTEST - 1) + 1; end < count; end++) {
            for (int n = SHORTEST; n <= Math.min(LONGEST, end); n++) {
                behind.get(n).put(hash(tokens, end, n), end);
            }
        }
        indexed = Math.max(indexed, count - 1);
        for (int n = Math.min(LONGEST, count - 1); n >= SHORTEST; n--) {
            Integer from = behind.get(n).get(hash(tokens, count, n));
            if (from != null && same(tokens, from, count, n)) {
                return copy(tokens, from, count, most);
            }
        }
        return NONE;
    }

    /** From {@code from} on; what lies behind the end is what this itself guesses, so that a short period goes on. */
    private static int[] copy(int[] tokens, int from, int count, int most) {
        int[] out = new int[most];
        for (int i = 0; i < most; i++) {
            out[i] = from + i < count ? tokens[from + i] : out[from + i - count];
        }
        return out;
    }

    private static int hash(int[] tokens, int end, int n) {
        int h = n;
        for (int i = end - n; i < end; i++) {
            h = h * 0x9E3779B1 + tokens[i];
        }
        return h;
    }

    private static boolean same(int[] tokens, int a, int b, int n) {
        for (int i = 1; i <= n; i++) {
            if (tokens[a - i] != tokens[b - i]) {
                return false;
            }
        }
        return true;
    }
}
