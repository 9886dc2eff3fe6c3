/**
 * A model as its user sees it: load, chat, generate, score, tokenize. Start at {@link io.jandaia.model.Model}, or at {@link
 * io.jandaia.Jandaia} for one line. May depend on every package of this module.
 */
@NullMarked
package io.jandaia.model;

import org.jspecify.annotations.NullMarked;
