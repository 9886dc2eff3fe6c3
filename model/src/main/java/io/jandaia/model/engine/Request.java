package io.jandaia.model.engine;

import java.util.List;
import java.util.Set;

/**
 * What to generate.
 *
 * @param prompt token ids, at least one
 * @param maxTokens the most tokens to generate; 0 = until the context is full
 * @param sampling how tokens are chosen
 * @param endIds tokens that end the answer and are not part of it
 * @param stops texts that end the answer and are not part of it
 */
public record Request(int[] prompt, int maxTokens, Sampling sampling, Set<Integer> endIds, List<String> stops) {}
