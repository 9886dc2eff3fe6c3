/**
 * Generation: requests in, streams of tokens out. Start at {@link io.jandaia.model.engine.Engine}: one thread owns the
 * sequences and computes them together. Depends on the decoder, sequence state and the tokenizer; knows no HTTP and no
 * command line.
 */
@NullMarked
package io.jandaia.model.engine;

import org.jspecify.annotations.NullMarked;
