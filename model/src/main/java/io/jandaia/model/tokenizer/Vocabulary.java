package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Token strings by id and ids by token string. Ids may have holes; of equal strings the last id is found. */
final class Vocabulary {

    /** Far above every real vocabulary; keeps a hostile file from naming an id that costs gigabytes. */
    private static final int MAX_SIZE = 1 << 22;

    /** How many ids may be without a token, beside as many as have one. */
    private static final int MAX_HOLES = 1 << 17;

    /** Chosen anew in every process: no file can name tokens, or pairs of them, that all meet in one place of a table. */
    static final long FACTOR = new SecureRandom().nextLong() | 1;

    private final @Nullable String[] tokens;
    /** Open addressing: id + 1, or 0 where free. */
    private final int[] slots;

    private Vocabulary(@Nullable String[] tokens) {
        this.tokens = tokens;
        slots = new int[Math.max(16, Integer.highestOneBit(Math.max(1, tokens.length)) * 4)];
        for (int id = 0; id < tokens.length; id++) {
            String token = tokens[id];
            if (token != null) insert(token, id);
        }
    }

    static Vocabulary of(@Nullable String[] tokensById) {
        return new Vocabulary(tokensById);
    }

    private void insert(String token, int id) {
        int at = hash(token, 0, token.length()) & slots.length - 1;
        while (slots[at] != 0 && !token.equals(tokens[slots[at] - 1])) at = at + 1 & slots.length - 1;
        slots[at] = id + 1;
    }

    int size() {
        return tokens.length;
    }

    /** A token as messages quote it: hostile ones have millions of characters. */
    static String shown(String token) {
        return token.length() <= 100 ? token : token.substring(0, 100) + "...";
    }

    @Nullable
    String token(int id) {
        return id >= 0 && id < tokens.length ? tokens[id] : null;
    }

    /** The id of a token, or -1. */
    int id(String token) {
        int at = hash(token, 0, token.length()) & slots.length - 1;
        for (; slots[at] != 0; at = at + 1 & slots.length - 1) {
            if (token.equals(tokens[slots[at] - 1])) return slots[at] - 1;
        }
        return -1;
    }

    /** The id of the token that a text range spells, or -1. */
    int id(String text, int from, int to) {
        int at = hash(text, from, to) & slots.length - 1;
        for (; slots[at] != 0; at = at + 1 & slots.length - 1) {
            String token = tokens[slots[at] - 1];
            if (token != null && token.length() == to - from && token.regionMatches(0, text, from, to - from)) {
                return slots[at] - 1;
            }
        }
        return -1;
    }

    private static int hash(String text, int from, int to) {
        long hash = FACTOR;
        for (int i = from; i < to; i++) hash = (hash + text.charAt(i)) * FACTOR;
        return (int) (hash >>> 32);
    }

    /** Collects tokens with their ids in any order. */
    static final class Builder {
        private final String where;
        private @Nullable String[] tokens = new String[1 << 10];
        private int size;
        private int count;

        Builder(String where) {
            this.where = where;
        }

        void add(String token, long id) {
            if (id < 0 || id >= MAX_SIZE) {
                throw JandaiaException.format("Reading the vocabulary of " + where + ": token '" + shown(token)
                        + "' has id " + id + ", expected 0 to " + (MAX_SIZE - 1) + "; the file is damaged.");
            }
            if (id >= tokens.length) {
                tokens = Arrays.copyOf(tokens, (int) Math.min(MAX_SIZE, Math.max(id + 1, 2L * tokens.length)));
            }
            tokens[(int) id] = token;
            count++;
            size = Math.max(size, (int) id + 1);
        }

        int size() {
            return size;
        }

        Vocabulary build() {
            if (size - count > Math.max(count, MAX_HOLES)) {
                throw JandaiaException.format("Reading the vocabulary of " + where + ": it has " + count
                        + " tokens, but ids up to " + (size - 1) + "; the file is damaged.");
            }
            return new Vocabulary(Arrays.copyOf(tokens, size));
        }
    }
}
