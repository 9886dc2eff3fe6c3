package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.engine.Sampling;
import io.jandaia.model.format.Config;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * What the model's own {@code generation_config.json} says about generation; with transformers' defaults where it is
 * silent.
 *
 * @param notes settings of the file that this version does not apply, a sentence each
 */
record GenerationDefaults(
        int maxTokens,
        double temperature,
        int topK,
        double topP,
        double minP,
        double repeatPenalty,
        Set<Integer> endIds,
        List<String> notes) {

    /** Keys that do not change what is generated here, or are read elsewhere. */
    private static final Set<String> NEUTRAL = Set.of(
            "bos_token_id",
            "eos_token_id",
            "pad_token_id",
            "decoder_start_token_id",
            "transformers_version",
            "_from_model_config",
            "max_length",
            "use_cache",
            "cache_implementation",
            "output_attentions",
            "output_hidden_states",
            "output_scores",
            "return_dict_in_generate",
            "chat_format",
            "user_token_id",
            "assistant_token_id",
            "assistant_confidence_threshold",
            "num_assistant_tokens",
            "num_assistant_tokens_schedule");

    static final GenerationDefaults NONE = new GenerationDefaults(0, 0, 0, 1, 0, 1, Set.of(), List.of());

    static GenerationDefaults of(Config c) {
        boolean sample = c.flag("do_sample", false);
        double temperature = c.number("temperature", 1);
        int topK = Math.toIntExact(c.integer("top_k", 50));
        double topP = c.number("top_p", 1);
        double minP = c.number("min_p", 0);
        GenerationDefaults d = new GenerationDefaults(
                Math.toIntExact(c.integer("max_new_tokens", 0)),
                sample ? temperature : 0,
                sample ? topK : 0,
                sample ? topP : 1,
                sample ? minP : 0,
                c.number("repetition_penalty", 1),
                ends(c),
                List.of());
        List<String> notes = new ArrayList<>();
        for (String key : c.unread().keySet()) {
            if (!NEUTRAL.contains(key)) {
                notes.add("The model's generation_config.json sets " + key + ", which this version does not apply.");
            }
        }
        return new GenerationDefaults(
                d.maxTokens, d.temperature, d.topK, d.topP, d.minP, d.repeatPenalty, d.endIds, List.copyOf(notes));
    }

    /** These, with the end of config.json where generation_config.json names none. */
    GenerationDefaults endingAs(Config config) {
        Set<Integer> ends = endIds.isEmpty() ? ends(config) : endIds;
        return new GenerationDefaults(maxTokens, temperature, topK, topP, minP, repeatPenalty, ends, notes);
    }

    private static Set<Integer> ends(Config c) {
        Set<Integer> ends = new HashSet<>();
        if (c.has("eos_token_id")) {
            for (long id : c.integers("eos_token_id")) {
                ends.add(Math.toIntExact(id));
            }
        }
        return Set.copyOf(ends);
    }

    /** The settings in effect: the caller's where given, else these; a random seed where none is given. */
    Sampling sampling(GenerateOptions o) {
        long seed = o.seed() != null ? o.seed() : new SplittableRandom().nextLong() & 0xFFFFFFFFL;
        return new Sampling(
                or(o.temperature(), temperature),
                (int) or(o.topK(), topK),
                or(o.topP(), topP),
                or(o.minP(), minP),
                or(o.repeatPenalty(), repeatPenalty),
                seed);
    }

    int maxTokens(GenerateOptions o) {
        if (o.maxTokens() != null && o.maxTokens() < 1) {
            throw JandaiaException.usage("The limit of tokens is " + o.maxTokens() + "; expected at least 1.");
        }
        return (int) or(o.maxTokens(), maxTokens);
    }

    private static double or(@Nullable Number value, double otherwise) {
        return value == null ? otherwise : value.doubleValue();
    }
}
