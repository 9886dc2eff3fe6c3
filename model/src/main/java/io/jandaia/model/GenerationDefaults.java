package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.format.Config;
import io.jandaia.model.sampling.BeamSearch.EarlyStopping;
import io.jandaia.model.sampling.LengthDecay;
import io.jandaia.model.sampling.Order;
import io.jandaia.model.sampling.SequenceBias;
import io.jandaia.model.sampling.Setting;
import io.jandaia.model.sampling.Settings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a model's own files say about generation, with transformers' defaults where they are silent: the {@code
 * generation_config.json}, or the {@code config.json} that older models keep it in, or {@code general.sampling} of a GGUF.
 *
 * @param endIds tokens that end an answer
 * @param notes settings of the files that this version does not apply, a sentence each
 */
record GenerationDefaults(Settings settings, Set<Integer> endIds, List<String> notes) {

    /** Keys that do not change what is generated here, or are read elsewhere. */
    private static final Set<String> NEUTRAL = Set.of(
            "bos_token_id",
            "eos_token_id",
            "pad_token_id",
            "decoder_start_token_id",
            "transformers_version",
            "_from_model_config",
            "_commit_hash",
            "use_cache",
            "cache_implementation",
            "cache_config",
            "max_cache_len",
            "prefill_chunk_size",
            "low_memory",
            "compile_config",
            "disable_compile",
            "continuous_batching_config",
            "output_attentions",
            "output_hidden_states",
            "output_scores",
            "output_logits",
            "return_dict_in_generate",
            "return_legacy_cache",
            "chat_format",
            "user_token_id",
            "assistant_token_id",
            "is_assistant",
            "assistant_confidence_threshold",
            "assistant_lookbehind",
            "target_lookbehind",
            "num_assistant_tokens",
            "num_assistant_tokens_schedule");

    /** What says nothing when it has this value: transformers' defaults. */
    private static final Map<String, Object> OFF = Map.of(
            "num_beam_groups",
            1L,
            "diversity_penalty",
            0.0,
            "encoder_repetition_penalty",
            1.0,
            "encoder_no_repeat_ngram_size",
            0L,
            "guidance_scale",
            1.0,
            "penalty_alpha",
            0.0,
            "token_healing",
            false,
            "use_mtp",
            false);

    /** llama.cpp's default. */
    private static final double LLAMA_TEMPERATURE = 0.8;

    /** From a {@code generation_config.json}. */
    static GenerationDefaults of(Config c) {
        GenerationDefaults d = read(c);
        List<String> notes = new ArrayList<>(d.notes);
        c.unread().forEach((key, value) -> {
            if (!NEUTRAL.contains(key) && !isOff(key, value)) {
                notes.add("The model's generation_config.json sets " + key + ", which this version does not apply.");
            }
        });
        return new GenerationDefaults(d.settings, d.endIds, List.copyOf(notes));
    }

    /** From a {@code config.json} beside which there is no {@code generation_config.json}; reads only what it knows. */
    static GenerationDefaults ofModelConfig(Config c) {
        NEUTRAL.forEach(c::ignore);
        OFF.keySet().stream().filter(c::has).filter(k -> isOff(k, c.value(k))).forEach(c::ignore);
        return read(c);
    }

    /** From the metadata of a GGUF; with the order of llama.cpp, whose files these are. */
    static GenerationDefaults ofGguf(Config metadata) {
        Config c = metadata.section("general.sampling");
        Reader r = new Reader(c, Settings.NONE.with(Setting.ORDER, Order.LLAMA));
        r.number("temp", Setting.TEMPERATURE);
        r.whole("top_k", Setting.TOP_K);
        r.number("top_p", Setting.TOP_P);
        r.number("min_p", Setting.MIN_P);
        r.number("xtc_probability", Setting.XTC_PROBABILITY);
        r.number("xtc_threshold", Setting.XTC_THRESHOLD);
        r.number("penalty_repeat", Setting.REPEAT_PENALTY);
        r.whole("penalty_last_n", Setting.REPEAT_LAST_N);
        r.whole("mirostat", Setting.MIROSTAT);
        r.number("mirostat_tau", Setting.MIROSTAT_TAU);
        r.number("mirostat_eta", Setting.MIROSTAT_ETA);
        boolean filtered = Stream.of(Setting.TOP_K, Setting.TOP_P, Setting.MIN_P, Setting.MIROSTAT)
                .anyMatch(r.settings::has);
        if (filtered && !r.settings.has(Setting.TEMPERATURE)) {
            r.settings = r.settings.with(Setting.TEMPERATURE, LLAMA_TEMPERATURE);
        }
        List<String> notes = c.unread().keySet().stream()
                .map(key -> "The model's metadata sets " + key + ", which this version does not apply.")
                .toList();
        return new GenerationDefaults(r.settings, Set.of(), notes);
    }

