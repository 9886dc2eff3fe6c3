package io.jandaia.model.engine;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.AttentionSpec;
import io.jandaia.model.arch.LatentAttentionSpec;
import io.jandaia.model.grammar.Constraint;
import io.jandaia.model.grammar.Grammar;
import io.jandaia.model.grammar.Vocabulary;
import io.jandaia.model.nn.Batch;
import io.jandaia.model.nn.Decoder;
import io.jandaia.model.nn.EncoderDecoder;
import io.jandaia.model.nn.Ops;
import io.jandaia.model.sampling.Choice;
import io.jandaia.model.sampling.LogProbs;
import io.jandaia.model.sampling.Scratch;
import io.jandaia.model.state.PagePool;
import io.jandaia.model.state.SequenceState;
import io.jandaia.model.state.Variant;
import io.jandaia.model.tokenizer.Tokenizer;
import io.jandaia.tensor.Matrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One loop thread that owns the sequences and computes them together: each step takes one token of every sequence that is
 * generating and fills up with chunks of prompts, runs the decoder once, and hands every new token to its reader. Other
 * threads submit and read. What a sequence gets does not depend on the others.
 *
 * <p>When memory for keys and values runs out, the youngest sequence, or one whose reader is behind, gives its pages back,
 * waits, and is computed again from its tokens: slower, with the same result.
 */
public final class Engine implements AutoCloseable {

    /** Tokens in one step; prompts are cut into chunks of at most this. */
    private static final int STEP_TOKENS = 512;

    /** Rows of logits computed at a time: a row is as long as the vocabulary. */
    private static final int LOGIT_ROWS = 32;

    /** Tokens that two prompts begin with, for which one waits until the other's are computed. */
    private static final int WORTH_WAITING = 64;

    private final Decoder decoder;
    private final @Nullable Reader reader;
    private final Ops ops;
    private final PagePool pool;
    private final RequestLimits limits;
    private final Tokenizer tokenizer;
    private final Vocabulary grammars;
    /** Used by the loop thread. */
    private final Scratch scratch = new Scratch();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Schedule schedule;
    private final @Nullable PrefixCache prefixes;
    private volatile boolean reuses = true;
    private final @Nullable PrefixKeeper keeper;
    private final StepCosts costs = new StepCosts();
    private final PromptChunks chunks = new PromptChunks(STEP_TOKENS);
    private volatile @Nullable Guessing guessing;
    private final Thread loop;
    private boolean signalled;
    private volatile boolean closed;

    /**
     * How sources are read, in an encoder-decoder.
     *
     * @param pool of the keys and values of sources
     */
    private record Reader(EncoderDecoder network, PagePool pool) {}

    /** How requests get their guesses. */
    private record Guessing(Drafter.Source source, int most, boolean adaptive) {}

    /**
     * @param ops used by the loop thread only from now on
     * @param pool likewise
     * @param maxRunning sequences computed together
     */
    public Engine(Decoder decoder, Ops ops, PagePool pool, Tokenizer tokenizer, int maxRunning) {
        this(decoder, null, ops, pool, tokenizer, maxRunning);
    }

    /**
     * For an encoder-decoder, whose requests have a source.
     *
     * @param sources the pool of their keys and values
     */
    public Engine(
            EncoderDecoder network, Ops ops, PagePool pool, PagePool sources, Tokenizer tokenizer, int maxRunning) {
        this(network.decoder(), new Reader(network, sources), ops, pool, tokenizer, maxRunning);
    }

    private Engine(
            Decoder decoder, @Nullable Reader reader, Ops ops, PagePool pool, Tokenizer tokenizer, int maxRunning) {
        this.decoder = decoder;
        this.reader = reader;
        this.ops = ops;
        this.pool = pool;
        this.limits = new RequestLimits(
                decoder.spec().vocabulary(),
                pool,
                reader == null ? null : reader.network.spec().encoder(),
                reader == null ? null : reader.pool);
        this.tokenizer = tokenizer;
        this.grammars = new Vocabulary(tokenizer);
        this.prefixes = reader != null || followsLength() ? null : new PrefixCache(pool);
        this.keeper = prefixes == null ? null : new PrefixKeeper(prefixes, pool);
        this.schedule = new Schedule(maxRunning, pool, prefixes);
        this.loop = Thread.ofPlatform().name("jandaia-engine").daemon().unstarted(this::loop);
        loop.start();
    }

