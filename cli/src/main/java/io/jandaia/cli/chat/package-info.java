/**
 * The conversation of {@code jandaia run} on a terminal: what is typed, its commands, and answers. Start at {@link
 * io.jandaia.cli.chat.Chat}. Knows the model's API and the terminal, not the commands of the shell.
 */
@NullMarked
package io.jandaia.cli.chat;

import org.jspecify.annotations.NullMarked;
