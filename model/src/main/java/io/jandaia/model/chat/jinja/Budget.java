package io.jandaia.model.chat.jinja;

/** What is left of a rendering's limits. One per rendering, used by one thread. */
final class Budget {

    /** Bits of an integer: beyond what Python prints at all, far below what hurts. */
    private static final int MAX_BITS = 1 << 17;

    private final long steps;
    private final int maxDepth;
    private final int maxCharacters;
    private long left;
    private int depth;

    Budget(long steps, int depth, int characters) {
        this.steps = steps;
        this.left = steps;
        this.maxDepth = depth;
        this.maxCharacters = characters;
    }

    void step() {
        if (--left < 0) {
            throw exhausted();
        }
    }

    /** Work or memory in proportion to {@code amount}: list elements, or characters divided by their cheapness. */
    void spend(long amount) {
        left -= amount;
        if (left < 0 || amount < 0) {
            throw exhausted();
        }
    }

    private Fault exhausted() {
        left = 0;
        return Fault.resource("more than " + steps + " steps");
    }

    void enter() {
        if (++depth > maxDepth) {
            throw Fault.resource("more than " + maxDepth + " nested evaluations");
        }
    }

    void leave() {
        depth--;
    }

    /** A string of this length is about to exist. Copying is cheap, yet a loop that doubles a string must end. */
    void characters(long length) {
        fits(length);
        spend(length >> 5);
    }

    /** Checks a length without counting it as work. */
    void fits(long length) {
        if (length > maxCharacters) {
            throw Fault.resource("a text longer than " + maxCharacters + " characters");
        }
    }

    void bits(long length) {
        if (length > MAX_BITS) {
            throw Fault.resource("an integer of more than " + MAX_BITS + " bits");
        }
        // A product takes longer than in proportion to its length.
        spend(length >> 4);
    }
}
