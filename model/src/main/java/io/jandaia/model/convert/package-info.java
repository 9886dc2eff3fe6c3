/**
 * Models from one layout of files to another: a Hub folder as a GGUF file and back. What has to be done to a tensor follows from
 * comparing the specs that both sides' families make of their configurations; there is no code for single families. What the
 * target's configuration cannot say is found by reading it back, and refused.
 */
@NullMarked
package io.jandaia.model.convert;

import org.jspecify.annotations.NullMarked;
