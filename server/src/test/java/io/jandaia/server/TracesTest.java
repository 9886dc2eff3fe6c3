package io.jandaia.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.jandaia.error.JandaiaException;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a collector is sent. */
@Timeout(120)
class TracesTest {

    private static final String SECRET = "Zanzibar";

    private static Model starter;
    private static HttpClient client;

    private final List<byte[]> bodies = new CopyOnWriteArrayList<>();
    private final List<String> headers = new CopyOnWriteArrayList<>();
    private final List<String> warnings = new CopyOnWriteArrayList<>();
    private HttpServer stub;
    private ApiServer server;

    @BeforeAll
    static void open() {
        starter = Model.open(Path.of("../models/starter"), LoadOptions.DEFAULT);
        client = HttpClient.newHttpClient();
    }

    @AfterAll
    static void close() {
        client.close();
        starter.close();
    }

    @BeforeEach
    void start() throws IOException {
        stub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        stub.createContext("/v1/traces", x -> {
            bodies.add(x.getRequestBody().readAllBytes());
            headers.add(x.getRequestHeaders().getFirst("x-tenant"));
            x.sendResponseHeaders(200, -1);
            x.close();
        });
        stub.start();
        server = serve(Collector.of(
                "http://127.0.0.1:" + stub.getAddress().getPort(),
                Map.of("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=a%20b", "OTEL_SERVICE_NAME", "ours")));
    }

    @AfterEach
    void stop() {
        server.close();
        stub.stop(0);
    }

    private ApiServer serve(@Nullable Collector collector) {
        Models models = new Models(Map.of("starter", () -> starter), Map.of());
        models.open();
        return ApiServer.start(
                ServeOptions.DEFAULT.address("127.0.0.1", 0).collector(collector),
                models,
                null,
                r -> {},
                warnings::add);
    }

