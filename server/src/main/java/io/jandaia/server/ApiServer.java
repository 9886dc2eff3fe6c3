package io.jandaia.server;

import io.jandaia.error.JandaiaException;
import io.jandaia.server.anthropic.Anthropic;
import io.jandaia.server.identity.Access;
import io.jandaia.server.identity.Caller;
import io.jandaia.server.identity.Limits;
import io.jandaia.server.identity.Quotas;
import io.jandaia.server.ollama.Ollama;
import io.jandaia.server.openai.OpenAi;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Models over HTTP. Every request has a virtual thread, so endpoints are written as if each were alone; the engine computes
 * those of one model together.
 */
public final class ApiServer implements AutoCloseable {

    /** A reader that takes nothing for so long is gone. */
    static final Duration STALLED = Duration.ofMinutes(2);

    private static final int HEADERS = 32 << 10;

    /** Connections that may wait to be accepted. */
    private static final int BACKLOG = 1024;

    private final ServeOptions options;
    private final Consumer<AccessRecord> log;
    private final @Nullable Access access;
    private final Guard guard;
    private final Routes routes = new Routes();
    private final WorkList works;
    private final Server server;
    private final ServerConnector connector;
    private final Arrivals arrivals;
    private final @Nullable Tls tls;
    private final @Nullable Traces traces;
    private volatile @Nullable Runnable onStop;

