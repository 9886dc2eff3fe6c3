package io.jandaia.model.sampling;

import io.jandaia.error.JandaiaException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * One thing that can be set about generation: its name on the command line, its value when nobody sets it, and what it may
 * be. docs/SAMPLING.md says what each does.
 */
public final class Setting<T> {

    public static final Setting<Order> ORDER = new Setting<>("sampling-order", Order.HF, "hf or llama", o -> true);
    public static final Setting<Long> SEED = new Setting<>("seed", 0L, "a whole number", s -> true);

    public static final Setting<Double> TEMPERATURE =
            number("temperature", 0, 0, 100, "a number from 0 (always the most likely token) to 100");
    public static final Setting<Integer> TOP_K = whole("top-k", 0, 0, "a whole number, 0 for all tokens");
    public static final Setting<Double> TOP_P = share("top-p");
    public static final Setting<Double> MIN_P = number("min-p", 0, 0, 1, "a number from 0 to 1");
    public static final Setting<Double> TYPICAL_P = share("typical-p");
    public static final Setting<Double> TOP_H = share("top-h");
    public static final Setting<Double> TOP_N_SIGMA =
            number("top-n-sigma", 0, 0, 1000, "a number from 0 (all tokens) to 1000");
    public static final Setting<Double> EPSILON_CUTOFF = cutoff("epsilon-cutoff");
    public static final Setting<Double> ETA_CUTOFF = cutoff("eta-cutoff");
    public static final Setting<Double> XTC_PROBABILITY =
            number("xtc-probability", 0, 0, 1, "a number from 0 (never) to 1");
    public static final Setting<Double> XTC_THRESHOLD =
            number("xtc-threshold", 0.1, 0, 0.5, "a number from 0 to 0.5, above which it could never apply");

    public static final Setting<Double> REPEAT_PENALTY =
            number("repeat-penalty", 1, 1e-3, 1000, "a number from 0.001 to 1000, 1 for none");
    public static final Setting<Double> FREQUENCY_PENALTY =
            number("frequency-penalty", 0, -100, 100, "a number from -100 to 100, 0 for none");
    public static final Setting<Double> PRESENCE_PENALTY =
            number("presence-penalty", 0, -100, 100, "a number from -100 to 100, 0 for none");
    public static final Setting<Integer> REPEAT_LAST_N =
            whole("repeat-last-n", -1, -1, "a number of tokens, 0 for no penalties, -1 for the whole sequence");
    public static final Setting<Integer> NO_REPEAT_NGRAM =
            whole("no-repeat-ngram-size", 0, 0, "a whole number, 0 for no limit");
    public static final Setting<Double> DRY_MULTIPLIER =
            number("dry-multiplier", 0, 0, 100, "a number from 0 (off) to 100");
    public static final Setting<Double> DRY_BASE = number("dry-base", 1.75, 1, 100, "a number from 1 to 100");
    public static final Setting<Integer> DRY_ALLOWED_LENGTH =
            whole("dry-allowed-length", 2, 1, "a number of tokens, at least 1");
    public static final Setting<Integer> DRY_LAST_N =
            whole("dry-last-n", -1, -1, "a number of tokens, 0 for off, -1 for the whole sequence");
    /** Texts that end what counts as a repetition. */
    public static final Setting<List<String>> DRY_BREAKERS = new Setting<>(
            "dry-sequence-breaker",
            List.of("\n", ":", "\"", "*"),
            "texts of 1 to 40 characters",
            l -> l.stream().allMatch(t -> !t.isEmpty() && t.length() <= 40));

    public static final Setting<Integer> MIROSTAT =
            new Setting<>("mirostat", 0, "0 (off), 1 or 2", v -> v >= 0 && v <= 2);
    public static final Setting<Double> MIROSTAT_TAU =
            number("mirostat-tau", 5, 0, 100, "a number of bits from 0 to 100");
    public static final Setting<Double> MIROSTAT_ETA = number("mirostat-eta", 0.1, 0, 10, "a number from 0 to 10");

    /** What is added to the logits of tokens; negative infinity bans one. */
    public static final Setting<Map<Integer, Double>> LOGIT_BIAS = new Setting<>(
            "logit-bias",
            Map.of(),
            "token ids with a number from -100 to 100, or 'ban'",
            m -> m.keySet().stream().allMatch(id -> id >= 0)
                    && m.values().stream().allMatch(b -> b == Double.NEGATIVE_INFINITY || (b >= -100 && b <= 100)));
    /** The same for whole sequences: added to the last token when the others came just before it. */
    public static final Setting<List<SequenceBias.Entry>> SEQUENCE_BIAS =
            new Setting<>("sequence-bias", List.of(), "sequences of token ids with a number", l -> true);
    /** Texts that the answer may not contain. */
    public static final Setting<List<String>> BANNED_TEXTS = new Setting<>(
            "ban", List.of(), "texts of at least one character", l -> l.stream().noneMatch(String::isEmpty));
    /** Sequences of token ids that may not be completed; an end token alone is not banned by it. */
    public static final Setting<List<List<Integer>>> BANNED_SEQUENCES = new Setting<>(
            "bad-words-ids",
            List.of(),
            "sequences of token ids",
            l -> l.stream().allMatch(ids -> !ids.isEmpty() && ids.stream().allMatch(id -> id >= 0)));

