package io.jandaia.model.engine;

import io.jandaia.model.engine.TokenEvent.FinishReason;
import io.jandaia.model.grammar.Constraint;
import io.jandaia.model.sampling.LogProbs;
import io.jandaia.model.sampling.Sampler;
import io.jandaia.model.sampling.Scratch;
import io.jandaia.model.tokenizer.StreamDecoder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A sequence that grows token by token. */
final class Generating extends Work {

    private final Request request;
    private final @Nullable Source source;
    private final Generation generation;
    private final StreamDecoder decoder;
    private final StopMatcher stops;
    private final Lane lane;
    private final Sampler sampler;
    private final Scratch scratch;
    private final int end;
    private final @Nullable Speculation speculation;
    private final @Nullable Constraint constraint;
    private final @Nullable ReasoningWatch reasoning;
    private final Prefix prefix;
    private final Stopwatch watch = new Stopwatch();

    /**
     * @param contextLength positions the model may use
     * @param prefixes where its state comes from and goes to when it is done; null = from nothing, to nothing
     * @param prefix why nothing can be reused, if nothing can
     * @param speculation what guesses the next tokens; null = nothing
     * @param constraint what the answer must be; null = anything
     */
    Generating(
            Request request,
            Generation generation,
            StreamDecoder decoder,
            int contextLength,
            Scratch scratch,
            @Nullable PrefixCache prefixes,
            Prefix prefix,
            @Nullable Speculation speculation,
            @Nullable Constraint constraint) {
        super(request.handling());
        this.request = request;
        this.prefix = prefix;
        this.source = Source.of(request);
        this.speculation = speculation;
        this.constraint = constraint;
        this.generation = generation;
        this.decoder = decoder;
        this.stops = new StopMatcher(request.stops());
        this.lane = new Lane(
                request.prompt(),
                request.prompt().length,
                request.variant(),
                prefixes,
                request.handling().salt());
        this.end = request.limit(contextLength);
        this.scratch = scratch;
        ReasoningLimit limit = request.form().reasoning();
        this.reasoning = limit == null ? null : new ReasoningWatch(limit);
        this.sampler = new Sampler(request.sampling(), request.prompt().length, end, scratch);
    }

    @Override
    @Nullable
    Source source() {
        return source;
    }

    @Override
    List<Lane> lanes() {
        return List.of(lane);
    }

    @Override
    int positions() {
        return lane.count() + 1;
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
    boolean wants(Lane l, int position) {
        return position >= lane.count() - 1;
    }

    @Override
    @Nullable
    Speculation speculation() {
        return speculation;
    }

    @Override
    int draftRoom() {
        return end - lane.count() - 1;
    }

    @Override
    void accept(Lane l, int position, float[] logits) {
        if (speculation != null && speculation.broken()) {
            return; // this row follows a wrong guess
        }
        take(position, logits);
        if (speculation != null && speculation.broken()) {
            lane.cut(position + 1);
        }
    }

    private void take(int position, float[] logits) {
        @Nullable LogProbs raw = request.logProbs() < 0 ? null : LogProbs.of(logits, request.logProbs(), scratch);
        if (lane.count() == request.prompt().length && position == lane.count() - 1) {
            lane.share();
        }
        int id = next(logits);
        watch.token();
        if (speculation != null) {
            speculation.drawn(id); // -1 is none of its guesses
        }
        if (id < 0 || request.endIds().contains(id)) {
            lane.cut(position + 1);
            end(FinishReason.STOP);
            return;
        }
        lane.append(id);
        if (constraint != null) {
            constraint.append(id);
        }
        String decoded = decoder.add(id);
        if (reasoning != null) {
            reasoning.add(id, decoded);
        }
        String text = stops.add(decoded);
        generation.put(new TokenEvent.Token(id, text, raw == null ? null : raw.of(id)));
        if (stops.matched() || (constraint != null && constraint.complete())) {
            lane.cut(position + 1);
            end(FinishReason.STOP);
        } else if (lane.count() >= end) {
            end(constraint != null && constraint.accepts() ? FinishReason.STOP : FinishReason.LENGTH);
        }
    }

    private int next(float[] logits) {
        int forced = reasoning == null ? -1 : reasoning.forced();
        if (forced >= 0) {
            return forced;
        }
        return constraint == null
                ? sampler.next(logits, lane.tokens(), lane.count())
                : constraint.next(logits, end - lane.count(), l -> sampler.next(l, lane.tokens(), lane.count()));
    }

    private void end(FinishReason reason) {
        String rest = stops.matched() ? "" : stops.add(decoder.finish());
        rest += stops.matched() ? "" : stops.rest();
        int prompt = request.prompt().length;
        TokenEvent.Usage usage = new TokenEvent.Usage(
                request.given(),
                lane.count() - prompt,
                speculation == null ? 0 : speculation.drafted(),
                speculation == null ? 0 : speculation.accepted(),
                reused(),
                reused() > 0 ? Prefix.REUSED : passed() ? Prefix.PASSED : prefix);
        stopGuessing();
        finish(); // first, so that who reads the end finds the memory free
        generation.put(new TokenEvent.Finished(reason, rest, usage, watch.timings(), List.of(), stops.stop()));
    }

    @Override
    boolean began() {
        return watch.started();
    }

    @Override
    void started() {
        watch.start();
    }

    @Override
    void cancel() {
        end(FinishReason.CANCELLED);
    }

    @Override
    void fail(RuntimeException e) {
        evict(); // nobody knows what its state is worth
        stopGuessing();
        generation.fail(e);
        finish();
    }

    private void stopGuessing() {
        if (speculation != null) {
            speculation.close();
        }
    }
}