    /**
     * From now on guesses the next tokens of requests, which makes them faster and changes nothing else.
     *
     * @param source opened once a request, on the thread that submits
     * @param most guesses in a step
     * @param adaptive whether as many are made as pay, which may be none; false = always {@code most}
     * @throws JandaiaException USAGE when {@link #speculationObstacle} has something to say
     */
    public void speculate(Drafter.Source source, int most, boolean adaptive) {
        String obstacle = speculationObstacle();
        if (obstacle != null) {
            throw JandaiaException.usage("Speculative decoding is not possible: " + obstacle + ".");
        }
        guessing = new Guessing(source, most, adaptive);
    }

    /** Why wrong guesses could not be taken back in this model; null when they can. */
    public @Nullable String speculationObstacle() {
        if (pool.layout().recurs()) {
            return "the model has recurrent layers, whose state cannot go back";
        }
        return followsLength() ? "the model's rotary positions follow the length of the sequence" : null;
    }

    private @Nullable Speculation speculation(Request request) {
        Guessing g = guessing;
        return g == null || request.source() != null
                ? null
                : new Speculation(g.source.open(request), costs, g.most, g.adaptive);
    }

    /**
     * Starts a generation.
     *
     * @throws JandaiaException USAGE when the prompt is empty, has ids outside the vocabulary or does not fit the context;
     *     RESOURCE when too many requests wait
     */
    public Generation submit(Request request) {
        int context = decoder.spec().contextLength();
        limits.check(request.prompt(), context - 1, "a context of " + context + " tokens, one of them for the answer");
        limits.checkSource(request.source());
        if (request.maxTokens() < 0) {
            throw JandaiaException.usage(
                    "The limit of tokens is " + request.maxTokens() + "; expected 0 (none) or more.");
        }
        Constraint constraint = constraint(request);
        Generation generation = new Generation(this::wake);
        if (request.sampling().choice() instanceof Choice.Beams beams) {
            if (request.logProbs() >= 0) {
                throw JandaiaException.usage("Log-probabilities are asked for together with beam search, which does not"
                        + " report them; leave out one of the two.");
            }
            if (constraint != null) {
                throw JandaiaException.usage(
                        "A grammar is asked for together with beam search, which does not follow one;"
                                + " leave out one of the two.");
            }
            enqueue(new BeamSearching(request, beams, generation, tokenizer, context, scratch));
        } else {
            enqueue(new Generating(
                    request,
                    generation,
                    tokenizer.streamDecoder(request.form().shown()),
                    context,
                    scratch,
                    prefixes(request),
                    prefix(request),
                    speculation(request),
                    constraint));
        }
        return generation;
    }

    private @Nullable Constraint constraint(Request request) {
        Grammar grammar = request.grammar();
        if (grammar == null) {
            return null;
        }
        Constraint constraint =
                new Constraint(grammars.automaton(grammar, request.form().shown()), request.endIds());
        int most = request.limit(decoder.spec().contextLength()) - request.prompt().length;
        if (constraint.needed() > most) {
            throw JandaiaException.usage("What the answer must be does not fit into " + most + " tokens"
                    + (constraint.needed() < Integer.MAX_VALUE / 4
                            ? ": it takes up to " + constraint.needed() + ". Allow more, or ask for less."
                            : ": the model's vocabulary cannot write it."));
        }
        return constraint;
    }

    /**
     * Whether what requests have computed is kept for others that begin alike, in memory that nobody needs; it is unless this
     * says no. Answers do not depend on it.
     */
    public void reusePrefixes(boolean on) {
        reuses = on;
        wake();
    }

    private @Nullable PrefixCache prefixes(Request request) {
        return reuses && request.handling().reuse() ? prefixes : null;
    }

