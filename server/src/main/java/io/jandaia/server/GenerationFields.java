package io.jandaia.server;

import io.jandaia.model.GenerateOptions;
import io.jandaia.model.sampling.Order;
import io.jandaia.model.sampling.Setting;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How to generate, as requests say it: the names of OpenAI, then those that vLLM and llama.cpp added. What a request leaves
 * out is as the model's own files say.
 */
public final class GenerationFields {

    private static final List<Named<Double>> NUMBERS = List.of(
            new Named<>("temperature", Setting.TEMPERATURE),
            new Named<>("top_p", Setting.TOP_P),
            new Named<>("min_p", Setting.MIN_P),
            new Named<>("typical_p", Setting.TYPICAL_P),
            new Named<>("top_n_sigma", Setting.TOP_N_SIGMA),
            new Named<>("xtc_probability", Setting.XTC_PROBABILITY),
            new Named<>("xtc_threshold", Setting.XTC_THRESHOLD),
            new Named<>("frequency_penalty", Setting.FREQUENCY_PENALTY),
            new Named<>("presence_penalty", Setting.PRESENCE_PENALTY),
            new Named<>("repetition_penalty", Setting.REPEAT_PENALTY),
            new Named<>("repeat_penalty", Setting.REPEAT_PENALTY),
            new Named<>("dry_multiplier", Setting.DRY_MULTIPLIER),
            new Named<>("dry_base", Setting.DRY_BASE),
            new Named<>("mirostat_tau", Setting.MIROSTAT_TAU),
            new Named<>("mirostat_eta", Setting.MIROSTAT_ETA),
            new Named<>("length_penalty", Setting.LENGTH_PENALTY));

    private static final List<Named<Integer>> WHOLE = List.of(
            new Named<>("repeat_last_n", Setting.REPEAT_LAST_N),
            new Named<>("dry_allowed_length", Setting.DRY_ALLOWED_LENGTH),
            new Named<>("mirostat", Setting.MIROSTAT),
            new Named<>("min_tokens", Setting.MIN_TOKENS));

    private record Named<T>(String field, Setting<T> setting) {}

    private GenerationFields() {}

    /** What a request says about generating. */
    public static GenerateOptions read(Fields f) {
        return settings(f, GenerateOptions.DEFAULT.grammar(GrammarFields.read(f)))
                .adapter(f.text("adapter"));
    }

    /** The settings alone, in options that have none yet. */
    static GenerateOptions settings(Fields f, GenerateOptions options) {
        GenerateOptions o = options;
        for (Named<Double> n : NUMBERS) {
            o = o.withGiven(n.setting, f.number(n.field));
        }
        for (Named<Integer> n : WHOLE) {
            o = o.withGiven(n.setting, f.whole(n.field));
        }
        Integer topK = f.whole("top_k"); // vLLM: -1 for all
        o = o.withGiven(Setting.TOP_K, topK != null && topK == -1 ? Integer.valueOf(0) : topK);
        o = o.withGiven(Setting.SEED, f.large("seed"));
        o = o.withGiven(Setting.IGNORE_END, flag(f, "ignore_eos"));
        o = o.withGiven(Setting.STOPS, some(f.texts("stop")));
        o = o.withGiven(Setting.BANNED_TEXTS, some(f.texts("bad_words")));
        o = o.withGiven(Setting.STOP_IDS, ids(f, "stop_token_ids"));
        o = o.withGiven(Setting.LOGIT_BIAS, biases(f));
        String order = f.text("sampling_order");
        if (order != null) {
            o = o.order(
                    switch (order) {
                        case "hf" -> Order.HF;
                        case "llama" -> Order.LLAMA;
                        default ->
                            throw ApiException.field(
                                    "sampling_order",
                                    "The field 'sampling_order' is '" + order + "'; expected hf or llama.");
                    });
        }
        return o;
    }

    /** Ollama's limit of an answer; -1 and -2 there are as many tokens as fit. */
    public static GenerateOptions limited(Fields options, GenerateOptions o) {
        Integer most = options.whole("num_predict");
        return most != null && most > 0 ? o.maxTokens(most) : o;
    }

    private static @Nullable Boolean flag(Fields f, String name) {
        return f.get(name) == null ? null : (Boolean) f.flag(name, false);
    }

    private static @Nullable List<String> some(List<String> texts) {
        return texts.isEmpty() ? null : texts;
    }

    private static @Nullable Set<Integer> ids(Fields f, String name) {
        List<JsonNode> list = f.list(name);
        Set<Integer> ids = new HashSet<>();
        for (JsonNode id : list) {
            if (!id.isInt()) {
                throw f.wrong(name, id, "token ids");
            }
            ids.add(id.intValue());
        }
        return ids.isEmpty() ? null : ids;
    }

    private static @Nullable Map<Integer, Double> biases(Fields f) {
        JsonNode biases = f.get("logit_bias");
        if (biases == null) {
            return null;
        }
        Map<Integer, Double> out = new HashMap<>();
        if (!biases.isObject()) {
            throw f.wrong("logit_bias", biases, "an object of token ids and numbers");
        }
        for (Map.Entry<String, JsonNode> e : biases.properties()) {
            JsonNode v = e.getValue();
            boolean banned = v.isBoolean() && !v.booleanValue();
            if (!e.getKey().matches("[0-9]{1,9}") || !(v.isNumber() || banned)) {
                throw f.wrong("logit_bias", biases, "an object of token ids and numbers");
            }
            // by OpenAI's documentation, -100 should result in a ban
            double bias = banned || v.doubleValue() <= -100 ? Double.NEGATIVE_INFINITY : v.doubleValue();
            out.put(Integer.parseInt(e.getKey()), bias);
        }
        return out;
    }

    /** A field that must not be ignored silently. */
    public static void refuse(Fields f, String name, String what) {
        JsonNode value = f.get(name);
        boolean harmless = value == null || (value.isArray() && value.isEmpty());
        if (!harmless) {
            throw ApiException.unsupported(
                    name,
                    "The field '" + name + "' asks for " + what
                            + ", which this version of Jandaia does not have yet. Leave the field out.");
        }
    }
}
