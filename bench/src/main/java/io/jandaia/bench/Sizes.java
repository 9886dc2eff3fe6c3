package io.jandaia.bench;

import java.util.List;

/**
 * The sizes of the table, each list ascending.
 *
 * @param prompts tokens
 * @param depths positions before generating; 0 is measured whether it is there or not
 * @param batches sequences at once
 * @param generate tokens with each sequence
 */
record Sizes(List<Integer> prompts, List<Integer> depths, List<Integer> batches, int generate) {

    Sizes {
        prompts = sorted(prompts);
        depths = sorted(depths);
        batches = sorted(batches);
    }

    private static List<Integer> sorted(List<Integer> numbers) {
        return numbers.stream().distinct().sorted().toList();
    }

    /** Whether the table has a row; programs measure a few more on the way. */
    boolean shows(Row row) {
        return switch (row.kind()) {
            case PREFILL -> prompts.contains(row.tokens());
            case DECODE -> row.batch() > 1 || row.depth() == 0 || depths.contains(row.depth());
            case GUESSES -> false; // said below the table
        };
    }
}
