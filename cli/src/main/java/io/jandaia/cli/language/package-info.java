/**
 * The texts that people read, in the languages that Jandaia speaks. Start at {@link io.jandaia.cli.language.Texts}. Knows
 * nothing of the rest of the command line, which takes every sentence from here.
 */
@NullMarked
package io.jandaia.cli.language;

import org.jspecify.annotations.NullMarked;
