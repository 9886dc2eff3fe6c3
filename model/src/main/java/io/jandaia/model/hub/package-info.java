/**
 * Models from the Hugging Face Hub, or a mirror of it, in the cache folder that other programs share. Start at
 * {@link io.jandaia.model.hub.Hub}. Knows files and their names; what is in a model it does not know.
 */
@NullMarked
package io.jandaia.model.hub;

import org.jspecify.annotations.NullMarked;
