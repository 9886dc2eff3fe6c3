package io.jandaia.model;

import io.jandaia.model.engine.TokenEvent;
import io.jandaia.model.engine.TokenEvent.FinishReason;
import io.jandaia.model.engine.TokenEvent.Timings;
import io.jandaia.model.engine.TokenEvent.Usage;
import io.jandaia.model.sampling.LogProbs;
import io.jandaia.model.sampling.Sampling;
import java.util.List;

/**
 * A finished generation.
 *
 * @param sampling the settings in effect, the seed included
 * @param logProbs of each token, if they were asked for; else empty
 * @param alternatives the answers of a beam search, best first, this one included; else empty
 */
public record Answer(
        String text,
        int[] tokenIds,
        int[] promptTokenIds,
        FinishReason finishReason,
        Usage usage,
        Timings timings,
        Sampling sampling,
        List<LogProbs.OfToken> logProbs,
        List<TokenEvent.Alternative> alternatives) {}
