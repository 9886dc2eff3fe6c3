package io.jandaia.model.engine;

import io.jandaia.model.nn.Batch;
import io.jandaia.model.nn.EncoderDecoder;
import io.jandaia.model.nn.Ops;
import io.jandaia.model.state.PagePool;
import io.jandaia.model.state.SequenceState;
import org.jspecify.annotations.Nullable;

/** What an encoder-decoder reads before it writes: tokens, and once they are read, keys and values for every layer. */
final class Source {

    private final int[] tokens;
    private @Nullable SequenceState state;

    private Source(int[] tokens) {
        this.tokens = tokens;
    }

    /** That of a request; null when it has none. */
    static @Nullable Source of(Request request) {
        return request.source() == null ? null : new Source(request.source());
    }

    @Nullable
    SequenceState state() {
        return state;
    }

    /** Reads it, if it has not been; RESOURCE, with nothing changed, when the pool has no room. */
    void read(EncoderDecoder network, PagePool pool, Ops ops) {
        if (state != null) {
            return;
        }
        SequenceState s = pool.open();
        try {
            s.reserve(tokens.length);
            network.read(Batch.builder().addSource(s, tokens).build(), ops);
            state = s;
        } finally {
            if (state == null) {
                s.close();
            }
        }
    }

    /** Gives its memory back; it is read again when it is needed. */
    void release() {
        if (state != null) {
            state.close();
            state = null;
        }
    }
}
