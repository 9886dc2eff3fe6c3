package io.jandaia.model.engine;

import io.jandaia.model.grammar.Grammar;
import io.jandaia.model.sampling.Sampling;
import io.jandaia.model.state.Variant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What to generate.
 *
 * @param prompt token ids, at least one
 * @param maxTokens the most tokens to generate; 0 = until the context is full
 * @param sampling how tokens are chosen
 * @param endIds tokens that end the answer and are not part of it
 * @param stops texts that end the answer and are not part of it
 * @param logProbs log-probabilities to report with each token: of itself and of this many of the likeliest; -1 = none
 * @param source what an encoder-decoder reads, as token ids, before it goes on with the prompt; null for decoders
 * @param grammar what the answer must be; null = anything
 * @param variant what it is computed with besides the model, such as an adapter; null = nothing
 * @param form what the text of the answer has besides words
 * @param handling how it is served beside others
 */
public record Request(
        int[] prompt,
        int maxTokens,
        Sampling sampling,
        Set<Integer> endIds,
        List<String> stops,
        int logProbs,
        int @Nullable [] source,
        @Nullable Variant variant,
        @Nullable Grammar grammar,
        Form form,
        Handling handling) {

    /**
     * What the text of an answer has besides words.
     *
     * @param shown special tokens that are a part of it
     * @param reasoning the limit of what comes before the answer proper; null = none
     */
    public record Form(Set<Integer> shown, @Nullable ReasoningLimit reasoning) {
        public static final Form PLAIN = new Form(Set.of(), null);
    }

    /** Without log-probabilities, by the model itself. */
    public Request(int[] prompt, int maxTokens, Sampling sampling, Set<Integer> endIds, List<String> stops) {
        this(prompt, maxTokens, sampling, endIds, stops, -1, null, null, null, Form.PLAIN, Handling.DEFAULT);
    }

    /** The tokens that were given: the source where there is one, else the prompt. */
    int given() {
        return source == null ? prompt.length : source.length;
    }

    /** The most tokens that prompt and answer may have together. */
    int limit(int contextLength) {
        long most = maxTokens == 0 ? Integer.MAX_VALUE : maxTokens;
        return (int) Math.min(contextLength, prompt.length + most);
    }
}