    private static HttpResponse<String> post(ApiServer to, String path, String body, String... more) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(to.uri() + path)).POST(HttpRequest.BodyPublishers.ofString(body));
        if (more.length > 0) {
            request.headers(more);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** All spans; the server's end sends what it still has. */
    private List<Span> spans() throws Exception {
        server.close();
        List<Span> spans = new ArrayList<>();
        for (byte[] body : bodies) {
            assertThat(new String(body, StandardCharsets.ISO_8859_1)).doesNotContain(SECRET);
            for (ResourceSpans r : ExportTraceServiceRequest.parseFrom(body).getResourceSpansList()) {
                assertThat(r.getResource().getAttributesList())
                        .anySatisfy(
                                a -> assertThat(a.getValue().getStringValue()).isEqualTo("ours"));
                r.getScopeSpansList().forEach(s -> spans.addAll(s.getSpansList()));
            }
        }
        return spans;
    }

    private static Map<String, AnyValue> attributes(Span span) {
        Map<String, AnyValue> all = new TreeMap<>();
        span.getAttributesList().forEach(a -> all.put(a.getKey(), a.getValue()));
        return all;
    }

    private static AnyValue attribute(Span span, String name) {
        return Objects.requireNonNull(attributes(span).get(name), name);
    }

    @Test
    void everyRequestThatComputesIsASpanWithoutItsText() throws Exception {
        String chat = "{\"messages\":[{\"role\":\"user\",\"content\":\"" + SECRET + "\"}],\"max_tokens\":5";
        String trace = "0af7651916cd43dd8448eb211c80319c";
        HttpResponse<String> whole =
                post(server, "/v1/chat/completions", chat + "}", "traceparent", "00-" + trace + "-b7ad6b7169203331-01");
        post(server, "/v1/chat/completions", chat + ",\"stream\":true}");
        post(server, "/v1/embeddings", "{\"input\":\"" + SECRET + "\"}");
        post(server, "/v1/completions", "{\"model\":\"absent\",\"prompt\":\"" + SECRET + "\"}");
        client.send(
                HttpRequest.newBuilder(URI.create(server.uri() + "/v1/models")).build(),
                HttpResponse.BodyHandlers.ofString());

        List<Span> spans = spans();
        assertThat(headers).isNotEmpty().containsOnly("a b");
        assertThat(spans)
                .extracting(Span::getName)
                .containsExactlyInAnyOrder("chat starter", "chat starter", "embeddings starter", "text_completion");
        Span first = spans.stream()
                .filter(s ->
                        HexFormat.of().formatHex(s.getTraceId().toByteArray()).equals(trace))
                .findFirst()
                .orElseThrow();
        assertThat(HexFormat.of().formatHex(first.getParentSpanId().toByteArray()))
                .isEqualTo("b7ad6b7169203331");
        assertThat(first.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
        assertThat(first.getEndTimeUnixNano()).isGreaterThan(first.getStartTimeUnixNano());
        assertThat(attribute(first, "jandaia.request.id").getStringValue())
                .isEqualTo(whole.headers().firstValue("X-Request-Id").orElseThrow());
        assertThat(attribute(first, "gen_ai.usage.output_tokens").getIntValue()).isBetween(1L, 5L);
        assertThat(attribute(first, "gen_ai.usage.input_tokens").getIntValue()).isPositive();
        assertThat(attribute(first, "http.response.status_code").getIntValue()).isEqualTo(200);
        assertThat(attribute(first, "gen_ai.response.finish_reasons")
                        .getArrayValue()
                        .getValuesCount())
                .isEqualTo(1);
        assertThat(attribute(first, "gen_ai.server.time_to_first_token").getDoubleValue())
                .isPositive();
        Span refused = spans.stream()
                .filter(s -> s.getName().equals("text_completion"))
                .findFirst()
                .orElseThrow();
        assertThat(attribute(refused, "error.type").getStringValue()).isEqualTo("404");
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_UNSET);
        assertThat(warnings).isEmpty();
    }

    @Test
    void aCollectorThatIsGoneIsSaidOnceAndHarmsNobody() throws Exception {
        stub.stop(0);
        for (int i = 0; i < 3; i++) {
            assertThat(post(server, "/v1/completions", "{\"prompt\":\"a\",\"max_tokens\":1}")
                            .statusCode())
                    .isEqualTo(200);
            Thread.sleep(1200);
        }
        server.close();
        assertThat(warnings)
                .hasSize(1)
                .first()
                .asString()
                .contains("Traces are lost", "127.0.0.1", "cannot be reached.");
    }

    @Test
    void whereItIsMayBeSaidInSeveralWays() {
        assertThat(Collector.of(null, Map.of())).isNull();
        assertThat(Collector.of("http://a:1", Map.of())).extracting("endpoint").hasToString("http://a:1/v1/traces");
        assertThat(Collector.of("http://a:1/x", Map.of()))
                .extracting("endpoint")
                .hasToString("http://a:1/x");
        assertThat(Collector.of(null, Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://b:2/")))
                .extracting("endpoint")
                .hasToString("http://b:2/v1/traces");
        assertThat(Collector.of(
                        null,
                        Map.of(
                                "OTEL_EXPORTER_OTLP_ENDPOINT",
                                "http://b:2",
                                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                                "http://c:3/t")))
                .extracting("endpoint")
                .hasToString("http://c:3/t");
        assertThatThrownBy(() -> Collector.of("collector:4317", Map.of()))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("collector:4317");
        assertThatThrownBy(() -> Collector.of("http://a:1", Map.of("OTEL_EXPORTER_OTLP_HEADERS", "key")))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("NAME=VALUE");
        assertThatThrownBy(() -> Collector.of("http://a:1", Map.of("OTEL_EXPORTER_OTLP_HEADERS", "key=%zz")))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("NAME=VALUE");
        assertThat(Collector.of(
                        "http://a:1",
                        Map.of(
                                "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
                                "",
                                "OTEL_EXPORTER_OTLP_HEADERS",
                                "k=v",
                                "OTEL_SERVICE_NAME",
                                "")))
                .isEqualTo(new Collector(URI.create("http://a:1/v1/traces"), Map.of("k", "v"), "jandaia"));
    }

    @Test
    void whatAStreamHadIsInItsSpanAndItsNameIsTheEndpoints() throws Exception {
        String chat = "{\"messages\":[{\"role\":\"user\",\"content\":\"" + SECRET
                + " and the bird company merge on Friday at noon\"}],\"max_tokens\":2,\"stream\":true}";
        for (int i = 0; i < 2; i++) {
            post(server, "/v1/chat/completion%73", chat);
        }
        List<Span> spans = spans();
        assertThat(spans).extracting(Span::getName).containsOnly("chat starter").hasSize(2);
        assertThat(spans)
                .allSatisfy(s -> assertThat(
                                attribute(s, "gen_ai.usage.output_tokens").getIntValue())
                        .isEqualTo(2))
                .anySatisfy(s -> assertThat(attribute(s, "gen_ai.usage.cache_read.input_tokens")
                                .getIntValue())
                        .isPositive());
    }

    @Test
    void anErrorOfTheServerIsOneOfItsSpan() throws Exception {
        String body = "{\"prompt\":\"a\",\"max_tokens\":400}";
        assertThat(post(server, "/v1/completions", body, "X-Request-Timeout", "0.001")
                        .statusCode())
                .isEqualTo(504);
        Span span = spans().getFirst();
        assertThat(span.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
        assertThat(attribute(span, "error.type").getStringValue()).isEqualTo("504");
    }

    @Test
    void aCollectorThatDoesNotAnswerHoldsNothingUp() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            ApiServer to = serve(Collector.of("http://us:password@127.0.0.1:" + silent.getLocalPort(), Map.of()));
            long begin = System.nanoTime();
            post(to, "/v1/completions", "{\"prompt\":\"a\",\"max_tokens\":1}");
            to.close();
            assertThat((System.nanoTime() - begin) / 1e9).isLessThan(15);
        }
        assertThat(warnings)
                .singleElement()
                .asString()
                .contains("does not answer in time")
                .doesNotContain("password");
    }

    @Test
    void aCollectorThatRefusesIsSaidToDoSo() throws Exception {
        ApiServer to =
                serve(Collector.of("http://127.0.0.1:" + stub.getAddress().getPort() + "/nothing", Map.of()));
        post(to, "/v1/completions", "{\"prompt\":\"a\",\"max_tokens\":1}");
        to.close();
        assertThat(warnings).singleElement().asString().contains("/nothing answers with an error");
    }
}
