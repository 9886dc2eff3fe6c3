package io.jandaia.model.engine;

/**
 * Guesses the next tokens of one sequence. A guess costs time when it is wrong and changes no text: it is accepted only
 * where the sampler draws the same token. Used by the engine's loop thread.
 */
public interface Drafter extends AutoCloseable {

    /** No guess. */
    int[] NONE = {};

    /**
     * What may follow the first {@code count} of {@code tokens}, which go on from those of the call before.
     *
     * @param most tokens to guess, at least one
     * @return at most {@code most} token ids of the vocabulary; empty when there is nothing to go by
     */
    int[] draft(int[] tokens, int count, int most);

    @Override
    default void close() {}

    /** Makes the drafter of a request. */
    @FunctionalInterface
    interface Source {
        Drafter open(Request request);
    }
}
