package io.jandaia.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How to generate. What is null is taken from the model's own {@code generation_config.json}, and where that is silent
 * too: no sampling (the most likely token), no limit but the context, a random seed.
 *
 * @param stops texts that end the answer and are not part of it
 * @param ignoreEnd whether to go on when the model ends its answer
 */
public record GenerateOptions(
        @Nullable Integer maxTokens,
        @Nullable Double temperature,
        @Nullable Integer topK,
        @Nullable Double topP,
        @Nullable Double minP,
        @Nullable Double repeatPenalty,
        @Nullable Long seed,
        List<String> stops,
        boolean ignoreEnd) {

    public static final GenerateOptions DEFAULT =
            new GenerateOptions(null, null, null, null, null, null, null, List.of(), false);

    public GenerateOptions maxTokens(int value) {
        return new GenerateOptions(value, temperature, topK, topP, minP, repeatPenalty, seed, stops, ignoreEnd);
    }

    public GenerateOptions temperature(double value) {
        return new GenerateOptions(maxTokens, value, topK, topP, minP, repeatPenalty, seed, stops, ignoreEnd);
    }

    public GenerateOptions topK(int value) {
        return new GenerateOptions(maxTokens, temperature, value, topP, minP, repeatPenalty, seed, stops, ignoreEnd);
    }

    public GenerateOptions topP(double value) {
        return new GenerateOptions(maxTokens, temperature, topK, value, minP, repeatPenalty, seed, stops, ignoreEnd);
    }

    public GenerateOptions minP(double value) {
        return new GenerateOptions(maxTokens, temperature, topK, topP, value, repeatPenalty, seed, stops, ignoreEnd);
    }

    public GenerateOptions repeatPenalty(double value) {
        return new GenerateOptions(maxTokens, temperature, topK, topP, minP, value, seed, stops, ignoreEnd);
    }

    public GenerateOptions seed(long value) {
        return new GenerateOptions(maxTokens, temperature, topK, topP, minP, repeatPenalty, value, stops, ignoreEnd);
    }

    public GenerateOptions stops(List<String> value) {
        return new GenerateOptions(
                maxTokens, temperature, topK, topP, minP, repeatPenalty, seed, List.copyOf(value), ignoreEnd);
    }

    public GenerateOptions ignoreEnd(boolean value) {
        return new GenerateOptions(maxTokens, temperature, topK, topP, minP, repeatPenalty, seed, stops, value);
    }
}
