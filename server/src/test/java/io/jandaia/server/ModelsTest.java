package io.jandaia.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.model.GenerateOptions;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.jandaia.model.ModelStore;
import io.jandaia.model.chat.Message;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Several models in one server: loaded when they are asked for, closed when nobody needs them, never under a request. */
@Timeout(180)
class ModelsTest {

    private static final Path STARTER = Path.of("../models/starter");

    private final HttpClient client = HttpClient.newHttpClient();
    private final Stock stock = new Stock();
    private final List<AutoCloseable> open = new ArrayList<>();

    /** Models of one size, which count how often they are loaded. */
    private static final class Stock implements Catalog {
        final Map<String, AtomicInteger> loads = new LinkedHashMap<>();
        final List<Model> loaded = new ArrayList<>();
        volatile CountDownLatch gate = new CountDownLatch(0);
        volatile boolean broken;

        Stock() {
            List.of("a", "b", "c").forEach(n -> loads.put(n, new AtomicInteger()));
        }

        private Model load(String name) {
            Objects.requireNonNull(loads.get(name)).incrementAndGet();
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            if (broken) {
                throw new IllegalStateException("the disk is on fire");
            }
            Model model = Model.open(STARTER, LoadOptions.DEFAULT);
            synchronized (loaded) {
                loaded.add(model);
            }
            return model;
        }

        ModelSource source(String name) {
            return new ModelSource(name, 7, null, 0, () -> 1000, () -> load(name));
        }

        int loads(String name) {
            return Objects.requireNonNull(loads.get(name)).get();
        }

        @Override
        public List<ModelSource> list() {
            return loads.keySet().stream().map(this::source).toList();
        }

        @Override
        public Optional<ModelSource> find(String name) {
            return loads.containsKey(name) ? Optional.of(source(name)) : Optional.empty();
        }
    }

    @BeforeEach
    void begin() {
        open.clear();
    }

    @AfterEach
    void end() throws Exception {
        stock.gate.countDown();
        for (AutoCloseable c : open.reversed()) {
            c.close();
        }
        client.close();
    }

    private URI start(Models models) {
        open.add(models);
        models.open();
        ApiServer server = ApiServer.start(ServeOptions.DEFAULT.address("127.0.0.1", 0), models, r -> {});
        open.add(server);
        return server.uri();
    }

    private URI start(ModelLimits limits, String... named) {
        return start(new Models(List.of(named).stream().map(stock::source).toList(), Map.of(), stock, limits));
    }

