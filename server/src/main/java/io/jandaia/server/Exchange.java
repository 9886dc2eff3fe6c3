package io.jandaia.server;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.Model;
import io.jandaia.model.engine.Handling;
import io.jandaia.server.identity.Caller;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** One request and its answer, as endpoints see them. */
public final class Exchange {

    /** One name twice would mean one thing here and another to whoever looked at the request before. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();

    private final Request request;
    private final Response response;
    private final String id;
    private final String rest;
    private final Caller caller;
    private final @Nullable Work work;
    private final ServeOptions options;
    private final Instant arrived = Instant.now();
    private final List<Lease> held = new ArrayList<>();
    private long loadNanos;
    private @Nullable EventStream events;

    Exchange(
            Request request,
            Response response,
            String id,
            String rest,
            Caller caller,
            @Nullable Work work,
            ServeOptions options) {
        this.request = request;
        this.response = response;
        this.id = id;
        this.rest = rest;
        this.caller = caller;
        this.work = work;
        this.options = options;
    }

    /** Of the request, for logs and for people who ask. */
    public String id() {
        return id;
    }

    /** Who calls. */
    public Caller caller() {
        return caller;
    }

    /**
     * The model of that name or alias; without a name the only one.
     *
     * @throws ApiException 404, and 403 for one that the caller may not use
     */
    public Models.Entry find(Models models, @Nullable String name) {
        Models.Entry entry = models.find(name);
        if (!caller.mayUse(entry.name())) {
            throw ApiException.of(
                    403,
                    "model_not_allowed",
                    "The key '" + caller.name() + "' may not use the model '" + entry.name() + "'; it may use "
                            + String.join(", ", caller.models()) + ".");
        }
        return entry;
    }

    /** The models that the caller may use. */
    public List<Models.Entry> seen(Models models) {
        return models.all().stream().filter(m -> caller.mayUse(m.name())).toList();
    }

    /** A value of the path's query; null if absent. */
    public @Nullable String query(String name) {
        org.eclipse.jetty.util.Fields.Field field =
                Request.extractQueryParameters(request).get(name);
        return field == null ? null : field.getValue();
    }

    /** What the path has behind the endpoint's own. */
    public String rest() {
        return rest;
    }

    /** What this request computes, with a model; only of endpoints that compute. */
    public Work work(String model) {
        Work w = work();
        w.computesWith(model);
        return w;
    }

    /** The same, once its model is known. */
    public Work work() {
        if (work == null) {
            throw new IllegalStateException("This endpoint does not compute.");
        }
        return work;
    }

    /**
     * Computes on this thread what is no generation: vectors, labels, scores. It ends early when nobody waits for it any more,
     * or at the request's deadline.
     *
     * @throws JandaiaException CANCELLED or TIMEOUT then
     */
    public <T> T reading(Supplier<T> computation) {
        return work().reading(deadline(), computation);
    }

    /**
     * Keeps a model until the answer has ended.
     *
     * @param nanos that it took to have it
     */
    synchronized Model hold(Lease lease, long nanos) {
        held.add(lease);
        loadNanos += nanos;
        return lease.model();
    }

    /** How long it took to have the model, in nanoseconds. */
    public synchronized long loadNanos() {
        return loadNanos;
    }

    synchronized List<Lease> held() {
        return List.copyOf(held);
    }

    /** Lets go of the models. */
    synchronized void release() {
        held.forEach(Lease::close);
        held.clear();
    }

    /**
     * Goes on only if somebody waits for the answer.
     *
     * @throws ApiException when nobody does any more, or the server ends
     */
    public void checkWaiting() {
        if (work != null && work.cancelled()) {
            throw work.clientLeft() ? ApiException.of(499, "client_left", "The client has left.") : WorkList.ending();
        }
    }

