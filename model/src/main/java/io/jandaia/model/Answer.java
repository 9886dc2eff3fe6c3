package io.jandaia.model;

import io.jandaia.model.engine.Sampling;
import io.jandaia.model.engine.TokenEvent.FinishReason;
import io.jandaia.model.engine.TokenEvent.Timings;
import io.jandaia.model.engine.TokenEvent.Usage;

/**
 * A finished generation.
 *
 * @param sampling the settings in effect, the seed included
 */
public record Answer(
        String text,
        int[] tokenIds,
        int[] promptTokenIds,
        FinishReason finishReason,
        Usage usage,
        Timings timings,
        Sampling sampling) {}
