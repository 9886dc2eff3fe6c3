package io.jandaia.model.arch;

/**
 * What an encoder-decoder is made of (Vaswani et al. 2017): an encoder that reads a source, and a decoder whose blocks look
 * at it while they write.
 *
 * @param start the token that answers begin with
 */
public record EncoderDecoderSpec(EncoderSpec encoder, DecoderSpec decoder, int start) implements ModelSpec {}