    private CompletableFuture<HttpResponse<String>> begin(URI server, String path, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server + path));
        if (!body.isEmpty()) {
            request.POST(HttpRequest.BodyPublishers.ofString(body));
        }
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> send(URI server, String path, String body) {
        return begin(server, path, body).join();
    }

    private static JsonNode json(HttpResponse<String> r) {
        return JsonMapper.shared().readTree(r.body());
    }

    private static String chat(String model) {
        return "{\"model\":\"" + model
                + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"temperature\":0,\"max_tokens\":12}";
    }

    private static String expected() {
        try (Model model = Model.open(STARTER, LoadOptions.DEFAULT)) {
            return model.chat(
                            List.of(Message.user("Hi")),
                            GenerateOptions.DEFAULT.temperature(0).maxTokens(12),
                            t -> {})
                    .text();
        }
    }

    private List<String> running(URI server) {
        return json(send(server, "/api/ps", ""))
                .path("models")
                .valueStream()
                .map(m -> m.path("name").asString())
                .toList();
    }

    private void awaitRunning(URI server, List<String> names) throws InterruptedException {
        while (!running(server).equals(names)) {
            Thread.sleep(20); // the test's own limit ends this
        }
    }

    @Test
    void aStoredModelIsListedAndLoadedByItsFirstRequest() {
        URI server = start(ModelLimits.DEFAULT, "b");
        List<String> listed = json(send(server, "/v1/models", ""))
                .path("data")
                .valueStream()
                .map(m -> m.path("id").asString() + " " + m.path("status").asString())
                .toList();
        assertThat(listed).containsExactly("b loaded", "a stored", "c stored");
        HttpResponse<String> r = send(server, "/v1/chat/completions", chat("a"));
        assertThat(r.statusCode()).as(r.body()).isEqualTo(200);
        assertThat(json(r).at("/choices/0/message/content").asString()).isEqualTo(expected());
        assertThat(running(server)).containsExactly("b", "a");
        assertThat(stock.loads("c")).isZero();
    }

    @Test
    void manyRequestsWaitForOneLoadAndOneThatLeavesDoesNotStopIt() throws Exception {
        stock.gate = new CountDownLatch(1);
        URI server = start(ModelLimits.DEFAULT);
        CompletableFuture<HttpResponse<String>> leaves = begin(server, "/v1/chat/completions", chat("a"));
        while (stock.loads("a") == 0) {
            Thread.sleep(5);
        }
        leaves.cancel(true);
        List<CompletableFuture<HttpResponse<String>>> stay = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            stay.add(begin(server, "/v1/chat/completions", chat("a")));
        }
        Thread.sleep(300);
        assertThat(stay).noneMatch(CompletableFuture::isDone);
        stock.gate.countDown();
        for (CompletableFuture<HttpResponse<String>> r : stay) {
            assertThat(r.join().statusCode()).as(r.join().body()).isEqualTo(200);
        }
        assertThat(stock.loads("a")).isEqualTo(1);
    }

    @Test
    void anEndOfTheServerIsToldToThoseWhoWaitForALoad() throws Exception {
        stock.gate = new CountDownLatch(1);
        Models models = new Models(List.of(), Map.of(), stock, ModelLimits.DEFAULT);
        open.add(models);
        ApiServer server = ApiServer.start(ServeOptions.DEFAULT.address("127.0.0.1", 0), models, r -> {});
        open.add(server);
        CompletableFuture<HttpResponse<String>> waits = begin(server.uri(), "/v1/chat/completions", chat("a"));
        while (stock.loads("a") == 0) {
            Thread.sleep(5);
        }
        assertThat(server.drain(Duration.ofMillis(50))).isEqualTo(1);
        assertThat(waits.join().statusCode()).isEqualTo(503);
        server.close();
        stock.gate.countDown();
        models.close();
        assertThat(stock.loaded)
                .hasSize(1)
                .allSatisfy(m -> assertThat(closed(m)).isTrue());
    }

    @Test
    void aFailedLoadIsToldAndTriedAgain() {
        stock.broken = true;
        URI server = start(ModelLimits.DEFAULT);
        HttpResponse<String> r = send(server, "/v1/chat/completions", chat("a"));
        assertThat(r.statusCode()).isEqualTo(500);
        assertThat(json(r).at("/error/code").asString()).isEqualTo("model_load_failed");
        assertThat(json(r).at("/error/message").asString()).contains("'a'", "the disk is on fire");
        stock.broken = false;
        assertThat(send(server, "/v1/chat/completions", chat("a")).statusCode()).isEqualTo(200);
        assertThat(stock.loads("a")).isEqualTo(2);
    }

    @Test
    void theLongestUnusedMakesRoom() {
        URI server = start(ModelLimits.DEFAULT.memory(2500));
        for (String name : List.of("a", "b", "a", "c")) {
            assertThat(send(server, "/v1/chat/completions", chat(name)).statusCode())
                    .isEqualTo(200);
        }
        assertThat(running(server)).containsExactly("a", "c");
        assertThat(stock.loads("a")).isEqualTo(1);
    }

    @Test
    void whereThereCanBeNoRoomTheRequestIsToldWhy() {
        URI server = start(ModelLimits.DEFAULT.memory(1500), "a");
        HttpResponse<String> r = send(server, "/v1/chat/completions", chat("b"));
        assertThat(r.statusCode()).isEqualTo(507);
        assertThat(json(r).at("/error/code").asString()).isEqualTo("insufficient_memory");
        assertThat(json(r).at("/error/message").asString()).contains("'b'", "'a' has", "and stays", "--max-memory");
        assertThat(running(server)).containsExactly("a");
        assertThat(send(start(ModelLimits.DEFAULT.models(1), "a"), "/v1/chat/completions", chat("b"))
                        .statusCode())
                .isEqualTo(507);
    }

    @Test
    void aModelInUseIsNotClosedAndTheLoadSaysThatItIsBusy() throws Exception {
        Models models = new Models(
                List.of(), Map.of(), stock, ModelLimits.DEFAULT.models(1).patience(Duration.ofMillis(300)));
        open.add(models);
        ModelPool pool = models.pool();
        try (Lease lease = pool.lease(stock.source("a"), () -> {})) {
            assertThat(catchStatus(() -> pool.lease(stock.source("b"), () -> {})))
                    .isEqualTo(503);
            assertThat(lease.model().tokens("still here").size()).isPositive();
            assertThat(lease.model().chat("Hi")).isNotEmpty();
        }
        pool.lease(stock.source("b"), () -> {}).close();
        assertThat(models.residents()).extracting(r -> r.source().name()).containsExactly("b");
    }

    @Test
    void aLoadThatWaitsForRoomHasItsTurnBeforeNewRequestsForTheModelInItsWay() throws Exception {
        Models models = new Models(List.of(), Map.of(), stock, ModelLimits.DEFAULT.models(1));
        open.add(models);
        ModelPool pool = models.pool();
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        Lease first = pool.lease(stock.source("a"), () -> {});
        Slot a = Objects.requireNonNull(pool.slot("a"));
        Thread b = Thread.startVirtualThread(() -> {
            try (Lease lease = pool.lease(stock.source("b"), () -> {})) {
                order.add(lease.name());
            }
        });
        while (!pool.leaving(a)) {
            Thread.sleep(5);
        }
        Thread again = Thread.startVirtualThread(() -> {
            try (Lease lease = pool.lease(stock.source("a"), () -> {})) {
                order.add(lease.name());
            }
        });
        Thread.sleep(200); // so that it has come
        assertThat(order).isEmpty();
        assertThat(first.model().chat("Hi")).isNotEmpty();
        first.close();
        b.join();
        again.join();
        assertThat(order).containsExactly("b", "a");
        assertThat(stock.loads("a")).isEqualTo(2);
    }

    private static int catchStatus(Runnable action) {
        try {
            action.run();
            return 200;
        } catch (ApiException e) {
            return e.status();
        }
    }

    @Test
    void manyRequestsForMoreModelsThanFitAreAllAnswered() {
        URI server = start(ModelLimits.DEFAULT.models(2));
        String expected = expected();
        List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            all.add(begin(
                    server, "/v1/chat/completions", chat(List.of("a", "b", "c").get(i % 3))));
        }
        for (CompletableFuture<HttpResponse<String>> r : all) {
            assertThat(r.join().statusCode()).as(r.join().body()).isEqualTo(200);
            assertThat(json(r.join()).at("/choices/0/message/content").asString())
                    .isEqualTo(expected);
        }
        assertThat(running(server)).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void whatNobodyUsesIsClosedAndNothingIsLeftOpen() throws Exception {
        Models models = new Models(List.of(), Map.of(), stock, ModelLimits.DEFAULT.keepAlive(Duration.ZERO));
        URI server = start(models);
        assertThat(send(server, "/v1/chat/completions", chat("a")).statusCode()).isEqualTo(200);
        awaitRunning(server, List.of());
        String keep = chat("b").replace("}]", "}],\"stream\":false,\"keep_alive\":\"10m\"");
        assertThat(send(server, "/api/chat", keep).statusCode()).isEqualTo(200);
        assertThat(running(server)).containsExactly("b");
        send(server, "/v1/chat/completions", chat("c"));
        models.close();
        assertThat(stock.loaded)
                .hasSize(3)
                .allSatisfy(m -> assertThat(closed(m)).isTrue());
    }

    /** A closed engine takes no more work. */
    private static boolean closed(Model model) {
        try {
            model.generate("a", GenerateOptions.DEFAULT.maxTokens(1), t -> {});
            return false;
        } catch (RuntimeException e) {
            return true;
        }
    }

    @Test
    void ollamaLoadsAndUnloads() throws Exception {
        URI server = start(ModelLimits.DEFAULT, "b");
        assertThat(json(send(server, "/api/generate", "{\"model\":\"a\",\"keep_alive\":-1}"))
                        .at("/done_reason")
                        .asString())
                .isEqualTo("load");
        JsonNode a = json(send(server, "/api/ps", "")).at("/models/1");
        assertThat(a.at("/expires_at").asString()).startsWith("9999");
        assertThat(a.at("/context_length").asInt()).isPositive();
        assertThat(json(send(server, "/api/generate", "{\"model\":\"a\",\"keep_alive\":0}"))
                        .at("/done_reason")
                        .asString())
                .isEqualTo("unload");
        awaitRunning(server, List.of("b"));
        assertThat(send(server, "/api/generate", "{\"model\":\"b\",\"keep_alive\":\"0s\"}")
                        .statusCode())
                .isEqualTo(409);
        assertThat(send(server, "/api/generate", "{\"model\":\"b\",\"keep_alive\":\"soon\"}")
                        .body())
                .contains("keep_alive");
    }

    @Test
    void requestsNameStoredModelsAndNeverPaths(@TempDir Path dir) throws Exception {
        Path home = Files.createDirectories(dir.resolve("home"));
        Path folder = Files.createDirectories(home.resolve("models/tiny"));
        try (var files = Files.list(STARTER)) {
            for (Path f : files.toList()) {
                Files.copy(f, folder.resolve(f.getFileName()));
            }
        }
        Catalog stored = new StoredModels(new ModelStore(home, dir.resolve("cache")), LoadOptions.DEFAULT, null);
        URI server = start(new Models(List.of(), Map.of("gpt-4o", "tiny"), stored, ModelLimits.DEFAULT));
        for (String path : List.of(
                STARTER.toString(),
                STARTER.toAbsolutePath().toString(),
                folder.toString(),
                "../models/tiny",
                "./tiny",
                "tiny/../tiny",
                "..",
                "/",
                "")) {
            assertThat(send(server, "/v1/chat/completions", chat(path)).statusCode())
                    .as(path)
                    .isEqualTo(404);
        }
        for (String name : List.of("tiny", "gpt-4o")) {
            assertThat(send(server, "/v1/chat/completions", chat(name)).statusCode())
                    .isEqualTo(200);
        }
        assertThat(send(server, "/v1/completions", "{\"prompt\":\"Hi\",\"max_tokens\":2}")
                        .statusCode())
                .isEqualTo(200);
        JsonNode tag = json(send(server, "/api/tags", "")).at("/models/0");
        assertThat(tag.at("/name").asString()).isEqualTo("tiny");
        assertThat(tag.at("/size").asLong()).isGreaterThan(1_000_000);
        assertThat(tag.at("/digest").asString()).matches("[0-9a-f]{64}"); // Ollama's own client cuts it to 12
    }
}
