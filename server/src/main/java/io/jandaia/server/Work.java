package io.jandaia.server;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.Model;
import io.jandaia.model.engine.Generation;
import io.jandaia.model.engine.TokenEvent;
import io.jandaia.server.identity.Caller;
import io.jandaia.server.identity.Prices;
import io.jandaia.server.identity.Usage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * One request that computes: what it has under way, and whether its client is still there. Nothing in HTTP/1.1 tells a
 * server that a client left while nothing is written, so {@link #lookAfterClient} asks the socket.
 */
public final class Work implements AutoCloseable {

    private final WorkList owner;
    private final @Nullable SocketChannel socket;
    private final Caller caller;
    private final String path;
    private final List<Generation> generations = new ArrayList<>();
    private final List<TokenEvent.Finished> finished = new ArrayList<>();
    private final long began = System.nanoTime();
    private String model = "";
    private Usage usage = Usage.NONE;
    private @Nullable Thread reader;
    private boolean cancelled;
    private boolean watched;
    private boolean early;
    private boolean left;

    Work(WorkList owner, @Nullable SocketChannel socket, Caller caller, String path) {
        this.owner = owner;
        this.socket = socket;
        this.caller = caller;
        this.path = path;
    }

    /**
     * Starts an answer, which is cancelled with this request.
     *
     * @throws ApiException 400 {@code context_length_exceeded}, 429 where too much waits
     */
    public Generation start(Model with, int[] prompt, GenerateOptions options) {
        int context = with.contextLength();
        if (prompt.length >= context) {
            throw ApiException.of(
                    400,
                    "context_length_exceeded",
                    "The prompt has " + prompt.length + " tokens; the model's context has " + context
                            + ", one of them for the answer. Shorten the prompt by at least "
                            + (prompt.length - context + 1) + " tokens.");
        }
        owner.admit(with.waitingTokens(), prompt.length);
        return add(with.stream(prompt, options));
    }

    private synchronized Generation add(Generation generation) {
        generations.add(generation);
        if (cancelled) {
            generation.cancel();
        }
        return generation;
    }

    synchronized void computesWith(String name) {
        model = name;
    }

    /** Of its endpoint. */
    String path() {
        return path;
    }

    /**
     * What it did.
     *
     * @param model empty where it never came to one
     * @param reasons why its answers ended
     * @param firstToken seconds from its arrival to its first token
     * @param queue seconds before it was first computed
     */
    record Done(String model, Usage usage, List<String> reasons, double firstToken, double queue) {}

    synchronized Done done() {
        return new Done(
                model,
                usage,
                finished.stream().map(f -> f.reason().text()).toList(),
                finished.stream()
                        .mapToDouble(f -> f.timings().timeToFirstToken())
                        .min()
                        .orElse(0),
                finished.stream().mapToDouble(f -> f.timings().queue()).min().orElse(0));
    }

    /** One of its answers is at its end. */
    synchronized void finished(TokenEvent.Finished f) {
        finished.add(f);
        owner.metrics().finished(model, f);
        TokenEvent.Usage u = f.usage();
        use(u.promptTokens(), u.cachedTokens(), u.completionTokens());
    }

    /** Says in the usage of an answer what it costs, where there is a price; hours are not in it, since they are not over. */
    public synchronized ObjectNode priced(ObjectNode json, int prompt, int cached, int completion) {
        Prices prices = owner.prices();
        Double cost = prices.cost(model, new Usage(1, prompt, cached, completion, 0));
        return cost == null
                ? json
                : json.put("cost", Math.round(cost * 1e9) / 1e9).put("currency", prices.currency());
    }

    /** Tokens were read by a model that does not write. */
    public synchronized void read(int tokens) {
        owner.metrics().read(model, tokens);
        use(tokens, 0, 0);
    }

    private void use(int prompt, int cached, int completion) {
        usage = usage.plus(new Usage(0, prompt, cached, completion, 0));
        owner.metrics().used(caller.name(), model, prompt, completion);
        owner.charge(caller, prompt + (long) completion);
    }

    /**
     * Computes on this thread, which is interrupted when this request is cancelled or late.
     *
     * @param deadline null for none
     * @throws JandaiaException CANCELLED or TIMEOUT then
     */
    <T> T reading(@Nullable Instant deadline, Supplier<T> computation) {
        Thread here = Thread.currentThread();
        AtomicBoolean late = new AtomicBoolean();
        synchronized (this) {
            reader = here;
            if (cancelled) {
                here.interrupt();
            }
        }
        Thread alarm = deadline == null
                ? null
                : Thread.ofVirtual().start(() -> {
                    try {
                        Thread.sleep(Duration.between(Instant.now(), deadline));
                    } catch (InterruptedException e) {
                        return; // it is done in time
                    }
                    synchronized (this) {
                        if (reader == here) {
                            late.set(true);
                            here.interrupt();
                        }
                    }
                });
        try {
            return computation.get();
        } catch (JandaiaException e) {
            if (late.get() && e.kind() == JandaiaException.Kind.CANCELLED) {
                throw new JandaiaException(
                        JandaiaException.Kind.TIMEOUT,
                        "The answer was not complete by its deadline. Allow more time, or ask for less.",
                        e);
            }
            throw e;
        } finally {
            synchronized (this) {
                reader = null;
                if (cancelled || late.get()) {
                    Thread.interrupted(); // was meant for the computation
                }
            }
            if (alarm != null) {
                alarm.interrupt();
            }
        }
    }

    synchronized void cancel() {
        cancelled = true;
        generations.forEach(Generation::cancel);
        if (reader != null) {
            reader.interrupt();
        }
    }

    public synchronized boolean cancelled() {
        return cancelled;
    }

    /** Whether nobody waits for the answer any more. */
    public synchronized boolean clientLeft() {
        return left;
    }

    /** The request is read to its end: until the answer ends, its client has nothing to say. */
    synchronized void watch() {
        watched = true;
    }

    /** The end of the answer is about to be written: whatever comes from the client now is its next request. */
    synchronized void answered() {
        watched = false;
    }

    /** Whether something of the client's next request is lost, so that its connection must end. */
    synchronized boolean early() {
        return early;
    }

    /** Cancels when the client has closed its side. */
    synchronized void lookAfterClient() {
        if (socket == null || !watched || cancelled) {
            return;
        }
        ByteBuffer one = ByteBuffer.allocate(1);
        try {
            int n = socket.read(one);
            if (n < 0) {
                left = true;
                cancel();
            } else if (n > 0 && one.get(0) != '\r' && one.get(0) != '\n') {
                early = true;
                watched = false;
            }
        } catch (IOException e) {
            left = true;
            cancel();
        }
    }

    @Override
    public void close() {
        cancel();
        synchronized (this) {
            if (!model.isEmpty()) {
                long millis = (System.nanoTime() - began) / 1_000_000;
                owner.record(caller, model, path, usage.plus(new Usage(1, 0, 0, 0, millis)));
            }
        }
        owner.remove(this);
    }
}
