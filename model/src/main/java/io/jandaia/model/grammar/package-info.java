/**
 * What an answer may be, as a grammar: from regular expressions, GBNF, lists of choices and JSON Schema to the tokens that
 * may come next. Start at {@link io.jandaia.model.grammar.Grammar}; {@link io.jandaia.model.grammar.Constraint} is one
 * answer on its way. This package knows the tokenizer's bytes and arrays of logits, no tensors and no engine.
 */
@NullMarked
package io.jandaia.model.grammar;

import org.jspecify.annotations.NullMarked;
