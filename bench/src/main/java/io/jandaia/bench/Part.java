package io.jandaia.bench;

import java.util.List;
import java.util.Locale;

/** What one process measures: short, so that programs take turns often. In the order in which a round runs them. */
enum Part {
    /** Short prompts, and decoding after short contexts. */
    PROMPTS,
    /** Decoding from an empty context, one sequence and several at once. */
    BATCHES,
    /** The first token of a new process. */
    START,
    /** Prompts and contexts of more than 600 tokens. */
    LONG,
    /** Prompts and contexts of more than 2,048 tokens. */
    DEEP,
    /** Decoding with guesses that are scripted to be right or wrong; Jandaia alone. */
    SPECULATION;

    private static final int SHORT = 600;
    private static final int MEDIUM = 2048;

    /** Whether rounds of it are counted apart, because they take long. */
    boolean slow() {
        return this == LONG || this == DEEP || this == SPECULATION;
    }

    /** Those of some lengths that belong here; ascending as given. */
    List<Integer> lengths(List<Integer> all) {
        return all.stream().filter(this::holds).toList();
    }

    private boolean holds(int length) {
        return switch (this) {
            case PROMPTS -> length > 0 && length <= SHORT;
            case LONG -> length > SHORT && length <= MEDIUM;
            case DEEP -> length > MEDIUM;
            case BATCHES, START, SPECULATION -> false;
        };
    }

    /** Whether it measures a row of the table. */
    boolean measures(Row row) {
        return switch (row.kind()) {
            case PREFILL -> holds(row.tokens());
            case DECODE -> row.depth() == 0 ? this == BATCHES : holds(row.depth());
            case GUESSES -> this == SPECULATION;
        };
    }

    /** As options name it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
