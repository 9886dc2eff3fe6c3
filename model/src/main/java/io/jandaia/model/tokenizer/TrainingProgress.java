package io.jandaia.model.tokenizer;

/** Hears how far the training of a tokenizer is; called on the thread that trains, a few hundred times at most. */
@FunctionalInterface
public interface TrainingProgress {

    /** Hears nothing. */
    TrainingProgress NONE = (stage, done, total) -> {};

    /** What is being done. */
    enum Stage {
        /** Counting the pairs of neighbours in the words. */
        PAIRS,
        /** Joining pairs; counted in tokens of the vocabulary. */
        MERGES,
        /** Finding the substrings that a unigram vocabulary is chosen from; counted in characters of the words. */
        SEEDS,
        /** Fitting and pruning them; counted in passes over the words, whose number is estimated. */
        ITERATIONS
    }

    /**
     * One more part of a stage is done.
     *
     * @param done from 0 to {@code total}
     */
    void at(Stage stage, long done, long total);
}
