/**
 * What a model remembers of a sequence: keys and values in pages from a pool, shared between forks. Start at {@link
 * io.jandaia.model.state.SequenceState}. Depends on the spec of the decoder and on the size of a page; one thread uses it.
 */
@NullMarked
package io.jandaia.model.state;

import org.jspecify.annotations.NullMarked;
