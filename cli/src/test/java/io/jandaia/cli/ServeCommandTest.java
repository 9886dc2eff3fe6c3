package io.jandaia.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.jandaia.server.identity.Database;
import io.jandaia.server.identity.IdentityStore;
import io.jandaia.server.identity.Usage;
import io.jandaia.server.identity.UsageStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code serve} as a process, with {@code ps} and {@code stop} that ask it. */
@Timeout(120)
class ServeCommandTest {

    private static final InputStream STANDARD_INPUT = System.in;
    private static final String STARTER = "../models/starter";

    @TempDir
    private Path cache;

    @TempDir
    private Path data;

    private Path errors;

    @BeforeEach
    void start() {
        errors = data.resolve("errors");
        System.setIn(InputStream.nullInputStream()); // that of a test's JVM never ends
    }

    @AfterEach
    void end() {
        System.setIn(STANDARD_INPUT);
    }

    private Process serve(String... options) throws IOException {
        return serve(List.of(), options);
    }

    private Process serve(List<String> properties, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@../jvm.options",
                "-XX:TieredStopAtLevel=1",
                "-Djandaia.home=.."));
        command.addAll(properties);
        command.addAll(List.of(
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "io.jandaia.cli.Main",
                "serve",
                "--port",
                "0"));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
        builder.environment().put("HF_HUB_CACHE", cache.toString());
        builder.environment().put("JANDAIA_DATA", data.toString());
        builder.environment().put("JANDAIA_LANG", "en");
        builder.environment().remove("JANDAIA_API_KEY");
        builder.environment().keySet().removeIf(name -> name.startsWith("OTEL_"));
        return builder.start();
    }

    @Test
    void aServerWithoutNamesLoadsTheStarterWhenItIsAskedAndEndsOnStop() throws Exception {
        Process process = serve();
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
                HttpClient client = HttpClient.newHttpClient()) {
            String first = out.readLine();
            assertThat(first).startsWith("Listening on http://127.0.0.1:");
            String url = first.substring(first.indexOf("http"), first.indexOf(';'));
            assertThat(Ran.jandaia("ps", "--url", url).out()).doesNotContain("starter");
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create(url + "/v1/completions"))
                            .POST(HttpRequest.BodyPublishers.ofString("{\"prompt\":\"Hi\",\"max_tokens\":1}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(Ran.jandaia("ps", "--url", url).out()).contains("starter", "512", "without requests");
            assertThat(Ran.jandaia("stop", "nothing", "--url", url).err()).contains("'nothing' is not served here");
            assertThat(Ran.jandaia("stop", "starter", "--url", url).code()).isZero();
            assertThat(Ran.jandaia("stop", "--url", url).code()).isZero();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
            assertThat(out.lines().collect(Collectors.joining("\n"))).endsWith("Ended.");
            Ran gone = Ran.jandaia("ps", "--url", url);
            assertThat(gone.code()).isEqualTo(1);
            assertThat(gone.err()).contains("jandaia serve");
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void tracesAreSentAndTheirClassesLoadedOnlyOnRequest() throws Exception {
        AtomicInteger sent = new AtomicInteger();
        HttpServer collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/v1/traces", x -> {
            sent.addAndGet(x.getRequestBody().readAllBytes().length);
            x.sendResponseHeaders(200, -1);
            x.close();
        });
        collector.start();
        try {
            assertThat(loadedByOneAnswer())
                    .contains("io.jandaia.server.ApiServer")
                    .doesNotContain("io.opentelemetry");
            assertThat(sent).hasValue(0);
            String url = "http://127.0.0.1:" + collector.getAddress().getPort();
            assertThat(loadedByOneAnswer("--otlp", url)).contains("io.opentelemetry");
            assertThat(sent).hasPositiveValue();
        } finally {
            collector.stop(0);
        }
    }

    /** The classes that a server loads from its start to its end. */
    private String loadedByOneAnswer(String... options) throws Exception {
        Path classes = data.resolve("classes");
        Process process = serve(List.of("-Xlog:class+load:file=" + classes), options);
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
                HttpClient client = HttpClient.newHttpClient()) {
            String first = out.readLine();
            String url = first.substring(first.indexOf("http"), first.indexOf(';'));
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create(url + "/v1/completions"))
                            .POST(HttpRequest.BodyPublishers.ofString("{\"prompt\":\"Hi\",\"max_tokens\":1}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(Ran.jandaia("stop", "--url", url).code()).isZero();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return Files.readString(classes);
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aServerThatIsKilledLosesNoKeyAndAtMostASecondOfUsage() throws Exception {
        String store = data.resolve("jandaia.db").toString();
        String key = Ran.jandaia("key", "create", "app", "--store", store).out().strip();
        Process process = serve("starter");
        int answered = 0;
        int early = 0;
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
                HttpClient client = HttpClient.newHttpClient()) {
            String first = out.readLine();
            String url = first.substring(first.indexOf("http"), first.indexOf(';'));
            assertThat(out.readLine()).startsWith("Ready");
            HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/v1/completions"))
                    .header("Authorization", "Bearer " + key)
                    .POST(HttpRequest.BodyPublishers.ofString(
                            "{\"prompt\":\"Hi\",\"max_tokens\":2,\"ignore_eos\":true}"))
                    .build();
            long end = System.nanoTime() + 3_000_000_000L;
            while (System.nanoTime() < end) {
                assertThat(client.send(request, HttpResponse.BodyHandlers.ofString())
                                .statusCode())
                        .isEqualTo(200);
                answered++;
                early += System.nanoTime() < end - 1_000_000_000L ? 1 : 0;
            }
            process.destroyForcibly().waitFor();
        } finally {
            process.destroyForcibly();
        }
        try (Database database = Database.open(store)) {
            Usage used = new UsageStore(database)
                    .report(
                            LocalDate.EPOCH,
                            LocalDate.now(ZoneOffset.UTC).plusDays(1),
                            UsageStore.Group.KEY,
                            null,
                            null)
                    .getFirst()
                    .usage();
            assertThat(early).isPositive();
            assertThat(used.requests()).isBetween((long) early, (long) answered);
            assertThat(used.completionTokens()).isEqualTo(used.requests() * 2);
            assertThat(new IdentityStore(database, Clock.systemUTC()).find(key)).isPresent();
        }
        assertThat(Ran.jandaia("usage", "--by", "key", "--store", store).out()).contains("app (key_");
    }

    @Test
    void aModelThatARequestMadeIsThereAfterAKillAndADamagedFileIsNamed() throws Exception {
        Path file = data.resolve("derived.json");
        for (String[] request : new String[][] {
            {"/api/create", "{\"model\":\"mario\",\"from\":\"starter\",\"system\":\"Be Mario.\"}", "success"},
            {"/api/show", "{\"model\":\"mario\"}", "Be Mario."}
        }) {
            Process process = serve();
            try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
                    HttpClient client = HttpClient.newHttpClient()) {
                String first = out.readLine();
                String url = first.substring(first.indexOf("http"), first.indexOf(';'));
                HttpResponse<String> answer = client.send(
                        HttpRequest.newBuilder(URI.create(url + request[0]))
                                .POST(HttpRequest.BodyPublishers.ofString(request[1]))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(answer.body()).contains(request[2]);
            } finally {
                process.destroyForcibly().waitFor();
            }
        }
        Files.writeString(file, "{");
        Process process = serve();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isNotZero();
            assertThat(errors).content().contains(file.toString()).contains("Mend it");
            assertThat(file).hasContent("{");
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void runAsksAServerThatHasTheModel() throws Exception {
        Process process = serve(STARTER);
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            String first = out.readLine();
            System.setProperty("jandaia.url", first.substring(first.indexOf("http"), first.indexOf(';')));
            assertThat(out.readLine()).startsWith("Ready");
            String[] asked = {"run", STARTER, "Once", "--temperature", "0", "--max-tokens", "12"};
            Ran there = Ran.jandaia(asked);
            assertThat(there.err()).contains("Answered by the server at http://127.0.0.1:");
            List<String> local = new ArrayList<>(List.of(asked));
            local.add("--local");
            Ran here = Ran.jandaia(local.toArray(String[]::new));
            assertThat(here.err()).doesNotContain("Answered by");
            assertThat(there.out()).isEqualTo(here.out()).isNotBlank();
            assertThat(Ran.jandaia("run", STARTER, "Once", "--raw", "--choice", "left", "--choice", "right")
                            .out())
                    .isIn("left\n", "right\n");
            assertThat(Ran.jandaia("run", STARTER, "Once", "--max-tokens", "2", "--kernels", "scalar")
                            .err())
                    .doesNotContain("Answered by");
            assertThat(Ran.jandaia("run", STARTER, "word ".repeat(600)).err())
                    .contains("The prompt has", "The answer is computed here instead.");
        } finally {
            System.clearProperty("jandaia.url");
            process.destroyForcibly();
        }
        System.setProperty("jandaia.url", "http://127.0.0.1:1");
        try {
            assertThat(Ran.jandaia("run", STARTER, "Once", "--max-tokens", "2").code())
                    .isZero();
        } finally {
            System.clearProperty("jandaia.url");
        }
    }

    @Test
    void aServerAfterACrashUsesPortableKernelsAndSaysSo() throws Exception {
        Process process = serve(List.of("-Djandaia.restarted=139"), "starter");
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).startsWith("Listening");
            assertThat(out.readLine()).startsWith("Ready");
            assertThat(errors).content().contains("crashed (signal 11)", "kernels 'vector'");
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aServerEndsWithItsLauncher() throws Exception {
        Process launcher = new ProcessBuilder("sleep", "60").start();
        Process process = serve(List.of("-Djandaia.launcher=" + launcher.pid()));
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).startsWith("Listening");
            launcher.destroyForcibly();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
        } finally {
            launcher.destroyForcibly();
            process.destroyForcibly();
        }
    }

    @Test
    void wrongLimitsAreToldBeforeAnythingIsServed() {
        assertThat(Ran.jandaia("serve", "--keep-alive", "soon").err()).contains("--keep-alive", "'soon'", "5m");
        assertThat(Ran.jandaia("serve", "--max-memory", "much").err()).contains("--max-memory", "'much'", "GiB");
        assertThat(Ran.jandaia("serve", "--max-models", "0").err()).contains("--max-models");
        assertThat(Ran.jandaia("serve", "--only").err()).contains("--only");
        assertThat(Ran.jandaia("ps", "--url", "no address").code()).isEqualTo(2);
    }
}
