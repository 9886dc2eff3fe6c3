package io.jandaia.model.arch;

/** What works on each position alone. */
public sealed interface FeedForwardSpec permits ExpertsSpec, MlpSpec {}
