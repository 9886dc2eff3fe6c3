package io.jandaia.server;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How to serve.
 *
 * @param host the address to listen on
 * @param port 0 = any free one
 * @param apiKey what requests must show; null = none is needed
 * @param insecure whether an address that others reach may be served without a key
 * @param strict whether a request field that has no effect is an error
 * @param limits what may come at once
 * @param origins of web pages that may call, such as {@code https://example.org}
 * @param hosts further names under which a server on loopback may be called
 * @param keepAlive how long a stream may be silent before a comment is sent in it
 * @param certificate for encrypted connections; null = they are not
 * @param collector where traces are sent, an OTLP endpoint; null = none are made
 */
public record ServeOptions(
        String host,
        int port,
        @Nullable String apiKey,
        boolean insecure,
        boolean strict,
        Limits limits,
        Set<String> origins,
        Set<String> hosts,
        Duration keepAlive,
        @Nullable Certificate certificate,
        @Nullable Collector collector) {

    /**
     * What may come at once; more is told to come back later.
     *
     * @param requests under way or waiting
     * @param waitingTokens of the prompts that wait for a model; one prompt may always wait
     * @param body bytes of a request's body
     * @param arrival how long a request's header may take to come, and then its body; the connection of one that takes longer
     *     is closed
     */
    public record Limits(int requests, long waitingTokens, int body, Duration arrival) {
        public static final Limits DEFAULT = new Limits(256, 1 << 20, 16 << 20);

        /** With the usual time to come. */
        public Limits(int requests, long waitingTokens, int body) {
            this(requests, waitingTokens, body, ApiServer.STALLED);
        }
    }

    public static final ServeOptions DEFAULT = new ServeOptions(
            "127.0.0.1",
            8080,
            null,
            false,
            false,
            Limits.DEFAULT,
            Set.of(),
            Set.of(),
            Duration.ofSeconds(15),
            null,
            null);

    public ServeOptions address(String newHost, int newPort) {
        return new ServeOptions(
                newHost, newPort, apiKey, insecure, strict, limits, origins, hosts, keepAlive, certificate, collector);
    }

    public ServeOptions access(@Nullable String key, boolean withoutKey) {
        return new ServeOptions(
                host, port, key, withoutKey, strict, limits, origins, hosts, keepAlive, certificate, collector);
    }

    public ServeOptions strict(boolean on) {
        return new ServeOptions(
                host, port, apiKey, insecure, on, limits, origins, hosts, keepAlive, certificate, collector);
    }

    public ServeOptions limits(Limits value) {
        return new ServeOptions(
                host, port, apiKey, insecure, strict, value, origins, hosts, keepAlive, certificate, collector);
    }

    public ServeOptions callers(Set<String> newOrigins, Set<String> newHosts) {
        return new ServeOptions(
                host,
                port,
                apiKey,
                insecure,
                strict,
                limits,
                Set.copyOf(newOrigins),
                Set.copyOf(newHosts),
                keepAlive,
                certificate,
                collector);
    }

    public ServeOptions keepAlive(Duration silence) {
        return new ServeOptions(
                host, port, apiKey, insecure, strict, limits, origins, hosts, silence, certificate, collector);
    }

    public ServeOptions certificate(@Nullable Certificate files) {
        return new ServeOptions(
                host, port, apiKey, insecure, strict, limits, origins, hosts, keepAlive, files, collector);
    }

    public ServeOptions collector(@Nullable Collector where) {
        return new ServeOptions(
                host, port, apiKey, insecure, strict, limits, origins, hosts, keepAlive, certificate, where);
    }
}
