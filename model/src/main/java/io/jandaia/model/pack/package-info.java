/** Packed weights kept on disk, so that a model is packed once and then only read. */
@NullMarked
package io.jandaia.model.pack;

import org.jspecify.annotations.NullMarked;
