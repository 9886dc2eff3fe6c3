/**
 * The one exception family of Jandaia. Start at {@link io.jandaia.error.JandaiaException}. Everything may depend on this
 * package; it depends on nothing.
 */
@NullMarked
package io.jandaia.error;

import org.jspecify.annotations.NullMarked;
