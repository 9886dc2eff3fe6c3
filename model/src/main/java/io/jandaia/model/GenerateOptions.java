package io.jandaia.model;

import io.jandaia.model.engine.Handling;
import io.jandaia.model.engine.Request.Form;
import io.jandaia.model.grammar.Grammar;
import io.jandaia.model.sampling.BeamSearch;
import io.jandaia.model.sampling.Order;
import io.jandaia.model.sampling.Setting;
import io.jandaia.model.sampling.Settings;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How to generate. What is not set is taken from the model's own {@code generation_config.json}, and where that is silent
 * too: no sampling (the most likely token), no limit but the context, a random seed. docs/SAMPLING.md explains each
 * setting; {@link #with} sets any, the other methods the most used.
 *
 * @param adapter the name of the adapter to use; null = the model itself
 * @param grammar what the answer must be; null = anything
 * @param form what the text has besides words
 * @param handling how the request is served beside others
 */
public record GenerateOptions(
        Settings settings,
        @Nullable String adapter,
        @Nullable Grammar grammar,
        Form form,
        Handling handling) {

    public static final GenerateOptions DEFAULT = new GenerateOptions(Settings.NONE);

    public GenerateOptions(Settings settings) {
        this(settings, null, null, Form.PLAIN, Handling.DEFAULT);
    }

    /** Which of the adapters to use that are loaded beside the model; null = none. */
    public GenerateOptions adapter(@Nullable String name) {
        return new GenerateOptions(settings, name, grammar, form, handling);
    }

    /** What the answer must be, all of it; null = anything. An answer that a limit of tokens would cut ends before. */
    public GenerateOptions grammar(@Nullable Grammar value) {
        return new GenerateOptions(settings, adapter, value, form, handling);
    }

    /** What the text has besides words; {@link Dialogue} knows. */
    public GenerateOptions form(Form value) {
        return new GenerateOptions(settings, adapter, grammar, value, handling);
    }

    /** How the request is served beside others: for whom, how urgently, until when. */
    public GenerateOptions handling(Handling value) {
        return new GenerateOptions(settings, adapter, grammar, form, value);
    }

    /**
     * Sets one thing.
     *
     * @throws io.jandaia.error.JandaiaException USAGE when the setting may not have this value
     */
    public <T> GenerateOptions with(Setting<T> setting, T value) {
        return new GenerateOptions(settings.with(setting, value), adapter, grammar, form, handling);
    }

    /** Sets one thing that somebody may have left open: null changes nothing. */
    public <T> GenerateOptions withGiven(Setting<T> setting, @Nullable T value) {
        return value == null ? this : with(setting, value);
    }

    public GenerateOptions maxTokens(int value) {
        return with(Setting.MAX_TOKENS, value);
    }

    public GenerateOptions minTokens(int value) {
        return with(Setting.MIN_TOKENS, value);
    }

    public GenerateOptions temperature(double value) {
        return with(Setting.TEMPERATURE, value);
    }

    public GenerateOptions topK(int value) {
        return with(Setting.TOP_K, value);
    }

    public GenerateOptions topP(double value) {
        return with(Setting.TOP_P, value);
    }

    public GenerateOptions minP(double value) {
        return with(Setting.MIN_P, value);
    }

    public GenerateOptions repeatPenalty(double value) {
        return with(Setting.REPEAT_PENALTY, value);
    }

    public GenerateOptions frequencyPenalty(double value) {
        return with(Setting.FREQUENCY_PENALTY, value);
    }

    public GenerateOptions presencePenalty(double value) {
        return with(Setting.PRESENCE_PENALTY, value);
    }

    /** What is added to the logits of token ids, -100 to 100; negative infinity bans one. */
    public GenerateOptions logitBias(Map<Integer, Double> value) {
        return with(Setting.LOGIT_BIAS, Map.copyOf(value));
    }

    /** The order of filters: that of transformers or that of llama.cpp. */
    public GenerateOptions order(Order value) {
        return with(Setting.ORDER, value);
    }

    public GenerateOptions seed(long value) {
        return with(Setting.SEED, value);
    }

    /** Texts that end the answer and are not part of it. */
    public GenerateOptions stops(List<String> value) {
        return with(Setting.STOPS, List.copyOf(value));
    }

    /** Further token ids that end the answer and are not part of it. */
    public GenerateOptions stopIds(Set<Integer> value) {
        return with(Setting.STOP_IDS, Set.copyOf(value));
    }

    /** Texts that the answer may not contain. */
    public GenerateOptions banned(List<String> value) {
        return with(Setting.BANNED_TEXTS, List.copyOf(value));
    }

    /** Whether to go on when the model ends its answer. */
    public GenerateOptions ignoreEnd(boolean value) {
        return with(Setting.IGNORE_END, value);
    }

    /** Beam search with so many beams; the text then comes at the end. */
    public GenerateOptions beams(int value) {
        return with(Setting.BEAMS, value);
    }

    public GenerateOptions lengthPenalty(double value) {
        return with(Setting.LENGTH_PENALTY, value);
    }

    public GenerateOptions earlyStopping(BeamSearch.EarlyStopping value) {
        return with(Setting.EARLY_STOPPING, value);
    }

    /** Reports the log-probability of each token and of the {@code n} likeliest at its place. */
    public GenerateOptions logProbs(int n) {
        return with(Setting.LOG_PROBS, n);
    }
}
