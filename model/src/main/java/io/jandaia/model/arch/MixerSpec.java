package io.jandaia.model.arch;

/** What lets a position see others. */
public sealed interface MixerSpec permits AttentionSpec, LatentAttentionSpec, RecurrentSpec {}