    public static final Setting<Set<Integer>> SUPPRESSED = ids("suppress-tokens");
    public static final Setting<Set<Integer>> SUPPRESSED_FIRST = ids("begin-suppress-tokens");
    public static final Setting<Set<Integer>> FORCED_FIRST = ids("forced-bos-token-id");
    public static final Setting<Set<Integer>> FORCED_LAST = ids("forced-eos-token-id");
    public static final Setting<LengthDecay.Curve> LENGTH_DECAY = new Setting<>(
            "exponential-decay-length-penalty",
            new LengthDecay.Curve(0, 1),
            "a number of tokens and a factor of at least 0",
            c -> c.start() >= 0 && c.factor() >= 0);
    public static final Setting<Boolean> REMOVE_INVALID =
            new Setting<>("remove-invalid-values", false, "true or false", v -> true);

    public static final Setting<Integer> MAX_TOKENS =
            whole("max-tokens", 0, 1, "at least 1; left out, the context is the limit");
    /** Prompt and answer together; counts where MAX_TOKENS is not set. */
    public static final Setting<Integer> MAX_LENGTH = whole("max-length", 0, 1, "at least 1");

    public static final Setting<Integer> MIN_TOKENS = whole("min-tokens", 0, 0, "0 or more");
    /** Prompt and answer together. */
    public static final Setting<Integer> MIN_LENGTH = whole("min-length", 0, 0, "0 or more");
    /** Texts that end the answer and are not part of it. */
    public static final Setting<List<String>> STOPS = new Setting<>(
            "stop",
            List.of(),
            "texts of at least one character",
            l -> l.stream().noneMatch(String::isEmpty));
    /** Further token ids that end the answer and are not part of it. */
    public static final Setting<Set<Integer>> STOP_IDS = ids("stop-id");
    /** Whether to go on when the model ends its answer. */
    public static final Setting<Boolean> IGNORE_END = new Setting<>("ignore-eos", false, "true or false", v -> true);

    public static final Setting<Integer> BEAMS =
            new Setting<>("beams", 1, "a whole number from 1 (no beam search) to 256", v -> v >= 1 && v <= 256);
    public static final Setting<Double> LENGTH_PENALTY =
            number("length-penalty", 1, -100, 100, "a number from -100 to 100; above 0 favours long answers");
    public static final Setting<BeamSearch.EarlyStopping> EARLY_STOPPING =
            new Setting<>("early-stopping", BeamSearch.EarlyStopping.FALSE, "true, false or never", v -> true);
    public static final Setting<Integer> RETURNED_BEAMS =
            whole("num-return-sequences", 1, 1, "a whole number of at least 1");
    public static final Setting<Boolean> RENORMALIZE =
            new Setting<>("renormalize-logits", false, "true or false", v -> true);

    /** Log-probabilities to report with each token: of itself and of this many of the most likely; -1 = none. */
    public static final Setting<Integer> LOG_PROBS = new Setting<>(
            "logprobs", -1, "a whole number from 0 (of the chosen tokens only) to 100", v -> v >= 0 && v <= 100);

    private final String name;
    private final T otherwise;
    private final String expected;
    private final Predicate<T> allows;

    private Setting(String name, T otherwise, String expected, Predicate<T> allows) {
        this.name = name;
        this.otherwise = otherwise;
        this.expected = expected;
        this.allows = allows;
    }

    private static Setting<Double> number(String name, double otherwise, double least, double most, String expected) {
        return new Setting<>(name, otherwise, expected, v -> v >= least && v <= most);
    }

    private static Setting<Double> share(String name) {
        return new Setting<>(name, 1.0, "a number above 0 and at most 1, 1 for all tokens", v -> v > 0 && v <= 1);
    }

    private static Setting<Double> cutoff(String name) {
        return new Setting<>(name, 0.0, "a number from 0 (all tokens) to below 1", v -> v >= 0 && v < 1);
    }

    private static Setting<Integer> whole(String name, int otherwise, int least, String expected) {
        return new Setting<>(name, otherwise, expected, v -> v >= least);
    }

    private static Setting<Set<Integer>> ids(String name) {
        return new Setting<>(name, Set.of(), "token ids", l -> l.stream().allMatch(id -> id >= 0));
    }

    /** As on the command line, without the dashes before it. */
    public String name() {
        return name;
    }

    /** Its value when nobody sets it. */
    public T otherwise() {
        return otherwise;
    }

    /** @throws JandaiaException USAGE when it may not have this value */
    void check(T value) {
        if (!allows.test(value)) {
            throw JandaiaException.usage(
                    "The sampling parameter " + name + " is " + text(value) + "; expected " + expected + ".");
        }
    }

    /** 40.0 as 40. */
    static String text(Object value) {
        return switch (value) {
            case Double d when d == Math.rint(d) && Math.abs(d) < 1e9 -> Long.toString(d.longValue());
            case Order o -> o.text();
            default -> value.toString();
        };
    }

    @Override
    public String toString() {
        return name;
    }
}
