package io.jandaia.server;

import io.jandaia.model.engine.TokenEvent;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.IntSupplier;

/**
 * What Prometheus sees. Names are those of OpenTelemetry's conventions for generative AI where these have one. Labels are
 * names of models that are served and of keys, kinds of tokens and statuses: nothing that a client could make up. Without
 * exemplars: they would load OpenTelemetry for spans that nobody asked for.
 */
final class Metrics {

    private static final double[] SECONDS = {0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200};
    private static final String MODEL = "gen_ai_request_model";

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Histogram queued =
            seconds("jandaia_queue_seconds", "From a request's arrival to its first computation.");
    private final Histogram firstToken =
            seconds("gen_ai_server_time_to_first_token_seconds", "From a request's arrival to its first token.");
    private final Histogram perToken = seconds(
            "gen_ai_server_time_per_output_token_seconds", "Between tokens after the first, the mean of an answer.");
    private final Histogram duration =
            seconds("gen_ai_server_request_duration_seconds", "From a request's arrival to its last token.");
    private final Counter tokens = Counter.builder()
            .name("gen_ai_client_token_usage_total")
            .help("Tokens of prompts and of answers.")
            .labelNames(MODEL, "gen_ai_token_type")
            .withoutExemplars()
            .register(registry);
    private final Counter cached = Counter.builder()
            .name("jandaia_prompt_tokens_cached_total")
            .help("Tokens of prompts that were not computed, since an earlier request began alike.")
            .labelNames(MODEL)
            .withoutExemplars()
            .register(registry);
    private final Counter byKey = Counter.builder()
            .name("jandaia_key_tokens_total")
            .help("Tokens of prompts and of answers by the name of the key; empty where none was needed.")
            .labelNames("key", MODEL, "gen_ai_token_type")
            .withoutExemplars()
            .register(registry);
    private final Counter requests = Counter.builder()
            .name("jandaia_http_requests_total")
            .help("Requests by the status of their answers; 499: the client left.")
            .labelNames("status")
            .withoutExemplars()
            .register(registry);

    /** @param under how many requests are under way or waiting */
    Metrics(IntSupplier under) {
        GaugeWithCallback.builder()
                .name("jandaia_requests_in_progress")
                .help("Requests that compute or wait for it.")
                .callback(c -> c.call(under.getAsInt()))
                .register(registry);
    }

    private Histogram seconds(String name, String help) {
        return Histogram.builder()
                .name(name)
                .help(help)
                .labelNames(MODEL)
                .classicOnly()
                .classicUpperBounds(SECONDS)
                .withoutExemplars()
                .register(registry);
    }

    void answered(int status) {
        requests.labelValues(Integer.toString(status)).inc();
    }

    void finished(String model, TokenEvent.Finished f) {
        TokenEvent.Timings t = f.timings();
        int n = f.usage().completionTokens();
        tokens.labelValues(model, "input").inc(f.usage().promptTokens());
        tokens.labelValues(model, "output").inc(n);
        cached.labelValues(model).inc(f.usage().cachedTokens());
        queued.labelValues(model).observe(t.queue());
        duration.labelValues(model).observe(t.timeToFirstToken() + t.decode());
        if (n > 0) {
            firstToken.labelValues(model).observe(t.timeToFirstToken());
        }
        if (n > 1) {
            perToken.labelValues(model).observe(t.decode() / (n - 1));
        }
    }

    /** Tokens were read without an answer that is written. */
    void read(String model, int prompt) {
        tokens.labelValues(model, "input").inc(prompt);
    }

    void used(String key, String model, int prompt, int completion) {
        byKey.labelValues(key, model, "input").inc(prompt);
        byKey.labelValues(key, model, "output").inc(completion);
    }

    void addTo(Routes routes) {
        routes.get("/metrics", this::write);
    }

    private void write(Exchange x) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(out, registry.scrape());
        x.bytes(200, PrometheusTextFormatWriter.CONTENT_TYPE, out.toByteArray());
    }
}
