package io.jandaia.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.model.GenerateOptions;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.jandaia.model.chat.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Requests that mean harm are refused soon, and a neighbour gets the right answer meanwhile. */
@Timeout(120)
class HostileRequestsTest {

    /** Much more than it should take, for busy machines. */
    private static final Duration SOON = Duration.ofSeconds(5);

    private static final String MESSAGES = "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    private static final String HI = MESSAGES + ",\"temperature\":0,\"max_tokens\":24";

    private static Model starter;
    private static HttpClient client;
    private static String expected;
    private final List<ApiServer> servers = new ArrayList<>();
    private URI server = start(ServeOptions.Limits.DEFAULT);

    @BeforeAll
    static void open() {
        starter = Model.open(Path.of("../models/starter"), LoadOptions.DEFAULT);
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        expected = starter.chat(
                        List.of(Message.user("Hi")),
                        GenerateOptions.DEFAULT.temperature(0).maxTokens(24),
                        t -> {})
                .text();
    }

    @AfterAll
    static void close() {
        client.close();
        starter.close();
    }

    @AfterEach
    void stop() {
        servers.forEach(ApiServer::close);
    }

    private URI start(ServeOptions.Limits limits) {
        Models models = new Models(Map.of("starter", () -> starter), Map.of());
        models.open();
        ApiServer started =
                ApiServer.start(ServeOptions.DEFAULT.address("127.0.0.1", 0).limits(limits), models, r -> {});
        servers.add(started);
        return started.uri();
    }