    private static boolean isOff(String key, @Nullable Object value) {
        Object off = OFF.get(key);
        if (value instanceof Number n && off instanceof Number o) {
            return n.doubleValue() == o.doubleValue();
        }
        return Objects.equals(off, value);
    }

    private static GenerationDefaults read(Config c) {
        Reader r = new Reader(c, Settings.NONE);
        List<String> notes = new ArrayList<>();
        boolean sample = c.flag("do_sample", false);
        r.number("temperature", Setting.TEMPERATURE, sample, 1.0);
        r.whole("top_k", Setting.TOP_K, sample, 50);
        r.number("top_p", Setting.TOP_P, sample, 1.0);
        r.number("min_p", Setting.MIN_P, sample, 0.0);
        r.number("typical_p", Setting.TYPICAL_P, sample, 1.0);
        r.number("top_h", Setting.TOP_H, sample, 1.0);
        r.number("epsilon_cutoff", Setting.EPSILON_CUTOFF, sample, 0.0);
        r.number("eta_cutoff", Setting.ETA_CUTOFF, sample, 0.0);
        r.number("repetition_penalty", Setting.REPEAT_PENALTY);
        r.whole("no_repeat_ngram_size", Setting.NO_REPEAT_NGRAM);
        r.put("bad_words_ids", Setting.BANNED_SEQUENCES, GenerationDefaults::sequences);
        r.put("sequence_bias", Setting.SEQUENCE_BIAS, GenerationDefaults::biases);
        r.ids("suppress_tokens", Setting.SUPPRESSED);
        r.ids("begin_suppress_tokens", Setting.SUPPRESSED_FIRST);
        r.ids("forced_bos_token_id", Setting.FORCED_FIRST);
        r.ids("forced_eos_token_id", Setting.FORCED_LAST);
        r.flag("remove_invalid_values", Setting.REMOVE_INVALID);
        r.put("exponential_decay_length_penalty", Setting.LENGTH_DECAY, v -> {
            List<?> pair = list(v);
            return new LengthDecay.Curve(
                    number(pair.getFirst()).intValue(), number(pair.getLast()).doubleValue());
        });
        r.whole("max_new_tokens", Setting.MAX_TOKENS);
        r.whole("max_length", Setting.MAX_LENGTH);
        r.whole("min_new_tokens", Setting.MIN_TOKENS);
        r.whole("min_length", Setting.MIN_LENGTH);
        r.put("stop_strings", Setting.STOPS, v -> v instanceof String s ? List.of(s) : strings(v));
        r.whole("num_beams", Setting.BEAMS);
        r.number("length_penalty", Setting.LENGTH_PENALTY);
        r.put("early_stopping", Setting.EARLY_STOPPING, v -> EarlyStopping.of(v.toString()));
        r.whole("num_return_sequences", Setting.RETURNED_BEAMS);
        r.flag("renormalize_logits", Setting.RENORMALIZE);
        if (r.settings.get(Setting.RETURNED_BEAMS) > 1 && r.settings.get(Setting.BEAMS) == 1) {
            notes.add("The model's files set num_return_sequences without num_beams; one answer is generated.");
            r.settings = r.settings.without(Setting.RETURNED_BEAMS);
        }
        if (r.settings.has(Setting.MIN_TOKENS)) {
            r.settings = r.settings.without(Setting.MIN_LENGTH); // as in transformers
        }
        return new GenerationDefaults(r.settings, ends(c), List.copyOf(notes));
    }

    /** These, with the end of config.json where generation_config.json names none. */
    GenerationDefaults endingAs(Config config) {
        return endIds.isEmpty() ? new GenerationDefaults(settings, ends(config), notes) : this;
    }

