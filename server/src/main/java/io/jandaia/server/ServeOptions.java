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
 * @param maxRequests that may be under way or waiting at once; one more is told to come back later
 * @param maxBody bytes of a request's body
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
        int maxRequests,
        int maxBody,
        Set<String> origins,
        Set<String> hosts,
        Duration keepAlive,
        @Nullable Certificate certificate,
        @Nullable Collector collector) {

    public static final ServeOptions DEFAULT = new ServeOptions(
            "127.0.0.1",
            8080,
            null,
            false,
            false,
            256,
            16 << 20,
            Set.of(),
            Set.of(),
            Duration.ofSeconds(15),
            null,
            null);

    public ServeOptions address(String newHost, int newPort) {
        return new ServeOptions(
                newHost,
                newPort,
                apiKey,
                insecure,
                strict,
                maxRequests,
                maxBody,
                origins,
                hosts,
                keepAlive,
                certificate,
                collector);
    }

    public ServeOptions access(@Nullable String key, boolean withoutKey) {
        return new ServeOptions(
                host,
                port,
                key,
                withoutKey,
                strict,
                maxRequests,
                maxBody,
                origins,
                hosts,
                keepAlive,
                certificate,
                collector);
    }

    public ServeOptions strict(boolean on) {
        return new ServeOptions(
                host,
                port,
                apiKey,
                insecure,
                on,
                maxRequests,
                maxBody,
                origins,
                hosts,
                keepAlive,
                certificate,
                collector);
    }

    public ServeOptions limits(int requests, int body) {
        return new ServeOptions(
                host,
                port,
                apiKey,
                insecure,
                strict,
                requests,
                body,
                origins,
                hosts,
                keepAlive,
                certificate,
                collector);
    }

    public ServeOptions callers(Set<String> newOrigins, Set<String> newHosts) {
        return new ServeOptions(
                host,
                port,
                apiKey,
                insecure,
                strict,
                maxRequests,
                maxBody,
                Set.copyOf(newOrigins),
                Set.copyOf(newHosts),
                keepAlive,
                certificate,
                collector);
    }

    public ServeOptions keepAlive(Duration silence) {
        return new ServeOptions(
                host,
                port,
                apiKey,
                insecure,
                strict,
                maxRequests,
                maxBody,
                origins,
                hosts,
                silence,
                certificate,
                collector);
    }

    public ServeOptions certificate(@Nullable Certificate files) {
        return new ServeOptions(
                host,
                port,
                apiKey,
                insecure,
                strict,
                maxRequests,
                maxBody,
                origins,
                hosts,
                keepAlive,
                files,
                collector);
    }

    public ServeOptions collector(@Nullable Collector where) {
        return new ServeOptions(
                host,
                port,
                apiKey,
                insecure,
                strict,
                maxRequests,
                maxBody,
                origins,
                hosts,
                keepAlive,
                certificate,
                where);
    }
}
