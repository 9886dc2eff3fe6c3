package io.jandaia.model.engine;

import io.jandaia.model.engine.TokenEvent.FinishReason;
import io.jandaia.model.tokenizer.StreamDecoder;
import org.jspecify.annotations.Nullable;

/** A sequence that grows token by token. */
final class Generating extends Work {

    private final Request request;
    private final Generation generation;
    private final StreamDecoder decoder;
    private final StopMatcher stops;
    private final int end;
    private final long submitted = System.nanoTime();
    private long started;
    private long firstToken;
    private long lastToken;

    /** @param contextLength positions the model may use */
    Generating(Request request, Generation generation, StreamDecoder decoder, int contextLength, @Nullable Kept kept) {
        super(request.prompt(), kept);
        this.request = request;
        this.generation = generation;
        this.decoder = decoder;
        this.stops = new StopMatcher(request.stops());
        long most = request.maxTokens() == 0 ? Integer.MAX_VALUE : request.maxTokens();
        this.end = (int) Math.min(contextLength, request.prompt().length + most);
    }

    @Override
    int promptLength() {
        return request.prompt().length;
    }

    @Override
    boolean hasRoom() {
        return generation.hasRoom();
    }

    @Override
    boolean cancelled() {
        return generation.cancelled();
    }

    @Override
    int chunk() {
        return Integer.MAX_VALUE;
    }

    @Override
    boolean wants(int position) {
        return position == count() - 1;
    }

    @Override
    void accept(int position, float[] logits) {
        int id = Sampler.next(logits, tokens(), count(), request.sampling());
        long now = System.nanoTime();
        if (count() == promptLength()) {
            firstToken = now;
        }
        lastToken = now;
        if (request.endIds().contains(id)) {
            end(FinishReason.STOP);
            return;
        }
        append(id);
        String text = stops.add(decoder.add(id));
        generation.put(new TokenEvent.Token(id, text));
        if (stops.matched()) {
            end(FinishReason.STOP);
        } else if (count() >= end) {
            end(FinishReason.LENGTH);
        }
    }

    private void end(FinishReason reason) {
        String rest = stops.matched() ? "" : stops.add(decoder.finish());
        rest += stops.matched() ? "" : stops.rest();
        long first = firstToken == 0 ? System.nanoTime() : firstToken;
        long begin = started == 0 ? first : started;
        finish(); // first, so that who reads the end finds the memory free
        generation.put(new TokenEvent.Finished(
                reason,
                rest,
                new TokenEvent.Usage(promptLength(), count() - promptLength()),
                new TokenEvent.Timings(
                        seconds(submitted, begin), seconds(begin, first), seconds(first, Math.max(first, lastToken)))));
    }

    private static double seconds(long from, long to) {
        return (to - from) / 1e9;
    }

    @Override
    void started() {
        if (started == 0) {
            started = System.nanoTime();
        }
    }

    @Override
    void cancel() {
        end(FinishReason.CANCELLED);
    }

    @Override
    void fail(RuntimeException e) {
        evict(); // nobody knows what its state is worth
        generation.fail(e);
        finish();
    }
}
