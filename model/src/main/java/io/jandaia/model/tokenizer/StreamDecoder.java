package io.jandaia.model.tokenizer;

import java.util.function.IntPredicate;

/**
 * Text from token ids as they come. What it has given never changes and never ends inside a character; all of it together
 * is what {@link Tokenizer#decode} gives for all ids. Not thread-safe: one per stream.
 */
public final class StreamDecoder {

    private final Tokenizer tokenizer;
    private final IntPredicate skipped;
    private final StringBuilder ready = new StringBuilder();
    private final Decoder.Sink sink;
    private boolean finished;

    StreamDecoder(Tokenizer tokenizer, Decoder decoder, IntPredicate skipped) {
        this.tokenizer = tokenizer;
        this.skipped = skipped;
        sink = decoder.stage(new Decoder.Sink() {
            @Override
            public void chunk(String part) {
                ready.append(part);
            }

            @Override
            public void endToken() {}

            @Override
            public void endAll() {}
        });
    }

    /** Takes one more id; the characters that are now certain, possibly none. Ids outside the vocabulary add nothing. */
    public String add(int id) {
        feed(id);
        return take();
    }

    /** Ends the stream; the characters that waited for more, with bytes that are no UTF-8 as U+FFFD. */
    public String finish() {
        if (!finished) {
            finished = true;
            sink.endAll();
        }
        return take();
    }

    void feed(int id) {
        if (finished) {
            throw new IllegalStateException("A stream decoder takes no more ids after finish(); make a new one.");
        }
        if (skipped.test(id)) return;
        String token = tokenizer.spelling(id);
        if (token == null) return;
        sink.chunk(token);
        sink.endToken();
    }

    private String take() {
        String text = ready.toString();
        ready.setLength(0);
        return text;
    }
}
