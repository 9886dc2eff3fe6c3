package io.jandaia.server;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * A span for each request that computes, sent to a collector: OpenTelemetry's conventions for generative AI, never the text
 * of anybody. Sending waits for nobody and harms no request; when the collector does not take it, that is said once.
 */
final class Traces implements AutoCloseable {

    /** For the collector's answer. */
    private static final Duration ANSWER = Duration.ofSeconds(3);
    /** For the end; longer, so that it is still said what is lost. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final AttributeKey<List<String>> REASONS =
            AttributeKey.stringArrayKey("gen_ai.response.finish_reasons");
    /** Held, so that it stays silent: what it would say is said by {@link Telling}, once. */
    private static final Logger EXPORTER = Logger.getLogger("io.opentelemetry.exporter");

    private final SdkTracerProvider provider;
    private final Tracer tracer;

    Traces(Collector collector, Consumer<String> warn) {
        EXPORTER.setLevel(Level.OFF);
        SpanExporter exporter = OtlpHttpSpanExporter.builder()
                .setEndpoint(collector.endpoint().toString())
                .setHeaders(collector::headers)
                .setTimeout(ANSWER)
                .build();
        this.provider = SdkTracerProvider.builder()
                .setResource(Resource.builder()
                        .put("service.name", collector.service())
                        .build())
                .addSpanProcessor(BatchSpanProcessor.builder(new Telling(exporter, collector, warn))
                        .setScheduleDelay(Duration.ofSeconds(1))
                        .setExporterTimeout(PATIENCE)
                        .build())
                .build();
        this.tracer = provider.get("jandaia");
    }

    /** A request is answered. */
    void add(Request request, AccessRecord answered, Work work) {
        long end = System.currentTimeMillis() * 1_000_000;
        long begin = end - (long) (answered.seconds() * 1e9);
        Context parent =
                W3CTraceContextPropagator.getInstance().extract(Context.root(), request.getHeaders(), HeaderGetter.ONE);
        String operation = operation(work.path());
        Work.Done done = work.done();
        Span span = tracer.spanBuilder(done.model().isEmpty() ? operation : operation + " " + done.model())
                .setParent(parent)
                .setSpanKind(SpanKind.SERVER)
                .setStartTimestamp(begin, TimeUnit.NANOSECONDS)
                .startSpan();
        span.setAttribute("gen_ai.operation.name", operation)
                .setAttribute("gen_ai.provider.name", "jandaia")
                .setAttribute("http.request.method", answered.method())
                .setAttribute("http.response.status_code", answered.status())
                .setAttribute("http.route", work.path())
                .setAttribute("url.path", answered.path())
                .setAttribute("client.address", answered.client())
                .setAttribute("jandaia.request.id", answered.id())
                .setAttribute("jandaia.key.name", answered.key());
        if (!done.model().isEmpty()) {
            span.setAttribute("gen_ai.request.model", done.model())
                    .setAttribute("gen_ai.response.model", done.model())
                    .setAttribute("gen_ai.usage.input_tokens", done.usage().promptTokens())
                    .setAttribute("gen_ai.usage.output_tokens", done.usage().completionTokens())
                    .setAttribute(
                            "gen_ai.usage.cache_read.input_tokens", done.usage().cachedTokens());
        }
        if (!done.reasons().isEmpty()) {
            span.setAttribute(REASONS, done.reasons());
            span.setAttribute("gen_ai.server.time_to_first_token", done.firstToken());
            span.setAttribute("jandaia.queue.seconds", done.queue());
        }
        if (answered.status() >= 500) {
            span.setStatus(StatusCode.ERROR);
        }
        if (answered.status() >= 400) {
            span.setAttribute("error.type", String.valueOf(answered.status()));
        }
        span.end(end, TimeUnit.NANOSECONDS);
    }

    /** As the conventions name it, or the last part of the path. */
    private static String operation(String path) {
        return switch (path.substring(path.lastIndexOf('/') + 1)) {
            case "completions" -> path.endsWith("/chat/completions") ? "chat" : "text_completion";
            case "chat", "messages", "responses" -> "chat";
            case "generate" -> "text_completion";
            case "embeddings", "embed" -> "embeddings";
            case String other -> other;
        };
    }

    /** Sends what there is, for a few seconds at most. */
    @Override
    public void close() {
        provider.shutdown().join(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Reads the headers of a request. */
    private enum HeaderGetter implements TextMapGetter<HttpFields> {
        ONE;

        @Override
        @SuppressWarnings("deprecation") // abstract all the same
        public Iterable<String> keys(HttpFields headers) {
            return headers.getFieldNamesCollection();
        }

        @Override
        public @Nullable String get(@Nullable HttpFields headers, String name) {
            return headers == null ? null : headers.get(name);
        }
    }

    /** Says once that a collector does not take what it is sent, and again after it did. */
    private static final class Telling implements SpanExporter {
        private final SpanExporter exporter;
        private final Collector collector;
        private final Consumer<String> warn;
        private final AtomicBoolean told = new AtomicBoolean();

        Telling(SpanExporter exporter, Collector collector, Consumer<String> warn) {
            this.exporter = exporter;
            this.collector = collector;
            this.warn = warn;
        }

        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
            CompletableResultCode result = exporter.export(spans);
            result.whenComplete(() -> {
                if (result.isSuccess()) {
                    told.set(false);
                } else if (!told.getAndSet(true)) {
                    warn.accept("Traces are lost: the collector at " + collector.address() + " "
                            + why(result.getFailureThrowable()) + " Requests are not affected.");
                }
            });
            return result;
        }

        /** The exporter's own exception says nothing; without a cause the collector answered with an error. */
        private static String why(@Nullable Throwable failure) {
            Throwable cause = failure == null ? null : failure.getCause();
            for (Throwable e = cause; e != null; e = e.getCause()) {
                if (e instanceof ConnectException) {
                    return "cannot be reached.";
                }
                if (e instanceof HttpTimeoutException || e instanceof InterruptedException) {
                    return "does not answer in time.";
                }
            }
            return cause == null
                    ? "answers with an error: its path or OTEL_EXPORTER_OTLP_HEADERS may be wrong."
                    : "cannot be sent to (" + cause + ").";
        }

        @Override
        public CompletableResultCode flush() {
            return exporter.flush();
        }

        @Override
        public CompletableResultCode shutdown() {
            return exporter.shutdown();
        }
    }
}