    /** Why nothing is reused, if nothing is. */
    private Prefix prefix(Request request) {
        if (prefixes == null) {
            return reader == null ? Prefix.POSITIONS : Prefix.NOT_KEPT;
        }
        return prefixes(request) == null ? Prefix.OFF : Prefix.UNKNOWN;
    }

    private boolean followsLength() {
        return decoder.spec().layers().stream().anyMatch(l -> switch (l.mixer()) {
            case AttentionSpec a -> a.rope() != null && a.rope().dependsOnLength();
            case LatentAttentionSpec a -> a.rope().dependsOnLength();
            default -> false;
        });
    }

    /**
     * The log-probability of every token but the first, given those before it.
     *
     * @return {@code ids.length - 1} natural logarithms
     */
    public CompletableFuture<double[]> score(int[] ids) {
        return logProbs(ids, 0, null)
                .thenApply(all ->
                        all.stream().mapToDouble(LogProbs.OfToken::logProb).toArray());
    }

    /**
     * The same with the {@code top} likeliest tokens at each place, and with a variant of the model, such as an adapter; null = the
     * model itself.
     */
    public CompletableFuture<List<LogProbs.OfToken>> logProbs(int[] ids, int top, @Nullable Variant variant) {
        int context = decoder.spec().contextLength();
        limits.check(ids, context, "a context of " + context + " tokens");
        CompletableFuture<List<LogProbs.OfToken>> result = new CompletableFuture<>();
        enqueue(new Scoring(ids, top, variant, scratch, result));
        return result;
    }

    /**
     * One vector for a text: the mean of its hidden states, or one of them.
     *
     * @return {@code dim} numbers
     */
    public CompletableFuture<float[]> embed(int[] ids, Pooling pooling) {
        int context = decoder.spec().contextLength();
        limits.check(ids, context, "a context of " + context + " tokens");
        CompletableFuture<float[]> result = new CompletableFuture<>();
        enqueue(new Embedding(ids, pooling, result));
        return result;
    }

    /** Tokens of the prompts that wait for their turn. */
    public long waitingTokens() {
        return schedule.waitingTokens();
    }

    private void enqueue(Work work) {
        lock.lock();
        try {
            if (closed) {
                throw new JandaiaException(JandaiaException.Kind.CANCELLED, "The model is closed.");
            }
            schedule.add(work);
        } finally {
            lock.unlock();
        }
        wake();
    }

