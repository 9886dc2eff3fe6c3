package io.jandaia.model.engine;

import io.jandaia.model.sampling.LogProbs;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a stream of generation consists of: tokens, then one end. */
public sealed interface TokenEvent {

    /**
     * One generated token.
     *
     * @param text the whole characters that became certain with it, possibly none
     * @param logProbs its log-probability and the likeliest others, if they were asked for
     */
    record Token(int id, String text, LogProbs.@Nullable OfToken logProbs) implements TokenEvent {}

    /**
     * The end.
     *
     * @param text what was held back until now, possibly empty
     * @param alternatives the answers of a beam search, best first; the first is the one whose tokens came
     * @param stop the stop text that ended it; null if none did
     */
    record Finished(
            FinishReason reason,
            String text,
            Usage usage,
            Timings timings,
            List<Alternative> alternatives,
            @Nullable String stop)
            implements TokenEvent {}

    /**
     * One answer of a beam search.
     *
     * @param ids its tokens without the end token
     * @param score the sum of their log-probabilities, the end token's included, divided by the length to the power of the
     *     length penalty
     */
    record Alternative(int[] ids, String text, double score) {}

    /** Why generation ended. */
    enum FinishReason {
        /** The model ended its answer, or a stop text came. */
        STOP,
        /** The limit of tokens or the end of the context was reached. */
        LENGTH,
        /** The caller cancelled. */
        CANCELLED;

        /** As APIs write it: {@code stop}, {@code length}, {@code cancelled}. */
        public String text() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * Tokens of the prompt and of the answer.
     *
     * @param draftTokens that were guessed and computed together with the one before them
     * @param acceptedTokens of those, the ones that became part of the answer
     * @param cachedTokens of the prompt, that were not computed, since an earlier request begins alike
     * @param prefix why so many
     */
    record Usage(
            int promptTokens,
            int completionTokens,
            int draftTokens,
            int acceptedTokens,
            int cachedTokens,
            Prefix prefix) {

        /** Without guesses. */
        public Usage(int promptTokens, int completionTokens) {
            this(promptTokens, completionTokens, 0, 0, 0, Prefix.UNKNOWN);
        }

        public int totalTokens() {
            return promptTokens + completionTokens;
        }
    }

    /**
     * Seconds.
     *
     * @param queue from submission to the first computation
     * @param prefill from there to the first token
     * @param decode from the first token to the last
     */
    record Timings(double queue, double prefill, double decode) {
        public double timeToFirstToken() {
            return queue + prefill;
        }
    }
}
