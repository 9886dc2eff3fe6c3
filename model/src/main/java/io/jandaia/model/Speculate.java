package io.jandaia.model;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Whether and how the next tokens are guessed, which makes answers faster and changes nothing else.
 *
 * @param mode what guesses
 * @param draftModel the smaller model that guesses, with the same vocabulary; null = none
 * @param most tokens guessed in a step, 1 to 32; fewer when more do not pay
 */
public record Speculate(Mode mode, @Nullable Path draftModel, int most) {

    /** What guesses. */
    public enum Mode {
        /** The draft model where there is one, else n-grams; nothing where a model cannot take guesses back. */
        AUTO,
        /** Nothing. */
        OFF,
        /** What followed the last tokens when they came before. */
        NGRAM,
        /** A smaller model. */
        DRAFT
    }

    public static final Speculate DEFAULT = new Speculate(Mode.AUTO, null, 8);
    public static final Speculate OFF = new Speculate(Mode.OFF, null, 8);
}