    private CompletableFuture<HttpResponse<String>> post(byte[] body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server + "/v1/chat/completions"))
                .timeout(Duration.ofSeconds(60))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        return client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Asks as long as something else goes on, and gets the right answer each time. */
    private final class Neighbour implements AutoCloseable {
        private CompletableFuture<HttpResponse<String>> answer = ask();

        private CompletableFuture<HttpResponse<String>> ask() {
            return post(bytes(HI + "}"));
        }

        /** Looks whether there is an answer, and asks again. */
        void goOn() {
            if (answer.isDone()) {
                close();
                answer = ask();
            }
        }

        @Override
        public void close() {
            JsonNode json = JsonMapper.shared().readTree(answer.join().body());
            assertThat(json.at("/choices/0/message/content").asString()).isEqualTo(expected);
        }
    }

    /** The status of what is answered soon. */
    private int status(String name, byte[] body) {
        long begin = System.nanoTime();
        int status = post(body).join().statusCode();
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        assertThat(took).as(name).isLessThan(SOON);
        return status;
    }

    private void areRefused(Map<String, byte[]> bodies) {
        Map<String, Integer> wrong = new LinkedHashMap<>();
        try (Neighbour neighbour = new Neighbour()) {
            bodies.forEach((name, body) -> {
                int status = status(name, body);
                if (status < 400 || status > 499) {
                    wrong.put(name, status);
                }
                neighbour.goOn();
            });
        }
        assertThat(wrong).isEmpty();
    }

    private static Map<String, byte[]> texts(List<String> bodies) {
        return bodies.stream()
                .collect(Collectors.toMap(
                        b -> b.length() > 120 ? b.substring(0, 120) + "... of " + b.length() : b,
                        HostileRequestsTest::bytes,
                        (a, b) -> a,
                        LinkedHashMap::new));
    }

    @Test
    void whatIsNoJsonIsRefused() {
        areRefused(texts(List.of(
                "",
                "{",
                "nul",
                "\u0000",
                "{'messages':[]}",
                HI,
                HI + "}}",
                HI + ",}",
                HI + ",\"stop\":\"\n\"}",
                HI + ",\"stop\":\"\\x\"}",
                "[".repeat(10_000),
                "{\"a\":".repeat(10_000),
                "{\"messages\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}",
                HI + ",\"messages\":[{\"role\":\"user\",\"content\":\"Bye\"}]}",
                "{\"messages\":[{\"role\":\"user\",\"role\":\"system\",\"content\":\"Hi\"}]}",
                "{\"" + "a".repeat(1_000_000) + "\":1}")));
    }

    @Test
    void whatIsNoUtf8IsRefused() {
        Map<String, byte[]> bodies = new LinkedHashMap<>();
        for (int[] wrong :
                new int[][] {{0xff}, {0xc3, 0x28}, {0xc0, 0xaf}, {0xe2, 0x82}, {0xed, 0xa0, 0x80}, {0xf8, 0x88}}) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            body.writeBytes(bytes("{\"messages\":[{\"role\":\"user\",\"content\":\"Hi"));
            for (int b : wrong) {
                body.write(b);
            }
            body.writeBytes(bytes("\"}],\"max_tokens\":1}"));
            bodies.put(Arrays.toString(wrong), body.toByteArray());
        }
        areRefused(bodies);
        assertThat(status("with a mark of its order", bytes("\ufeff" + HI + "}")))
                .isEqualTo(200);
    }

    @Test
    void numbersBeyondAllBoundsAreRefused() {
        String digits = "9".repeat(100_000);
        areRefused(texts(List.of(
                MESSAGES + ",\"seed\":" + digits + "}",
                MESSAGES + ",\"n\":" + digits + "}",
                MESSAGES + ",\"n\":1e999999999}",
                MESSAGES + ",\"n\":2147483648}",
                MESSAGES + ",\"n\":-2147483649}",
                MESSAGES + ",\"temperature\":1e400}",
                MESSAGES + ",\"temperature\":-1e999999999}",
                MESSAGES + ",\"temperature\":0." + digits + "}",
                MESSAGES + ",\"top_k\":99999999999999999999}",
                MESSAGES + ",\"max_completion_tokens\":99999999999999999999}",
                MESSAGES + ",\"priority\":1e308}",
                MESSAGES + ",\"logit_bias\":{\"99999999999999999999\":1}}",
                MESSAGES + ",\"logit_bias\":{\"1\":1e999}}")));
    }

    private static String list(int n, IntFunction<String> part) {
        return IntStream.range(0, n).mapToObj(part).collect(Collectors.joining(",", "[", "]"));
    }

    @Test
    void muchMoreThanTheModelReadsIsRefused() {
        areRefused(texts(List.of(
                "{\"messages\":" + list(10_000, i -> "{\"role\":\"user\",\"content\":\"Message " + i + "\"}") + "}",
                "{\"messages\":[{\"role\":\"user\",\"content\":"
                        + list(10_000, i -> "{\"type\":\"text\",\"text\":\"many words\"}") + "}]}",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"" + "a".repeat(300_000) + "\"}]}")));
    }

    private static String schema(String schema) {
        return HI + ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":"
                + schema + "}}}";
    }

    private static String nested(String begin, String end, int depth) {
        return schema(begin.repeat(depth) + "{\"type\":\"null\"}" + end.repeat(depth));
    }

    /** Schemas of which each names the next one twice or more. */
    private static String bomb(int levels, String part) {
        return schema("{\"$ref\":\"#/$defs/s0\",\"$defs\":{"
                + IntStream.range(0, levels)
                        .mapToObj(i ->
                                "\"s" + i + "\":" + part.replace("NEXT", "{\"$ref\":\"#/$defs/s" + (i + 1) + "\"}"))
                        .collect(Collectors.joining(","))
                + ",\"s" + levels + "\":{\"type\":\"string\",\"minLength\":3}}}");
    }

    private static final String OBJECT =
            "{\"type\":\"object\",\"properties\":{\"a\":NEXT,\"b\":NEXT},\"required\":[\"a\",\"b\"]}";

    @Test
    void formsThatNobodyCouldWriteAreRefused() {
        areRefused(texts(List.of(
                nested("{\"type\":\"array\",\"items\":", "}", 10_000),
                nested("{\"type\":\"array\",\"items\":", "}", 200),
                nested("{\"properties\":{\"a\":", "}}", 10_000),
                nested("{\"anyOf\":[", "]}", 10_000),
                nested("{\"allOf\":[", "]}", 10_000),
                schema("{\"$ref\":\"#\"}"),
                schema(
                        "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"$ref\":\"#/$defs/a\"}}}"),
                schema("{\"allOf\":[{\"$ref\":\"#\"}]}"),
                schema("{\"$ref\":\"http://127.0.0.1:1/schema\"}"),
                schema("{\"$ref\":\"file:///etc/passwd\"}"),
                schema("{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]}"),
                bomb(60, OBJECT),
                bomb(60, "{\"type\":\"array\",\"items\":NEXT,\"minItems\":2}"),
                schema("{\"type\":\"array\",\"items\":{\"type\":\"null\"},\"minItems\":1000000000}"),
                schema("{\"type\":\"string\",\"pattern\":\"^((((a{1000}){1000}){1000}){1000})$\"}"),
                HI + ",\"regex\":\"" + "(".repeat(10_000) + "a" + ")".repeat(10_000) + "\"}",
                HI + ",\"regex\":\"a{1000000000}\"}",
                HI + ",\"grammar\":\"root ::= root\"}",
                HI + ",\"grammar\":\"root ::= " + "(".repeat(10_000) + "\"}")));
    }

    @Test
    void formsThatGrowByTheirNamesAreAnsweredOrRefusedSoon() {
        List<String> bodies = List.of(
                bomb(60, "{\"anyOf\":[NEXT,NEXT]}"),
                bomb(60, "{\"allOf\":[NEXT,NEXT]}"),
                bomb(60, "{\"oneOf\":[NEXT,NEXT]}"),
                bomb(60, "{\"type\":\"object\",\"properties\":{\"a\":NEXT,\"b\":NEXT}}"),
                schema("{\"enum\":" + list(20_000, i -> "\"value " + i + "\"") + "}"),
                schema("{\"type\":\"string\",\"pattern\":\"^(a|a)*(a|aa)*(a*)*b?$\"}"),
                HI + ",\"regex\":\"(a*)*(b?){50}c{0,50}\"}",
                HI + ",\"stop\":" + list(2_000, i -> "\"stop" + i + "\"") + "}",
                HI + ",\"stop\":\"\\ud800\"}");
        try (Neighbour neighbour = new Neighbour()) {
            texts(bodies).forEach((name, body) -> {
                assertThat(status(name, body)).as(name).isBetween(200, 499);
                neighbour.goOn();
            });
        }
    }

    /** Writes as long as somebody reads. */
    private interface Writer {
        void write(OutputStream out) throws IOException;
    }

    /** The status of the answer to what is written; 0 if the connection is closed without one. */
    private int raw(Writer writer) throws IOException {
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            socket.setSoTimeout((int) SOON.toMillis());
            Thread.startVirtualThread(() -> {
                try {
                    writer.write(socket.getOutputStream());
                } catch (IOException e) {
                    // the server reads no more
                }
            });
            byte[] line = socket.getInputStream().readNBytes(12);
            return line.length < 12 ? 0 : Integer.parseInt(new String(line, 9, 3, StandardCharsets.US_ASCII));
        } catch (SocketTimeoutException e) {
            throw new AssertionError("no answer", e);
        } catch (IOException e) {
            return 0; // reset
        }
    }

    private void isRefused(String name, Writer writer) throws IOException {
        int status = raw(writer);
        assertThat(status == 0 || (status >= 400 && status <= 499))
                .as("%s: %d", name, status)
                .isTrue();
    }

    private void areRefused(List<String> requests) throws IOException {
        try (Neighbour neighbour = new Neighbour()) {
            for (String request : requests) {
                isRefused(request.substring(0, Math.min(150, request.length())), out -> out.write(bytes(request)));
                neighbour.goOn();
            }
        }
    }

    private static final String POST = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n";

    @Test
    void bodiesOfAHundredMegabytesAreRefused() throws IOException {
        byte[] part = new byte[1_000_000];
        Arrays.fill(part, (byte) ' ');
        Writer hundred = out -> {
            for (int i = 0; i < 100; i++) {
                out.write(part);
            }
        };
        String length = "Content-Length: 100000000\r\n\r\n";
        try (Neighbour neighbour = new Neighbour()) {
            isRefused("announced and sent", out -> {
                out.write(bytes(POST + length));
                hundred.write(out);
            });
            // nobody needs the body to see that
            assertThat(raw(out -> out.write(bytes(POST + length)))).isEqualTo(413);
            neighbour.goOn();
            isRefused("in chunks", out -> {
                out.write(bytes(POST + "Transfer-Encoding: chunked\r\n\r\n"));
                for (int i = 0; i < 100; i++) {
                    out.write(bytes(Integer.toHexString(part.length) + "\r\n"));
                    out.write(part);
                    out.write(bytes("\r\n"));
                }
                out.write(bytes("0\r\n\r\n"));
            });
            isRefused("where nothing is", out -> {
                out.write(bytes("POST /nowhere HTTP/1.1\r\nHost: localhost\r\n" + length));
                hundred.write(out);
            });
        }
    }

    @Test
    void whatIsNoHttpIsRefused() throws IOException {
        String many =
                IntStream.range(0, 10_000).mapToObj(i -> "X-" + i + ": a\r\n").collect(Collectors.joining());
        areRefused(List.of(
                "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n" + many + "\r\n",
                "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX: " + "a".repeat(1_000_000) + "\r\n\r\n",
                "GET /" + "a".repeat(1_000_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /v1/models?" + "a=b&".repeat(100_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX\u0000: a\r\n\r\n",
                "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX : a\r\n\r\n",
                "GET /v1/models HTTP/1.1\r\n\r\n",
                "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n",
                "GET\r\n\r\n",
                "G\u0000T / HTTP/1.1\r\nHost: localhost\r\n\r\n",
                POST + "Content-Length: -1\r\n\r\n",
                POST + "Content-Length: 99999999999999999999\r\n\r\n",
                POST + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}}",
                POST + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                POST + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
                POST + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}\r\n",
                POST + "Transfer-Encoding: chunked\r\n\r\n0;" + "a".repeat(100_000) + "\r\n\r\n",
                POST + "X-Request-Timeout: 1e999\r\nContent-Length: " + (HI.length() + 1) + "\r\n\r\n" + HI + "}"));
    }

    @Test
    void pathsLeadNowhereElse() throws IOException {
        List<String> paths = List.of(
                "/v1/../..",
                "/v1/../../etc/passwd",
                "/../../../../etc/passwd",
                "/%2e%2e/%2e%2e/etc/passwd",
                "/v1/%2e%2e/%2e%2e",
                "/v1/models/..%2f..%2f..%2fetc%2fpasswd",
                "/v1/models/%2e%2e%2fconfig.json",
                "/v1/models/%252e%252e%252fetc",
                "/v1/models/%00",
                "/v1/models/starter%00.json",
                "/v1/models/%c0%ae%c0%ae",
                "/v1/models/%zz",
                "/%",
                "/v1/models/%u002e",
                "//v1/models",
                "/v1//models",
                "/v1/models/;/x",
                "/v1/models/\\..\\..\\etc",
                "/v1/models/a b",
                "http://evil.example/v1/models",
                "http://evil.example:80/",
                "http://localhost@evil.example/v1/models",
                "file:///etc/passwd",
                "*",
                "?",
                "evil.example:443");
        areRefused(paths.stream()
                .map(p -> "GET " + p + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .toList());
        assertThat(raw(out -> out.write(bytes("GET http://localhost/v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n"))))
                .isEqualTo(200);
    }

    @Test
    void whoDribblesIsCutOffAndOthersAreAnsweredMeanwhile() {
        server = start(new ServeOptions.Limits(256, 1 << 20, 1 << 20, Duration.ofSeconds(1)));
        List<CompletableFuture<Boolean>> slow = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            String begin = List.of(
                            "",
                            "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX: ",
                            "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\nGET /v1/models HTTP/1.1\r\nX: ",
                            POST + "Content-Length: 10000\r\n\r\n",
                            POST + "Transfer-Encoding: chunked\r\n\r\n2710\r\n")
                    .get(i % 5);
            slow.add(CompletableFuture.supplyAsync(() -> isCutOff(begin), Thread::startVirtualThread));
        }
        new Neighbour().close();
        assertThat(slow).allMatch(CompletableFuture::join);
    }

    /** Sends a byte now and then until the connection ends; whether it does, soon. */
    private boolean isCutOff(String begin) {
        long end = System.nanoTime() + SOON.toNanos();
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write(bytes(begin));
            socket.setSoTimeout(20);
            while (System.nanoTime() < end) {
                try {
                    if (socket.getInputStream().read() < 0) {
                        return true;
                    }
                } catch (SocketTimeoutException e) {
                    out.write('a');
                }
            }
            return false;
        } catch (IOException e) {
            return true; // reset
        }
    }
}
