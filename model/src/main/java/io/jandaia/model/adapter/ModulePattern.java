package io.jandaia.model.adapter;

import io.jandaia.error.JandaiaException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Numbers that hold for the modules whose path ends in what a regular expression matches: PEFT's {@code rank_pattern} and
 * {@code alpha_pattern}. The expressions come from a file, so the steps of a match are limited.
 */
final class ModulePattern {

    private static final int MAX_LENGTH = 1000;
    private static final int MAX_STEPS = 1_000_000;

    private ModulePattern() {}

    /** The number of the first pattern that matches; {@code otherwise} when none does. */
    static double find(Map<String, Object> numbers, String module, double otherwise, Path file) {
        for (Map.Entry<String, Object> e : numbers.entrySet()) {
            if (matches(e.getKey(), module, file)) {
                return (Double) e.getValue();
            }
        }
        return otherwise;
    }

    private static boolean matches(String pattern, String module, Path file) {
        try {
            if (pattern.length() <= MAX_LENGTH) {
                return Pattern.compile("(.*\\.)?(" + pattern + ")$")
                        .matcher(new Counted(module, new int[1]))
                        .lookingAt();
            }
        } catch (PatternSyntaxException | StackOverflowError | TooManySteps e) {
            // said below
        }
        throw JandaiaException.format("The adapter " + file + " has in its configuration the pattern '"
                + (pattern.length() > 80 ? pattern.substring(0, 80) + "..." : pattern)
                + "', which is no regular expression or takes too long.");
    }

    /** Thrown out of a match that goes on for too long. */
    private static final class TooManySteps extends RuntimeException {}

    /** A text that counts how often it is looked at. */
    private record Counted(CharSequence text, int[] steps) implements CharSequence {
        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (++steps[0] > MAX_STEPS) {
                throw new TooManySteps();
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(text.subSequence(start, end), steps);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
