package io.jandaia.model;

import java.util.List;

/**
 * Vectors of texts.
 *
 * @param vectors one a text, in order
 * @param tokens read in all
 * @param notes a sentence for each text that was cut
 */
public record Embeddings(List<float[]> vectors, int tokens, List<String> notes) {}
