package io.jandaia.model.checkpoint;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.format.Config;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Modules whose weights compressed-tensors stores in one way.
 *
 * @param targets names of modules, patterns after {@code re:}, or names of classes such as {@code Linear}
 * @param bits of a number
 * @param type {@code int} or {@code float}
 * @param size columns that share a scale; 0 when that is not by groups
 * @param blockRows rows of a rectangle that shares a scale; 0 when that is by rows or matrices
 */
record TargetGroup(List<String> targets, int bits, String type, int size, int blockRows, int blockCols) {

    /** Steps of a pattern on one name: patterns come from files, and some take exponential time. */
    private static final int MOST_STEPS = 100_000;

    static TargetGroup of(List<String> targets, Config weights) {
        int bits = QuantizedCheckpoint.within(weights, "num_bits", 8, 2, 8);
        int size = weights.has("group_size") ? QuantizedCheckpoint.groupSize(weights, "group_size") : 0;
        int[] block = block(weights);
        String type = weights.string("type", "int");
        return new TargetGroup(targets, bits, type, size, size > 0 ? 1 : block[0], size > 0 ? size : block[1]);
    }

    /** {@code [128, 128]} or {@code "128x128"}. */
    private static int[] block(Config weights) {
        if (!weights.has("block_structure")) {
            return new int[2];
        }
        String text = weights.value("block_structure") instanceof String s
                ? s
                : Arrays.toString(weights.integers("block_structure"))
                        .replaceAll("[\\[\\] ]", "")
                        .replace(',', 'x');
        if (!text.matches("[1-9]\\d{0,8}x[1-9]\\d{0,8}")) {
            throw JandaiaException.format("The configuration " + weights.source() + " has for the key '"
                    + QuantizedCheckpoint.SECTION + ".config_groups.*.weights.block_structure' '" + text
                    + "', expected two sizes.");
        }
        return Arrays.stream(text.split("x", -1)).mapToInt(Integer::parseInt).toArray();
    }

    String description() {
        String scales = size > 0
                ? "groups of " + size
                : blockRows > 0 ? "blocks of " + blockRows + " x " + blockCols : "a scale a row or matrix";
        return type + " of " + bits + " bits, " + scales;
    }

    /** The group of a module: one that names it, else one whose pattern fits, else the first that names a class. */
    static TargetGroup of(String module, List<TargetGroup> groups) {
        if (groups.size() == 1) {
            return groups.getFirst();
        }
        for (TargetGroup g : groups) {
            if (g.targets.contains(module)) {
                return g;
            }
        }
        for (TargetGroup g : groups) {
            if (g.targets.stream().anyMatch(t -> t.startsWith("re:") && fits(t.substring(3), module))) {
                return g;
            }
        }
        for (TargetGroup g : groups) {
            if (g.targets.stream().anyMatch(t -> !t.startsWith("re:") && t.indexOf('.') < 0)) {
                return g;
            }
        }
        throw JandaiaException.format("The weight of '" + module
                + "' is quantised, but no group of the configuration's '" + QuantizedCheckpoint.SECTION
                + ".config_groups' has it as a target; configuration and weights are of different models.");
    }

    /** Whether a name begins with what fits, as Python's {@code re.match} wants. */
    private static boolean fits(String pattern, String name) {
        try {
            return Pattern.compile(pattern)
                    .matcher(new Limited(name, new int[1]))
                    .lookingAt();
        } catch (PatternSyntaxException | StackOverflowError e) {
            throw JandaiaException.format("The target 're:" + pattern + "' in '" + QuantizedCheckpoint.SECTION
                    + ".config_groups' is no pattern that this version understands.");
        }
    }

    /** Text that can be read so often only. */
    private record Limited(String text, int[] steps) implements CharSequence {
        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int i) {
            if (++steps[0] > MOST_STEPS) {
                throw JandaiaException.format("A pattern in '" + QuantizedCheckpoint.SECTION
                        + ".config_groups' takes too long on the name '" + text + "'.");
            }
            return text.charAt(i);
        }

        @Override
        public CharSequence subSequence(int from, int to) {
            return text.substring(from, to);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
