package io.jandaia.cli;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.sampling.BeamSearch;
import io.jandaia.model.sampling.Order;
import io.jandaia.model.sampling.Setting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Option;

/** The options of every command that generates. What is not given is the model's own default. docs/SAMPLING.md has them all. */
final class SamplingOptions {

    /** In the order of the command line; applied at the end, so that a wrong value is an error of ours and not of the parser. */
    private final List<UnaryOperator<GenerateOptions>> given = new ArrayList<>();

    private <T> void set(Setting<T> setting, T value) {
        given.add(o -> o.with(setting, value));
    }

    @Option(names = "--temperature", paramLabel = "T", description = "0 = always the most likely token.")
    void temperature(double value) {
        set(Setting.TEMPERATURE, value);
    }

    @Option(names = "--top-k", paramLabel = "K", description = "Only the K most likely tokens; 0 = all.")
    void topK(int value) {
        set(Setting.TOP_K, value);
    }

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description = "Only the tokens that together reach probability P; 1 = all.")
    void topP(double value) {
        set(Setting.TOP_P, value);
    }

    @Option(
            names = "--min-p",
            paramLabel = "P",
            description = "Only tokens at least P times as likely as the best; 0 = all.")
    void minP(double value) {
        set(Setting.MIN_P, value);
    }

    @Option(
            names = "--typical-p",
            paramLabel = "P",
            description = "Only the tokens nearest to the expected surprise that reach probability P; 1 = all.")
    void typicalP(double value) {
        set(Setting.TYPICAL_P, value);
    }

    @Option(
            names = "--top-h",
            paramLabel = "H",
            description = "Only as many of the best as hold the share H of the entropy; 1 = all.")
    void topH(double value) {
        set(Setting.TOP_H, value);
    }

    @Option(
            names = "--top-n-sigma",
            paramLabel = "N",
            description = "Only logits within N standard deviations of the best; 0 = all.")
    void topNSigma(double value) {
        set(Setting.TOP_N_SIGMA, value);
    }

    @Option(
            names = "--epsilon-cutoff",
            paramLabel = "P",
            description = "Only tokens of at least probability P; 0 = all.")
    void epsilonCutoff(double value) {
        set(Setting.EPSILON_CUTOFF, value);
    }

    @Option(
            names = "--eta-cutoff",
            paramLabel = "P",
            description = "The same, but lower where many tokens are possible; 0 = all.")
    void etaCutoff(double value) {
        set(Setting.ETA_CUTOFF, value);
    }

    @Option(
            names = "--xtc-probability",
            paramLabel = "P",
            description = "How often all but the last of the likely tokens are taken out; 0 = never.")
    void xtcProbability(double value) {
        set(Setting.XTC_PROBABILITY, value);
    }

    @Option(
            names = "--xtc-threshold",
            paramLabel = "P",
            description = "From which probability XTC takes a token for likely; default: 0.1.")
    void xtcThreshold(double value) {
        set(Setting.XTC_THRESHOLD, value);
    }

    @Option(
            names = "--sampling-order",
            paramLabel = "hf|llama",
            description =
                    "Temperature before the other filters, as transformers does it (hf), or after them and penalties"
                            + " over the last 64 tokens, as llama.cpp does it (llama); default: hf for folders, llama for GGUF.")
    void order(String value) {
        given.add(o -> o.order(Arrays.stream(Order.values())
                .filter(x -> x.text().equals(value))
                .findFirst()
                .orElseThrow(
                        () -> JandaiaException.usage("--sampling-order is '" + value + "'; expected hf or llama."))));
    }

    @Option(
            names = "--repeat-penalty",
            paramLabel = "X",
            description = "Makes tokens that occurred less likely; 1 = no.")
    void repeatPenalty(double value) {
        set(Setting.REPEAT_PENALTY, value);
    }

    @Option(
            names = "--frequency-penalty",
            paramLabel = "X",
            description = "Taken from a token's logit for each time it occurred; 0 = no.")
    void frequencyPenalty(double value) {
        set(Setting.FREQUENCY_PENALTY, value);
    }

    @Option(
            names = "--presence-penalty",
            paramLabel = "X",
            description = "Taken from a token's logit once if it occurred; 0 = no.")
    void presencePenalty(double value) {
        set(Setting.PRESENCE_PENALTY, value);
    }

    @Option(
            names = "--repeat-last-n",
            paramLabel = "N",
            description = "How many tokens back these penalties look; -1 = all, 0 = no penalties.")
    void repeatLastN(int value) {
        set(Setting.REPEAT_LAST_N, value);
    }

    @Option(
            names = "--no-repeat-ngram-size",
            paramLabel = "N",
            description = "No sequence of N tokens comes twice; 0 = no limit.")
    void noRepeatNgram(int value) {
        set(Setting.NO_REPEAT_NGRAM, value);
    }

    @Option(
            names = "--dry-multiplier",
            paramLabel = "X",
            description = "Strength of DRY, which penalises going on with a repetition; 0 = off.")
    void dryMultiplier(double value) {
        set(Setting.DRY_MULTIPLIER, value);
    }

    @Option(
            names = "--dry-base",
            paramLabel = "X",
            description = "Growth of DRY with each token of a repetition; default: 1.75.")
    void dryBase(double value) {
        set(Setting.DRY_BASE, value);
    }

    @Option(
            names = "--dry-allowed-length",
            paramLabel = "N",
            description = "Repetitions that DRY leaves free are shorter than this; default: 2.")
    void dryAllowedLength(int value) {
        set(Setting.DRY_ALLOWED_LENGTH, value);
    }

    @Option(
            names = "--dry-last-n",
            paramLabel = "N",
            description = "How many tokens back DRY looks; default: -1 = all.")
    void dryLastN(int value) {
        set(Setting.DRY_LAST_N, value);
    }

    @Option(
            names = "--dry-sequence-breaker",
            paramLabel = "TEXT",
            description =
                    "A text that ends a repetition; may be repeated; default: line end, colon, quote and asterisk.")
    List<String> dryBreakers = List.of();

    @Option(
            names = "--mirostat",
            paramLabel = "0|1|2",
            description = "Keeps the surprise near a target instead of filtering; 0 = off.")
    void mirostat(int value) {
        set(Setting.MIROSTAT, value);
    }

    @Option(names = "--mirostat-tau", paramLabel = "BITS", description = "The target of mirostat; default: 5.")
    void mirostatTau(double value) {
        set(Setting.MIROSTAT_TAU, value);
    }

    @Option(names = "--mirostat-eta", paramLabel = "X", description = "How fast mirostat follows; default: 0.1.")
    void mirostatEta(double value) {
        set(Setting.MIROSTAT_ETA, value);
    }

    @Option(
            names = "--logit-bias",
            paramLabel = "ID=X",
            description = "Adds X (-100 to 100, or the word ban) to the logit of a token id; may be repeated.")
    Map<Integer, String> logitBias = Map.of();

    @Option(names = "--ban", paramLabel = "TEXT", description = "A text that may not come; may be repeated.")
    List<String> banned = List.of();

    @Option(names = "--seed", paramLabel = "N", description = "Same seed, same text; default: a new one each time.")
    void seed(long value) {
        set(Setting.SEED, value);
    }

    @Option(names = "--max-tokens", paramLabel = "N", description = "The most tokens to generate.")
    void maxTokens(int value) {
        set(Setting.MAX_TOKENS, value);
    }

    @Option(names = "--min-tokens", paramLabel = "N", description = "The model may not end its answer before.")
    void minTokens(int value) {
        set(Setting.MIN_TOKENS, value);
    }

    @Option(names = "--stop", paramLabel = "TEXT", description = "A text that ends the answer; may be repeated.")
    List<String> stops = List.of();

    @Option(names = "--stop-id", paramLabel = "ID", description = "A token id that ends the answer; may be repeated.")
    List<Integer> stopIds = List.of();

    @Option(names = "--ignore-eos", description = "Go on when the model ends its answer.")
    boolean ignoreEnd;

    @Option(
            names = "--beams",
            paramLabel = "N",
            description =
                    "Searches with N beams for the likeliest answer instead of sampling; it comes at the end; 1 = no.")
    void beams(int value) {
        set(Setting.BEAMS, value);
    }

    @Option(
            names = "--length-penalty",
            paramLabel = "X",
            description = "With beams: above 0 favours long answers, below 0 short ones; default: 1.")
    void lengthPenalty(double value) {
        set(Setting.LENGTH_PENALTY, value);
    }

    @Option(
            names = "--early-stopping",
            paramLabel = "true|false|never",
            description = "With beams: stop as soon as there are N answers, when no better one is likely (false, the"
                    + " default), or when none is possible (never).")
    void earlyStopping(String value) {
        given.add(o -> o.earlyStopping(BeamSearch.EarlyStopping.of(value)));
    }

    @Option(
            names = "--num-return-sequences",
            paramLabel = "N",
            description = "With beams: how many answers --json prints; default: 1.")
    void returned(int value) {
        set(Setting.RETURNED_BEAMS, value);
    }

    @Option(
            names = "--logprobs",
            paramLabel = "N",
            description = "With --json: the log-probability of each token and of the N likeliest at its place.")
    void logProbs(int value) {
        set(Setting.LOG_PROBS, value);
    }

    /** @throws JandaiaException USAGE when a value is out of its range */
    GenerateOptions toGenerate() {
        GenerateOptions o = GenerateOptions.DEFAULT;
        for (UnaryOperator<GenerateOptions> one : given) {
            o = one.apply(o);
        }
        o = dryBreakers.isEmpty() ? o : o.with(Setting.DRY_BREAKERS, List.copyOf(dryBreakers));
        o = logitBias.isEmpty() ? o : o.logitBias(biases());
        o = banned.isEmpty() ? o : o.banned(banned);
        o = stops.isEmpty() ? o : o.stops(stops);
        o = stopIds.isEmpty() ? o : o.stopIds(Set.copyOf(stopIds));
        return ignoreEnd ? o.ignoreEnd(true) : o;
    }

    private Map<Integer, Double> biases() {
        Map<Integer, Double> out = new LinkedHashMap<>();
        logitBias.forEach((id, text) -> {
            try {
                out.put(id, text.equals("ban") ? Double.NEGATIVE_INFINITY : Double.parseDouble(text));
            } catch (NumberFormatException e) {
                throw JandaiaException.usage("--logit-bias " + id + "=" + text
                        + " has no number; expected ID=X with X from -100 to 100, or ID=ban.");
            }
        });
        return out;
    }
}
