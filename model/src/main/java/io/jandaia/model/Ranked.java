package io.jandaia.model;

/**
 * A text by how well it answers a query.
 *
 * @param index its place among those given
 * @param score as the model computed it: larger is better, with no bounds
 */
public record Ranked(int index, double score) {}
