package io.jandaia.model.sampling;

/** Memory as large as a vocabulary that is used again for every token. For one thread. */
public final class Scratch {

    private final Candidates candidates = new Candidates();
    private int[] counts = {};

    Candidates candidates() {
        return candidates;
    }

    /** All zero; whoever writes into it makes it so again. */
    int[] counts(int vocabulary) {
        if (counts.length < vocabulary) {
            counts = new int[vocabulary];
        }
        return counts;
    }
}
