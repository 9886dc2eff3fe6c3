package io.jandaia.model.tokenizer;

import java.util.Arrays;

/** A text cut into ranges, in order and without overlap; what lies between ranges has been removed. */
final class Pieces {

    Text text;
    int[] bounds;
    /** How many ranges: {@code bounds[2 * i]} to {@code bounds[2 * i + 1]}. */
    int size;

    Pieces(Text text) {
        this.text = text;
        bounds = new int[16];
        add(0, text.length());
    }

    private Pieces(Text text, int capacity) {
        this.text = text;
        bounds = new int[capacity];
    }

    /** No ranges yet, with room for about as many as another one has. */
    static Pieces empty(Text text, int capacity) {
        return new Pieces(text, Math.max(16, capacity));
    }

    /** Ranges given as pairs. */
    static Pieces of(Text text, int[] bounds) {
        Pieces pieces = new Pieces(text, Math.max(2, bounds.length));
        for (int i = 0; i < bounds.length; i += 2) pieces.add(bounds[i], bounds[i + 1]);
        return pieces;
    }

    /** The ranges of another one over a text of the same length. */
    static Pieces of(Text text, Pieces other) {
        Pieces pieces = new Pieces(text, other.bounds.length);
        System.arraycopy(other.bounds, 0, pieces.bounds, 0, 2 * other.size);
        pieces.size = other.size;
        return pieces;
    }

    int start(int i) {
        return bounds[2 * i];
    }

    int end(int i) {
        return bounds[2 * i + 1];
    }

    /** Adds a range; empty ones vanish. */
    void add(int from, int to) {
        if (from == to) return;
        if (2 * size == bounds.length) bounds = Arrays.copyOf(bounds, 2 * bounds.length);
        bounds[2 * size] = from;
        bounds[2 * size + 1] = to;
        size++;
    }
}
