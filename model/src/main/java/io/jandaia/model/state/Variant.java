package io.jandaia.model.state;

/**
 * What besides the model computed a sequence's state, such as an adapter. Keys and values that were made under one variant
 * are of no use under another, so a sequence keeps its own from its first token to its last. Each is equal to
 * itself only.
 */
public interface Variant {}
