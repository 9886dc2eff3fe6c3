package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.util.List;

/**
 * Bounds what the rules in a tokenizer's file may make of a text: a few replacements in a row make gigabytes of one
 * character, thousands of harmless steps take minutes. Real tokenizers stay far below.
 */
final class Growth {

    /** Normalisers, splitters or decoders in a row. */
    private static final int MAX_STEPS = 100;

    /** New characters, or tokens, for one old; a small text may become a little more. */
    private static final long MAX_FACTOR = 32;

    private Growth() {}

    /** Refuses a length beyond all measure. */
    static void check(String doing, long length, long before) {
        if (length > 1024 + MAX_FACTOR * before) {
            throw unfit(doing + ": the rules of the tokenizer make " + length + " characters or tokens and more of "
                    + before);
        }
    }

    /** Refuses steps that have read {@code work} characters of a text and of what became of it. */
    static void checkWork(String doing, long work, long before) {
        if (work > 2_000_000 + MAX_STEPS * before) {
            throw unfit(doing + ": the rules of the tokenizer read " + work + " characters and more of a text of "
                    + before);
        }
    }

    private static JandaiaException unfit(String what) {
        return new JandaiaException(
                JandaiaException.Kind.RESOURCE, what + "; the tokenizer is not fit for use, take another.");
    }

    /** The steps themselves, if they are not too many. */
    static <T> List<T> steps(List<T> steps) {
        if (steps.size() > MAX_STEPS) {
            throw JandaiaException.unsupported("Reading a tokenizer: " + steps.size()
                    + " rules in a row are not supported, at most " + MAX_STEPS + " are; take another tokenizer.");
        }
        return List.copyOf(steps);
    }
}