    /** The request's JSON object. */
    public Fields fields() throws IOException {
        byte[] body = body();
        if (work != null) {
            work.watch();
        }
        JsonNode node;
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)); // stricter than Jackson's own
            node = JSON.readTree(body);
        } catch (CharacterCodingException e) {
            throw ApiException.of(400, "invalid_json", "The request is not in UTF-8.");
        } catch (JacksonException e) {
            throw ApiException.of(
                    400,
                    "invalid_json",
                    "The request is no JSON: "
                            + e.getOriginalMessage().lines().findFirst().orElse("") + place(e) + ".");
        }
        if (!(node instanceof ObjectNode object)) {
            throw ApiException.of(400, "invalid_json", "The request is not a JSON object.");
        }
        return Fields.of(object);
    }

    /** What is not there in time, since it trickles in, does not come: the connection is closed. */
    private byte[] body() throws IOException {
        int most = options.limits().body();
        if (request.getLength() > most) {
            throw tooLarge();
        }
        EndPoint end = request.getConnectionMetaData().getConnection().getEndPoint();
        Scheduler.Task late = request.getComponents()
                .getScheduler()
                .schedule(end::close, options.limits().arrival().toMillis(), TimeUnit.MILLISECONDS);
        try (InputStream in = Content.Source.asInputStream(request)) {
            byte[] body = in.readNBytes(most + 1);
            if (body.length > most) {
                throw tooLarge();
            }
            return body;
        } finally {
            late.cancel();
        }
    }

    private ApiException tooLarge() {
        return ApiException.of(
                413,
                "request_too_large",
                "The request has more than " + options.limits().body() + " bytes, the limit.");
    }

    private static String place(JacksonException e) {
        return e.getLocation() == null || e.getLocation().getLineNr() < 1
                ? ""
                : " (line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ")";
    }

    /**
     * All fields are read: the others have no effect, which the answer says.
     *
     * @throws ApiException in a strict server, if there are any
     */
    public void complete(Fields fields) {
        List<String> ignored = fields.ignored();
        if (ignored.isEmpty()) {
            return;
        }
        if (options.strict()) {
            throw ApiException.unsupported(
                    ignored.getFirst(), "The request has fields without effect: " + String.join(", ", ignored) + ".");
        }
        String names = String.join(", ", ignored).replaceAll("[^\\x20-\\x7e]", "?");
        response.getHeaders().put("X-Ignored-Params", names.length() > 500 ? names.substring(0, 500) : names);
    }

    /**
     * How a request is served beside others: {@code priority} (vLLM's: the lower, the earlier; no earlier than the key's), {@code cache_prompt} (llama.cpp's),
     * {@code cache_salt} (vLLM's), and a deadline in the header {@code X-Request-Timeout}, in seconds.
     */
    public Handling handling(Fields f) {
        String salt = f.text("cache_salt");
        int wanted = f.whole("priority", caller.priority(), -1_000_000, 1_000_000);
        return Handling.DEFAULT
                .caller(caller.id())
                .priority(caller.admin() ? wanted : Math.max(wanted, caller.priority()))
                .reuse(f.flag("cache_prompt", true))
                .salt(salt == null ? ownSalt() : "salt:" + salt)
                .deadline(deadline());
    }

    /**
     * Callers share nothing with others unless they say so: how much of a prompt was known already would tell what others have
     * asked.
     */
    private String ownSalt() {
        if (!caller.owner().isEmpty()) {
            return "owner:" + caller.owner();
        }
        return caller.id().isEmpty() ? "" : "key:" + caller.id();
    }

    private @Nullable Instant deadline() {
        String seconds = request.getHeaders().get("X-Request-Timeout");
        if (seconds == null) {
            return null;
        }
        try {
            double value = Double.parseDouble(seconds.strip());
            if (value > 0 && value <= 1e6) {
                return arrived.plusMillis((long) (value * 1000));
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw ApiException.field(
                "X-Request-Timeout",
                "The header 'X-Request-Timeout' is no number of seconds above 0: " + seconds + ".");
    }

    /** Says that the arguments of these tools are not held to their schemas. */
    public void unchecked(List<String> tools) {
        if (!tools.isEmpty()) {
            response.getHeaders().put("X-Unchecked-Tools", String.join(", ", tools));
        }
    }

    /** Answers with an object. */
    public void json(int status, JsonNode node) throws IOException {
        bytes(status, "application/json", node.toString().getBytes(StandardCharsets.UTF_8));
    }

    void bytes(int status, String type, byte[] bytes) throws IOException {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, bytes.length);
        if (work != null) {
            work.answered();
        }
        Content.Sink.write(response, true, ByteBuffer.wrap(bytes));
    }

    /** Answers that it is done, without a body. */
    public void done() throws IOException {
        response.setStatus(200);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, 0);
        Content.Sink.write(response, true, ByteBuffer.allocate(0));
    }

    public void json(JsonNode node) throws IOException {
        json(200, node);
    }

    /** Answers with a stream of events; closed by the caller. */
    public EventStream stream() {
        return stream(EventStream.Kind.DATA, "text/event-stream; charset=utf-8");
    }

    /** The same, where each event is named by its object's type. */
    public EventStream namedStream() {
        return stream(EventStream.Kind.NAMED, "text/event-stream; charset=utf-8");
    }

    /** Answers with lines of JSON; closed by the caller. */
    public EventStream lines() {
        return stream(EventStream.Kind.LINES, "application/x-ndjson");
    }

    private EventStream stream(EventStream.Kind kind, String type) {
        response.setStatus(200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-cache");
        response.getHeaders().put("X-Accel-Buffering", "no"); // or nginx would collect the events
        EventStream stream = new EventStream(response, kind, options.keepAlive(), work);
        events = stream;
        return stream;
    }

    /** The stream that was begun; null if none. */
    @Nullable
    EventStream events() {
        return events;
    }

    public static ObjectNode object() {
        return JsonMapper.shared().createObjectNode();
    }
}