    private static Set<Integer> ends(Config c) {
        Set<Integer> ends = new HashSet<>();
        if (c.has("eos_token_id")) {
            for (int id : c.ids("eos_token_id")) {
                ends.add(id);
            }
        }
        return Set.copyOf(ends);
    }

    /** What the caller set, over these. */
    Settings under(GenerateOptions o) {
        if (o.settings().get(Setting.MIROSTAT) > 0) {
            List<Setting<?>> replaced =
                    REPLACED_BY_MIROSTAT.stream().filter(o.settings()::has).toList();
            if (!replaced.isEmpty()) {
                throw JandaiaException.usage("mirostat takes the place of the filters, so "
                        + replaced.stream().map(Setting::name).collect(Collectors.joining(", "))
                        + " cannot be set together with it; leave out one or the other.");
            }
        }
        Settings s = o.settings().over(settings);
        // A number of tokens that the caller gives is about the answer and stands above the file's about the whole.
        return o.settings().has(Setting.MIN_TOKENS) ? s.without(Setting.MIN_LENGTH) : s;
    }

    private static final List<Setting<?>> REPLACED_BY_MIROSTAT = List.of(
            Setting.TOP_K,
            Setting.TOP_P,
            Setting.MIN_P,
            Setting.TYPICAL_P,
            Setting.TOP_H,
            Setting.TOP_N_SIGMA,
            Setting.EPSILON_CUTOFF,
            Setting.ETA_CUTOFF,
            Setting.XTC_PROBABILITY);

    /** Fills settings from a file; what the file may not set ends with an error that names it. */
    private static final class Reader {
        private final Config c;
        private Settings settings;

        Reader(Config c, Settings settings) {
            this.c = c;
            this.settings = settings;
        }

        /** Reads what counts only where the file samples. */
        void number(String key, Setting<Double> setting, boolean sample, double otherwise) {
            double value = c.number(key, otherwise);
            if (sample) {
                set(key, setting, value);
            }
        }

        void number(String key, Setting<Double> setting) {
            if (c.has(key)) {
                set(key, setting, c.number(key));
            }
        }

        void whole(String key, Setting<Integer> setting, boolean sample, int otherwise) {
            int value = c.whole(key, otherwise);
            if (sample) {
                set(key, setting, value);
            }
        }

        void whole(String key, Setting<Integer> setting) {
            if (c.has(key)) {
                long value = c.integer(key);
                set(key, setting, Math.clamp(value, Integer.MIN_VALUE, Integer.MAX_VALUE));
            }
        }

        void flag(String key, Setting<Boolean> setting) {
            if (c.has(key)) {
                set(key, setting, c.flag(key));
            }
        }

        void ids(String key, Setting<Set<Integer>> setting) {
            if (c.has(key)) {
                set(key, setting, Arrays.stream(c.ids(key)).boxed().collect(Collectors.toSet()));
            }
        }

        <T> void put(String key, Setting<T> setting, Function<Object, T> read) {
            Object value = c.value(key);
            if (value != null) {
                try {
                    set(key, setting, read.apply(value));
                } catch (ClassCastException | java.util.NoSuchElementException e) {
                    throw JandaiaException.format("The configuration " + c.source() + " has for the key '" + key
                            + "' a value of a kind that it cannot have: " + value + ".");
                }
            }
        }

        private <T> void set(String key, Setting<T> setting, T value) {
            try {
                settings = settings.with(setting, value);
            } catch (JandaiaException e) {
                throw JandaiaException.format(
                        "The configuration " + c.source() + " has for the key '" + key + "': " + e.getMessage());
            }
        }
    }

    private static List<?> list(Object v) {
        return (List<?>) v;
    }

    private static Number number(Object v) {
        return (Number) v;
    }

    private static List<String> strings(Object v) {
        return list(v).stream().map(String.class::cast).toList();
    }

    private static List<Integer> ids(Object v) {
        return list(v).stream().map(id -> number(id).intValue()).toList();
    }

    private static List<List<Integer>> sequences(Object v) {
        return list(v).stream().map(GenerationDefaults::ids).toList();
    }

    private static List<SequenceBias.Entry> biases(Object v) {
        return list(v).stream()
                .map(e -> new SequenceBias.Entry(
                        ids(list(e).getFirst()), number(list(e).getLast()).doubleValue()))
                .toList();
    }
}
