package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.util.Arrays;

/** Strings to numbers, walked one unit at a time: UTF-16 units of a string, or small numbers that stand for characters. */
final class Trie {

    static final int ROOT = 0;

    private static final int FREE = -1;

    /** A text is walked from every place on, so its length times this is work; real tokens are far shorter. */
    private static final int MAX_KEY = 1024;

    /** Open addressing over {@code node << 21 | unit}; a unit has at most the 21 bits of a code point. */
    private long[] edges;

    private int[] targets;
    private int[] values = new int[1 << 10];
    private int nodes = 1;

    Trie(int expected) {
        int capacity = Math.max(64, Integer.highestOneBit(Math.clamp(expected, 8, 1 << 24)) * 8);
        edges = new long[capacity];
        targets = new int[capacity];
        Arrays.fill(targets, FREE);
        values[ROOT] = -1;
    }

    void put(String key, int value) {
        if (key.length() > MAX_KEY) {
            throw JandaiaException.unsupported("Reading a vocabulary: the token of " + key.length()
                    + " characters that begins with '" + key.substring(0, 20) + "' is not supported, at most " + MAX_KEY
                    + " characters are; take another tokenizer.");
        }
        int node = ROOT;
        for (int i = 0; i < key.length(); i++) node = reach(node, key.charAt(i));
        values[node] = value;
    }

    void put(int[] units, int from, int to, int value) {
        int node = ROOT;
        for (int i = from; i < to; i++) node = reach(node, units[i]);
        values[node] = value;
    }

    private int reach(int node, int unit) {
        long edge = (long) node << 21 | unit;
        int at = find(edge);
        if (targets[at] != FREE) return targets[at];
        if (nodes == values.length) values = Arrays.copyOf(values, 2 * nodes);
        values[nodes] = -1;
        edges[at] = edge;
        targets[at] = nodes++;
        if (2 * nodes > edges.length) grow();
        return nodes - 1;
    }

    private void grow() {
        long[] oldEdges = edges;
        int[] oldTargets = targets;
        edges = new long[2 * oldEdges.length];
        targets = new int[edges.length];
        Arrays.fill(targets, FREE);
        for (int i = 0; i < oldEdges.length; i++) {
            if (oldTargets[i] == FREE) continue;
            int at = find(oldEdges[i]);
            edges[at] = oldEdges[i];
            targets[at] = oldTargets[i];
        }
    }

    private int find(long edge) {
        int mask = edges.length - 1;
        int at = (int) ((edge * Vocabulary.FACTOR) >>> 32) & mask;
        while (targets[at] != FREE && edges[at] != edge) at = at + 1 & mask;
        return at;
    }

    /** The node behind a unit, or -1. */
    int child(int node, int unit) {
        return targets[find((long) node << 21 | unit)];
    }

    /** The number of the string that leads to a node, or -1. */
    int value(int node) {
        return values[node];
    }

    boolean isEmpty() {
        return nodes == 1;
    }
}
