/**
 * Text on a terminal: whether there is one, what is safe to write on it, how wide it is, and Markdown that is styled while it
 * arrives. Start at {@link io.jandaia.cli.terminal.AnswerWriter}. Knows nothing of models and commands.
 */
@NullMarked
package io.jandaia.cli.terminal;

import org.jspecify.annotations.NullMarked;
