/**
 * Conversations and the templates that turn them into the text a model reads: messages, their inputs, where templates
 * live, and prompts that remember which characters a user wrote. Start at {@link io.jandaia.model.chat.ChatTemplate}. This
 * package depends on its own Jinja ({@code io.jandaia.model.chat.jinja}) and a JSON reader; it knows no tokenizer and no
 * tensors.
 */
@NullMarked
package io.jandaia.model.chat;

import org.jspecify.annotations.NullMarked;
