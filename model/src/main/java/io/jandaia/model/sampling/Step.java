package io.jandaia.model.sampling;

import java.util.Map;

/** One step between the model's logits and the choice: its settings, and what it does. Without state. */
public sealed interface Step {

    /** What is in effect, by name. */
    Map<String, Object> settings();

    /** Changes logits by what came before. The array is as long as the vocabulary; negative infinity bans a token. */
    sealed interface Processor extends Step
            permits SequenceBias,
                    RepeatPenalty,
                    CountPenalty,
                    Dry,
                    NoRepeatNgram,
                    MinLength,
                    ForcedTokens,
                    RemoveInvalid,
                    LengthDecay,
                    Suppress {
        void apply(float[] logits, History history);
    }

    /** Leaves some of the tokens that are left, at least one; or changes how their probabilities follow from logits. */
    sealed interface Filter extends Step permits Temperature, TopNSigma, TopH, TopK, TopP, MinP, Typical, Cutoff, Xtc {
        /**
         * Filters.
         *
         * @param coin a number in [0, 1) for what is left to chance
         */
        void apply(Candidates left, double coin);
    }
}
