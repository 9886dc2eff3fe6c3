package io.jandaia.model.engine;

import io.jandaia.model.engine.TokenEvent.FinishReason;
import io.jandaia.model.sampling.BeamSearch;
import io.jandaia.model.sampling.Choice;
import io.jandaia.model.sampling.Sampler;
import io.jandaia.model.sampling.Scratch;
import io.jandaia.model.tokenizer.StreamDecoder;
import io.jandaia.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is searched for with beams: sequences that share the pages of their common beginning and advance together,
 * one token a step. The reader gets all tokens at the end.
 */
final class BeamSearching extends Work {

    private final Request request;
    private final @Nullable Source source;
    private final Generation generation;
    private final Tokenizer tokenizer;
    private final BeamSearch search;
    private final Sampler sampler;
    private final int beams;
    private final Stopwatch watch = new Stopwatch();
    /** One per running beam; at first only the prompt. */
    private List<Lane> lanes;
    /** The beginning that all lanes share, while it is computed again after an eviction. */
    private @Nullable Lane shared;
    /** Log-probabilities by lane; null where they are not yet computed. */
    private float[][] rows;

    BeamSearching(
            Request request,
            Choice.Beams choice,
            Generation generation,
            Tokenizer tokenizer,
            int contextLength,
            Scratch scratch) {
        super(request.handling());
        this.request = request;
        this.source = Source.of(request);
        this.generation = generation;
        this.tokenizer = tokenizer;
        int prompt = request.prompt().length;
        int end = request.limit(contextLength);
        this.beams = choice.beams();
        this.search = new BeamSearch(choice, request.endIds().size(), end - prompt);
        this.sampler = new Sampler(request.sampling(), prompt, end, scratch);
        this.lanes = List.of(new Lane(request.prompt(), prompt, request.variant()));
        this.rows = new float[1][];
        new StopMatcher(request.stops()); // refuses what cannot be a stop text
    }

    @Override
    @Nullable
    Source source() {
        return source;
    }

    @Override
    List<Lane> lanes() {
        Lane beginning = shared;
        if (beginning != null && beginning.pending() == 0) {
            lanes.forEach(l -> l.adopt(beginning));
            beginning.evict();
            shared = null;
        }
        return shared == null ? lanes : List.of(shared);
    }

    @Override
    int positions() {
        int common = common();
        return common + beams * (lanes.getFirst().count() - common + 1);
    }

    /** How many tokens all lanes have in common; the last one of each is its own. */
    private int common() {
        int[] first = lanes.getFirst().tokens();
        int common = lanes.getFirst().count() - 1;
        for (Lane l : lanes) {
            int differs = Arrays.mismatch(first, 0, common, l.tokens(), 0, common);
            common = differs < 0 ? common : differs;
        }
        return common;
    }

    @Override
    void evict() {
        lanes.forEach(Lane::evict);
        if (shared != null) {
            shared.evict();
        }
        rows = new float[lanes.size()][];
        shared = lanes.size() == 1
                ? null
                : new Lane(
                        Arrays.copyOf(lanes.getFirst().tokens(), common()), request.prompt().length, request.variant());
    }

    @Override
    boolean hasRoom() {
        return true;
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
    boolean wants(Lane lane, int position) {
        return lane != shared && position == lane.count() - 1;
    }

    @Override
    void accept(Lane lane, int position, float[] logits) {
        sampler.logProbabilities(logits, lane.tokens(), lane.count());
        rows[lanes.indexOf(lane)] = logits;
        for (float[] row : rows) {
            if (row == null) {
                return;
            }
        }
        watch.token();
        if (lanes.size() < beams) { // all beams begin as the prompt
            float[] row = rows[0];
            rows = new float[beams][];
            Arrays.fill(rows, row);
        }
        branch(search.advance(rows, this::ends));
        if (search.done()) {
            end();
        }
    }

    private boolean ends(int[] tokens, int token) {
        if (request.endIds().contains(token) || request.stops().isEmpty()) {
            return request.endIds().contains(token);
        }
        int[] all = Arrays.copyOf(tokens, tokens.length + 1);
        all[tokens.length] = token;
        String text = tokenizer.decode(all, true);
        return request.stops().stream().anyMatch(text::contains);
    }

    /** The last child of a lane gets its state, others a fork of it. */
    private void branch(List<BeamSearch.Branch> branches) {
        List<Lane> next = new ArrayList<>();
        for (int i = 0; i < branches.size(); i++) {
            int parent = branches.get(i).parent();
            boolean last = branches.stream().skip(i + 1).noneMatch(b -> place(b.parent()) == place(parent));
            Lane lane = lanes.get(place(parent));
            Lane child = last ? lane.handOver() : lane.fork();
            child.append(branches.get(i).token());
            next.add(child);
        }
        lanes.forEach(Lane::evict);
        lanes = next;
        rows = new float[next.size()][];
    }

    private int place(int beam) {
        return lanes.size() == 1 ? 0 : beam;
    }

    private void end() {
        List<TokenEvent.Alternative> answers = new ArrayList<>();
        FinishReason reason = FinishReason.LENGTH;
        List<TokenEvent.Token> tokens = new ArrayList<>();
        String rest = "";
        for (BeamSearch.Answer a : search.answers()) {
            boolean ended = request.endIds().contains(a.tokens()[a.tokens().length - 1]);
            int[] ids = ended ? Arrays.copyOf(a.tokens(), a.tokens().length - 1) : a.tokens();
            StreamDecoder decoder = tokenizer.streamDecoder(true);
            StopMatcher stops = new StopMatcher(request.stops());
            StringBuilder text = new StringBuilder();
            for (int id : ids) {
                String part = stops.matched() ? "" : stops.add(decoder.add(id));
                text.append(part);
                if (answers.isEmpty()) {
                    tokens.add(new TokenEvent.Token(id, part, null));
                }
            }
            String held = stops.matched() ? "" : stops.add(decoder.finish());
            held += stops.matched() ? "" : stops.rest();
            if (answers.isEmpty()) {
                rest = held;
                reason = ended || stops.matched() ? FinishReason.STOP : FinishReason.LENGTH;
            }
            answers.add(new TokenEvent.Alternative(ids, text + held, a.score()));
        }
        finish(); // first, so that who reads the end finds the memory free
        tokens.forEach(generation::put);
        put(reason, rest, tokens.size(), answers);
    }

    private void put(FinishReason reason, String rest, int tokens, List<TokenEvent.Alternative> answers) {
        generation.put(new TokenEvent.Finished(
                reason,
                rest,
                new TokenEvent.Usage(request.given(), tokens, 0, 0, 0, Prefix.NOT_KEPT),
                watch.timings(),
                List.copyOf(answers),
                null));
    }

    @Override
    void started() {
        watch.start();
    }

    @Override
    void cancel() {
        finish();
        put(FinishReason.CANCELLED, "", 0, List.of());
    }

    @Override
    void fail(RuntimeException e) {
        generation.fail(e);
        finish();
    }
}
