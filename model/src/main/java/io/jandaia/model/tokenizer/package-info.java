/**
 * Text to token ids and back: byte-level and SentencePiece BPE, Unigram, WordPiece, with their normalisers, splitters,
 * post-processors and decoders. Start at {@link io.jandaia.model.tokenizer.Tokenizer}, to learn one from texts at
 * {@link io.jandaia.model.tokenizer.BpeTrainer} and {@link io.jandaia.model.tokenizer.UnigramTrainer}. Depends on Jackson and on the
 * errors of Jandaia; knows no tensors, no model and no chat template.
 */
@NullMarked
package io.jandaia.model.tokenizer;

import org.jspecify.annotations.NullMarked;
