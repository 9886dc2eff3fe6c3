package io.jandaia.server;

import io.jandaia.error.JandaiaException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where traces go: a collector that speaks OTLP over HTTP.
 *
 * @param endpoint with its path, such as {@code http://127.0.0.1:4318/v1/traces}
 * @param headers that it asks for
 * @param service the name of this service in traces
 */
public record Collector(URI endpoint, Map<String, String> headers, String service) {

    private static final String PATH = "/v1/traces";

    /**
     * As it was said, or as OpenTelemetry's environment variables say it: {@code OTEL_EXPORTER_OTLP_TRACES_ENDPOINT}, else
     * {@code OTEL_EXPORTER_OTLP_ENDPOINT}; {@code OTEL_EXPORTER_OTLP_TRACES_HEADERS}, else {@code OTEL_EXPORTER_OTLP_HEADERS};
     * {@code OTEL_SERVICE_NAME}.
     *
     * @param url null = not said; without a path it gets the usual one
     * @return null where neither says anything
     * @throws JandaiaException USAGE when an address or a header is none
     */
    public static @Nullable Collector of(@Nullable String url, Map<String, String> env) {
        String traces = env.getOrDefault("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "");
        String general = env.getOrDefault("OTEL_EXPORTER_OTLP_ENDPOINT", "");
        URI endpoint;
        if (url != null) {
            endpoint = uri(url);
            endpoint = endpoint.getPath().length() > 1 ? endpoint : endpoint.resolve(PATH);
        } else if (!traces.isBlank()) {
            endpoint = uri(traces.strip());
        } else if (!general.isBlank()) {
            endpoint = uri(general.strip().replaceFirst("/$", "") + PATH);
        } else {
            return null;
        }
        String ofTraces = env.getOrDefault("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "");
        String headers = ofTraces.isBlank() ? env.getOrDefault("OTEL_EXPORTER_OTLP_HEADERS", "") : ofTraces;
        String service = env.getOrDefault("OTEL_SERVICE_NAME", "");
        return new Collector(endpoint, headers(headers), service.isBlank() ? "jandaia" : service.strip());
    }

    /** The endpoint for people to see: what identifies the sender is left out. */
    String address() {
        int port = endpoint.getPort();
        return endpoint.getScheme() + "://" + endpoint.getHost() + (port < 0 ? "" : ":" + port) + endpoint.getRawPath();
    }

    private static URI uri(String text) {
        try {
            URI uri = URI.create(text);
            if (("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) && uri.getHost() != null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw JandaiaException.usage(
                "The collector of traces is '" + text + "'; expected its address, such as http://127.0.0.1:4318.");
    }

    private static Map<String, String> headers(String text) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (String header : text.isBlank() ? new String[0] : text.split(",", -1)) {
            int equals = header.indexOf('=');
            if (equals < 1) {
                throw noHeader("A header for the collector of traces has no value", null);
            }
            String value = header.substring(equals + 1).strip().replace("+", "%2B");
            try {
                headers.put(header.substring(0, equals).strip(), URLDecoder.decode(value, StandardCharsets.UTF_8));
            } catch (IllegalArgumentException e) {
                throw noHeader("A header for the collector of traces has a % without two hexadecimal digits", e);
            }
        }
        return headers;
    }

    private static JandaiaException noHeader(String what, @Nullable Throwable cause) {
        return new JandaiaException(
                JandaiaException.Kind.USAGE,
                what + "; expected NAME=VALUE pairs with commas between them in OTEL_EXPORTER_OTLP_HEADERS.",
                cause);
    }
}