    private ApiServer(
            ServeOptions options,
            Models models,
            @Nullable Access access,
            Consumer<AccessRecord> log,
            Consumer<String> warn) {
        this.options = options;
        this.log = log;
        this.access = access;
        this.guard = new Guard(options, access);
        this.works = new WorkList(options.limits(), access);
        VirtualThreadPool threads = new VirtualThreadPool();
        threads.setName("jandaia-http");
        this.server = new Server(threads);
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(HEADERS);
        // names of models have slashes, which clients may write as %2F
        http.setUriCompliance(UriCompliance.DEFAULT.with("models", UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR));
        Certificate certificate = options.certificate();
        this.tls = certificate == null ? null : new Tls(certificate, warn);
        Collector collector = options.collector();
        this.traces = collector == null ? null : new Traces(collector, warn);
        if (tls == null) {
            this.connector = new ServerConnector(server, new HttpConnectionFactory(http));
        } else {
            http.addCustomizer(new SecureRequestCustomizer(false)); // the Host is looked at by the guard
            this.connector = new ServerConnector(
                    server,
                    new SslConnectionFactory(tls.factory(), HttpVersion.HTTP_1_1.asString()),
                    new HttpConnectionFactory(http));
        }
        connector.setHost(options.host());
        connector.setPort(options.port());
        connector.setIdleTimeout(STALLED.toMillis());
        connector.setAcceptQueueSize(BACKLOG); // the JDK's 50 are too few for many who connect at once
        this.arrivals = new Arrivals(connector.getScheduler(), options.limits().arrival());
        connector.addEventListener(arrivals);
        server.addConnector(connector);
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                ApiServer.this.handle(request, response, callback);
                return true;
            }
        });
        server.setErrorHandler(this::refuse);
        Health.addTo(routes, models, works);
        works.metrics().addTo(routes);
        OpenAi.addTo(routes, models);
        Anthropic.addTo(routes, models);
        Ollama.addTo(routes, models);
        routes.manage("POST", "/admin/stop", this::stop);
        if (access != null) {
            UsageReport.addTo(routes, access);
        }
    }

    /** Starts to listen, without stored keys, and stores no usage. */
    public static ApiServer start(ServeOptions options, Models models, Consumer<AccessRecord> log) {
        return start(options, models, null, log, w -> {});
    }

    /**
     * Starts to listen.
     *
     * @param models opened by the caller, before or while the server runs
     * @param access keys, limits and usage; closed by the caller after the server; null = none
     * @param log told of every request when it is answered
     * @param warn told what people should know
     * @throws JandaiaException USAGE when the address needs a key, RESOURCE when it cannot be listened on
     */
    public static ApiServer start(
            ServeOptions options,
            Models models,
            @Nullable Access access,
            Consumer<AccessRecord> log,
            Consumer<String> warn) {
        ApiServer server = new ApiServer(options, models, access, log, warn);
        try {
            server.server.start();
        } catch (Exception e) { // that is what Jetty declares
            server.close();
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE,
                    "Serving on " + options.host() + " port " + options.port() + " is not possible: "
                            + cause.getMessage() + ". Choose another with --port.",
                    e);
        }
        return server;
    }

    /** Where it listens. */
    public URI uri() {
        String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
        return URI.create((tls == null ? "http://" : "https://") + host + ":" + connector.getLocalPort());
    }

    private void handle(Request request, Response response, Callback callback) {
        long begin = System.nanoTime();
        String id = Ids.request();
        Connection connection = request.getConnectionMetaData().getConnection();
        arrivals.begin(connection);
        response.getHeaders().put("X-Request-Id", id);
        request.addIdleTimeoutListener(e -> false); // computing may take long; writes that stall fail all the same
        @Nullable Exchange exchange = null;
        @Nullable Work work = null;
        int status = 200;
        boolean lost = false;
        String key = "";
        try {
            guard.checkCaller(request);
            if (allowOrigin(request, response)) {
                response.setStatus(204);
                callback.succeeded();
                return;
            }
            Routes.Found found = routes.find(request.getMethod(), path(request));
            Caller caller = Caller.GUEST;
            if (!found.route().path().startsWith("/health")) {
                caller = guard.identify(request);
                key = caller.name();
            }
            if (found.route().manages()) {
                guard.checkManages(caller);
            }
            if (found.route().computes()) {
                work = works.enter(socket(request), caller, found.route().path());
                tellLimits(caller, response);
            }
            exchange = new Exchange(request, response, id, found.rest(), caller, work, options);
            found.route().endpoint().answer(exchange);
            lost = work != null && work.early();
            callback.succeeded();
            if (lost) {
                connection.getEndPoint().close();
            }
        } catch (IOException e) { // the client is gone
            status = 499;
            callback.failed(e);
        } catch (RuntimeException | Error e) {
            ApiException problem = ApiException.from(e);
            status = problem.status();
            tell(problem, exchange, request, response, callback);
        } finally {
            arrivals.end(connection);
            EventStream events = exchange == null ? null : exchange.events();
            if (events != null) {
                events.leave();
            }
            int told = status == 200 ? response.getStatus() : status;
            works.metrics().answered(told);
            AccessRecord answered = new AccessRecord(
                    id,
                    request.getMethod(),
                    request.getHttpURI().getPath(),
                    told,
                    (System.nanoTime() - begin) / 1e9,
                    Request.getRemoteAddr(request),
                    key);
            if (work != null) {
                if (traces != null) {
                    traces.add(request, answered, work);
                }
                work.close(); // after the client was told: an end of the server waits for this
            }
            if (exchange != null) {
                exchange.release();
            }
            log.accept(answered);
        }
    }

    /** As OpenAI's API says what is left of a minute. */
    private void tellLimits(Caller caller, Response response) {
        Limits limits = caller.limits();
        if (access == null || (limits.requestsPerMinute() == 0 && limits.tokensPerMinute() == 0)) {
            return;
        }
        Quotas.Left left = access.quotas().left(caller);
        if (left.requestLimit() > 0) {
            response.getHeaders().put("x-ratelimit-limit-requests", left.requestLimit());
            response.getHeaders().put("x-ratelimit-remaining-requests", left.requests());
            response.getHeaders().put("x-ratelimit-reset-requests", left.resetSeconds() + "s");
        }
        if (left.tokenLimit() > 0) {
            response.getHeaders().put("x-ratelimit-limit-tokens", left.tokenLimit());
            response.getHeaders().put("x-ratelimit-remaining-tokens", left.tokens());
            response.getHeaders().put("x-ratelimit-reset-tokens", left.resetSeconds() + "s");
        }
    }

    private static String path(Request request) {
        String path = request.getHttpURI().getPath();
        return path == null ? "/" : URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** What tells whether the client is there; null behind TLS, where its bytes are not ours to read. */
    private static @Nullable SocketChannel socket(Request request) {
        EndPoint end = request.getConnectionMetaData().getConnection().getEndPoint();
        return !request.isSecure() && end.getTransport() instanceof SocketChannel channel ? channel : null;
    }

    /** Tells a browser what pages may do; true when that is all it asked. */
    private boolean allowOrigin(Request request, Response response) {
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        if (origin == null || !guard.allows(origin)) {
            return false;
        }
        response.getHeaders().put("Access-Control-Allow-Origin", origin);
        response.getHeaders().put(HttpHeader.VARY, "Origin");
        response.getHeaders().put("Access-Control-Expose-Headers", "X-Request-Id, X-Ignored-Params");
        if (!request.getMethod().equals("OPTIONS")) {
            return false;
        }
        response.getHeaders().put("Access-Control-Allow-Methods", "GET, POST, DELETE");
        response.getHeaders()
                .put("Access-Control-Allow-Headers", "Authorization, Content-Type, x-api-key, X-Request-Timeout");
        response.getHeaders().put("Access-Control-Max-Age", "600");
        return true;
    }

    /** What Jetty itself refuses: requests that are no HTTP, or too large. */
    private boolean refuse(Request request, Response response, Callback callback) {
        int status = request.getAttribute(ErrorHandler.ERROR_STATUS) instanceof Integer i ? i : 400;
        String why = String.valueOf(request.getAttribute(ErrorHandler.ERROR_MESSAGE));
        tell(
                ApiException.of(status, "bad_request", "The request is not one that this server reads: " + why + "."),
                null,
                request,
                response,
                callback);
        return true;
    }

    private void tell(
            ApiException problem, @Nullable Exchange exchange, Request request, Response response, Callback callback) {
        ObjectNode error = routes.error(path(request), problem);
        try {
            EventStream events = exchange == null ? null : exchange.events();
            if (events != null) {
                events.send(error);
                events.close();
            } else {
                if (problem.retryAfter() > 0) {
                    response.getHeaders().put(HttpHeader.RETRY_AFTER, problem.retryAfter());
                }
                if (problem.status() == 401) {
                    response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
                }
                if (problem.status() == 413) {
                    response.getHeaders().put(HttpHeader.CONNECTION, "close"); // the rest of the body is not read
                }
                Exchange answer = exchange == null
                        ? new Exchange(request, response, "", "", Caller.GUEST, null, options)
                        : exchange;
                answer.json(problem.status(), error);
            }
            callback.succeeded();
        } catch (IOException | RuntimeException e) {
            callback.failed(e);
        }
    }

    /** What happens when a request asks for the end of the server; without it none may. */
    public void onStop(Runnable action) {
        onStop = action;
    }

    private void stop(Exchange x) throws IOException {
        Runnable action = onStop;
        if (action == null) {
            throw ApiException.of(403, "stop_not_allowed", "This server is part of a program, which alone can end it.");
        }
        x.json(Exchange.object().put("status", "ending"));
        action.run();
    }

    /**
     * Ends in order: no new work, what is under way goes on to its end, but not longer than {@code most}; then every open
     * stream is told.
     *
     * @return requests that were cut
     */
    public int drain(Duration most) {
        return works.drain(most);
    }

    /** Cuts what is under way now; a drain that waits for it then ends. */
    public void cut() {
        works.close();
    }

    /** Ends at once, after telling open streams. */
    @Override
    public void close() {
        works.close();
        long end = System.nanoTime() + 2_000_000_000L;
        try {
            while (works.size() > 0 && System.nanoTime() < end) {
                Thread.sleep(5);
            }
            server.setStopTimeout(0);
            server.stop();
            if (tls != null) {
                tls.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            // whoever still holds a connection does not keep the process
        } finally {
            if (traces != null) {
                traces.close();
            }
        }
    }
}
