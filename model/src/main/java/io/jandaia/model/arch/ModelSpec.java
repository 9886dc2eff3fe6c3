package io.jandaia.model.arch;

/** What a model is made of. */
public sealed interface ModelSpec permits DecoderSpec, EncoderSpec, EncoderDecoderSpec {}