    private void wake() {
        lock.lock();
        try {
            signalled = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * From now on keeps what requests begin with for the next run, and has what the last one kept.
     *
     * @return why it has not, a sentence; null = nothing to say
     */
    public @Nullable String keep(PrefixStore where) {
        if (keeper == null) {
            return "Beginnings of prompts are not kept: with this model they cannot be used again.";
        }
        keeper.ask(where);
        wake();
        return keeper.note();
    }

    private void loop() {
        try {
            while (!closed) {
                try {
                    if (keeper != null) {
                        keeper.restore();
                    }
                    if (prefixes != null && !reuses) {
                        prefixes.clear();
                    }
                    schedule.endLate();
                    schedule.admit();
                    if (!step()) {
                        await();
                    }
                } catch (RuntimeException | Error e) {
                    schedule.fail(Failures.of(e));
                }
            }
        } finally {
            JandaiaException end = new JandaiaException(
                    JandaiaException.Kind.CANCELLED, "The model was closed while it was generating.");
            lock.lock();
            try {
                closed = true; // from now on nothing is added
            } finally {
                lock.unlock();
            }
            schedule.failAll(end);
            if (keeper != null) {
                keeper.end(reuses);
            }
            if (prefixes != null) {
                prefixes.clear();
            }
        }
    }

    /** Waits until something arrives, is cancelled or is read. */
    private void await() {
        lock.lock();
        try {
            long end = schedule.nextDeadline();
            while (!signalled && !closed && System.currentTimeMillis() < end) {
                changed.await(Math.min(end - System.currentTimeMillis(), 3_600_000), TimeUnit.MILLISECONDS);
            }
            signalled = false;
        } catch (InterruptedException e) {
            // nobody interrupts this thread; its loop looks whether it is closed
        } finally {
            lock.unlock();
        }
    }

    /** One step; false when nothing can go on. */
    private boolean step() {
        for (Work w : schedule.running()) {
            if (w.cancelled()) {
                w.cancel();
            }
        }
        schedule.removeDone();
        List<Member> members = new ArrayList<>();
        Batch batch = compose(members);
        boolean failed = schedule.removeDone();
        if (members.isEmpty()) {
            return failed;
        }
        for (int i = 0; i < members.size(); i++) {
            schedule.serve(members.get(i).work, batch.slices().get(i).count());
        }
        try {
            long begin = System.nanoTime();
            boolean decoding = members.stream().allMatch(m -> m.work.decoding());
            compute(batch, members);
            double seconds = (System.nanoTime() - begin) / 1e9;
            if (decoding) {
                costs.observe(batch.size(), seconds);
            } else {
                chunks.observe(batch.size(), seconds);
            }
        } catch (RuntimeException | Error e) {
            JandaiaException failure = Failures.of(e);
            members.stream().map(Member::work).filter(w -> !w.done()).forEach(w -> w.fail(failure));
        }
        schedule.removeDone();
        return true;
    }

    /** A sequence whose tokens are in a batch. */
    private record Member(Work work, Lane lane) {}

    /** Single tokens first, so that prompts never stop those who are generating; then chunks of prompts in order. */
    private Batch compose(List<Member> members) {
        Batch.Builder batch = Batch.builder();
        List<Work> order = schedule.inOrder();
        int decoding = (int) order.stream().filter(Work::decoding).count();
        int most = decoding == 0 ? STEP_TOKENS : Math.min(STEP_TOKENS, decoding + chunks.besideOthers());
        int guesses = 0;
        for (Work w : order) {
            boolean prompt = !w.decoding();
            if (!w.hasRoom() || !schedule.running().contains(w) || (prompt && waitsForAnother(w, order)) || !read(w)) {
                continue;
            }
            Source source = w.source();
            for (Lane lane : w.lanes()) {
                int n = Math.min(Math.min(lane.pending(), w.chunk()), (prompt ? most : STEP_TOKENS) - batch.size());
                if (n <= 0) {
                    continue;
                }
                if (!reserve(w, lane, n, members)) {
                    break;
                }
                w.started();
                int from = lane.computed();
                int[] tokens = Arrays.copyOfRange(lane.tokens(), from, from + n);
                int room = lane.pending() == 1 ? STEP_TOKENS - batch.size() - 1 : 0;
                tokens = withGuesses(w, lane, tokens, room, decoding + guesses, decoding);
                guesses += tokens.length - n;
                batch.add(lane.state(pool), source == null ? null : source.state(), tokens);
                members.add(new Member(w, lane));
            }
        }
        return batch.build();
    }

    /**
     * Whether another prompt that is being computed begins like this one, which then waits for it. If it need not wait any
     * more, it takes what others have computed meanwhile.
     */
    private boolean waitsForAnother(Work w, List<Work> order) {
        if (w.computed() > 0 || w.lanes().size() > 1 || !w.lanes().getFirst().shares()) {
            return false;
        }
        Lane lane = w.lanes().getFirst();
        int common = order.stream()
                .takeWhile(o -> o != w)
                .filter(o -> !o.decoding() && o.lanes().size() == 1 && o.hasRoom())
                .mapToInt(o -> o.lanes().getFirst().common(lane))
                .max()
                .orElse(0);
        if (common >= WORTH_WAITING && common >= lane.known() + WORTH_WAITING) {
            return true;
        }
        w.resume();
        return false;
    }

    /** The next tokens of a lane and guesses behind the last, as many as pay and have room. */
    private int[] withGuesses(Work w, Lane lane, int[] known, int room, int rows, int sequences) {
        Speculation s = w.speculation();
        if (s == null) {
            return known;
        }
        int[] draft = s.draft(lane, Math.min(w.draftRoom(), room), rows, sequences);
        SequenceState state = lane.state(pool);
        state.revocable(draft.length);
        if (draft.length == 0) {
            return known;
        }
        try {
            state.reserve(known.length + draft.length);
        } catch (JandaiaException e) { // guesses are worth nobody's memory
            s.clear();
            state.truncate(state.length());
            state.reserve(known.length); // there was room for it before
            return known;
        }
        int[] out = Arrays.copyOf(known, known.length + draft.length);
        System.arraycopy(draft, 0, out, known.length, draft.length);
        return out;
    }

    /** Reads what w has to read first; false when it must wait for memory, or has failed. */
    private boolean read(Work w) {
        Source source = w.source();
        if (source == null || reader == null) {
            return true;
        }
        try {
            w.started();
            source.read(reader.network, reader.pool, ops);
            return true;
        } catch (RuntimeException | Error e) {
            JandaiaException failure = Failures.of(e);
            boolean others = schedule.running().stream().anyMatch(o -> o != w && o.source() != null && holds(o));
            if (failure.kind() != JandaiaException.Kind.RESOURCE || !others) {
                w.fail(failure);
            }
            return false;
        }
    }

    private static boolean holds(Work w) {
        Source source = w.source();
        return source != null && source.state() != null;
    }

    /**
     * Makes room for n tokens of a lane of w. When memory is out, others give their pages back: first who waits for a slow
     * reader, then the youngest, which may be w itself. False when w must wait, or has failed because it does not fit even
     * alone.
     */
    private boolean reserve(Work w, Lane lane, int n, List<Member> members) {
        while (true) {
            try {
                lane.state(pool).reserve(n);
                return true;
            } catch (JandaiaException e) {
                if (schedule.releasePrefix()) {
                    continue;
                }
                List<Work> running = schedule.running();
                List<Work> others = running.reversed().stream()
                        .filter(o -> o != w && !isMember(o, members) && o.holdsPages())
                        .toList();
                if (others.isEmpty() && members.isEmpty()) {
                    w.fail(e);
                    return false;
                }
                Work victim = others.stream()
                        .filter(o -> !o.hasRoom() || running.indexOf(o) > running.indexOf(w))
                        .findFirst()
                        .orElse(w);
                if (victim == w && isMember(w, members)) {
                    return false; // its other sequences are computed in this step; this one tries again
                }
                schedule.evict(victim);
                if (victim == w) {
                    return false;
                }
            }
        }
    }

    private static boolean isMember(Work w, List<Member> members) {
        return members.stream().anyMatch(m -> m.work == w);
    }

    private void compute(Batch batch, List<Member> members) {
        Matrix hidden = decoder.forward(batch, ops);
        int[] rows = new int[batch.size()];
        int n = 0;
        Member[] owner = new Member[batch.size()];
        for (int i = 0; i < members.size(); i++) {
            Batch.Slice slice = batch.slices().get(i);
            for (int row = slice.row(); row < slice.row() + slice.count(); row++) {
                Member member = members.get(i);
                if (!member.work.wants(member.lane, batch.position(row))) {
                    continue;
                }
                if (member.work.readsHidden()) {
                    accept(member, batch.position(row), hidden.row(row));
                } else {
                    owner[row] = member;
                    rows[n++] = row;
                }
            }
        }
        for (int from = 0; from < n; from += LOGIT_ROWS) {
            int[] part = Arrays.copyOfRange(rows, from, Math.min(n, from + LOGIT_ROWS));
            long mark = ops.mark();
            Matrix logits = decoder.logits(hidden, part, ops);
            for (int i = 0; i < part.length; i++) {
                accept(owner[part[i]], batch.position(part[i]), logits.row(i));
            }
            ops.release(mark);
        }
    }

    /** One sequence's defect is its own. */
    private static void accept(Member member, int position, float[] logits) {
        if (member.work.done()) {
            return; // another of its sequences failed
        }
        try {
            member.work.accept(member.lane, position, logits);
        } catch (RuntimeException e) {
            member.work.fail(e);
        }
    }

    /** Ends all generations with an error and waits for the loop to stop. The caller then closes what it gave. */
    @Override
    public void close() {
        closed = true;
        wake();
        boolean interrupted = false;
        while (loop.isAlive()) {
            try {
                loop.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
