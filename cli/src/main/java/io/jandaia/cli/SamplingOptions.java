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

    @Option(names = "--temperature", paramLabel = "T")
    void temperature(double value) {
        set(Setting.TEMPERATURE, value);
    }

    @Option(names = "--top-k", paramLabel = "K")
    void topK(int value) {
        set(Setting.TOP_K, value);
    }

    @Option(names = "--top-p", paramLabel = "P")
    void topP(double value) {
        set(Setting.TOP_P, value);
    }

    @Option(names = "--min-p", paramLabel = "P")
    void minP(double value) {
        set(Setting.MIN_P, value);
    }

    @Option(names = "--typical-p", paramLabel = "P")
    void typicalP(double value) {
        set(Setting.TYPICAL_P, value);
    }

    @Option(names = "--top-h", paramLabel = "H")
    void topH(double value) {
        set(Setting.TOP_H, value);
    }

    @Option(names = "--top-n-sigma", paramLabel = "N")
    void topNSigma(double value) {
        set(Setting.TOP_N_SIGMA, value);
    }

    @Option(names = "--epsilon-cutoff", paramLabel = "P")
    void epsilonCutoff(double value) {
        set(Setting.EPSILON_CUTOFF, value);
    }

    @Option(names = "--eta-cutoff", paramLabel = "P")
    void etaCutoff(double value) {
        set(Setting.ETA_CUTOFF, value);
    }

    @Option(names = "--xtc-probability", paramLabel = "P")
    void xtcProbability(double value) {
        set(Setting.XTC_PROBABILITY, value);
    }

    @Option(names = "--xtc-threshold", paramLabel = "P")
    void xtcThreshold(double value) {
        set(Setting.XTC_THRESHOLD, value);
    }

    @Option(names = "--sampling-order", paramLabel = "hf|llama")
    void order(String value) {
        given.add(o -> o.order(Arrays.stream(Order.values())
                .filter(x -> x.text().equals(value))
                .findFirst()
                .orElseThrow(
                        () -> JandaiaException.usage("--sampling-order is '" + value + "'; expected hf or llama."))));
    }

    @Option(names = "--repeat-penalty", paramLabel = "X")
    void repeatPenalty(double value) {
        set(Setting.REPEAT_PENALTY, value);
    }

    @Option(names = "--frequency-penalty", paramLabel = "X")
    void frequencyPenalty(double value) {
        set(Setting.FREQUENCY_PENALTY, value);
    }

    @Option(names = "--presence-penalty", paramLabel = "X")
    void presencePenalty(double value) {
        set(Setting.PRESENCE_PENALTY, value);
    }

    @Option(names = "--repeat-last-n", paramLabel = "N")
    void repeatLastN(int value) {
        set(Setting.REPEAT_LAST_N, value);
    }

    @Option(names = "--no-repeat-ngram-size", paramLabel = "N")
    void noRepeatNgram(int value) {
        set(Setting.NO_REPEAT_NGRAM, value);
    }

    @Option(names = "--dry-multiplier", paramLabel = "X")
    void dryMultiplier(double value) {
        set(Setting.DRY_MULTIPLIER, value);
    }

    @Option(names = "--dry-base", paramLabel = "X")
    void dryBase(double value) {
        set(Setting.DRY_BASE, value);
    }

    @Option(names = "--dry-allowed-length", paramLabel = "N")
    void dryAllowedLength(int value) {
        set(Setting.DRY_ALLOWED_LENGTH, value);
    }

    @Option(names = "--dry-last-n", paramLabel = "N")
    void dryLastN(int value) {
        set(Setting.DRY_LAST_N, value);
    }

    @Option(names = "--dry-sequence-breaker", paramLabel = "TEXT")
    List<String> dryBreakers = List.of();

    @Option(names = "--mirostat", paramLabel = "0|1|2")
    void mirostat(int value) {
        set(Setting.MIROSTAT, value);
    }

    @Option(names = "--mirostat-tau", paramLabel = "BITS")
    void mirostatTau(double value) {
        set(Setting.MIROSTAT_TAU, value);
    }

    @Option(names = "--mirostat-eta", paramLabel = "X")
    void mirostatEta(double value) {
        set(Setting.MIROSTAT_ETA, value);
    }

    @Option(names = "--logit-bias", paramLabel = "ID=X")
    Map<Integer, String> logitBias = Map.of();

    @Option(names = "--ban", paramLabel = "TEXT")
    List<String> banned = List.of();

    @Option(names = "--seed", paramLabel = "N")
    void seed(long value) {
        set(Setting.SEED, value);
    }

    @Option(names = "--max-tokens", paramLabel = "N")
    void maxTokens(int value) {
        set(Setting.MAX_TOKENS, value);
    }

    @Option(names = "--min-tokens", paramLabel = "N")
    void minTokens(int value) {
        set(Setting.MIN_TOKENS, value);
    }

    @Option(names = "--stop", paramLabel = "TEXT")
    List<String> stops = List.of();

    @Option(names = "--stop-id", paramLabel = "ID")
    List<Integer> stopIds = List.of();

    @Option(names = "--ignore-eos")
    boolean ignoreEnd;

    @Option(names = "--beams", paramLabel = "N")
    void beams(int value) {
        set(Setting.BEAMS, value);
    }

    @Option(names = "--length-penalty", paramLabel = "X")
    void lengthPenalty(double value) {
        set(Setting.LENGTH_PENALTY, value);
    }

    @Option(names = "--early-stopping", paramLabel = "true|false|never")
    void earlyStopping(String value) {
        given.add(o -> o.earlyStopping(BeamSearch.EarlyStopping.of(value)));
    }

    @Option(names = "--num-return-sequences", paramLabel = "N")
    void returned(int value) {
        set(Setting.RETURNED_BEAMS, value);
    }

    @Option(names = "--logprobs", paramLabel = "N")
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
