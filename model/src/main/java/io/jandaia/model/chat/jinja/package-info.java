/**
 * The template language of chat templates: Jinja with Python's values, as the Hugging Face library sets it up, in a lexer,
 * a Pratt parser and a tree interpreter whose strings remember where their characters came from. Start at
 * {@link io.jandaia.model.chat.jinja.Template}, then {@link io.jandaia.model.chat.jinja.Interpreter}. This package depends
 * on nothing but the error family and knows no messages.
 */
@NullMarked
package io.jandaia.model.chat.jinja;

import org.jspecify.annotations.NullMarked;
