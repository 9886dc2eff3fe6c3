package io.jandaia.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.ModelStore;
import io.jandaia.model.hub.HubSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Models that come and go by requests, from a mirror of the Hub on this machine. */
@Timeout(120)
class ManagementTest {

    private static final Path MODEL = Path.of("../models/starter");
    private static final String COMMIT = "c".repeat(40);

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<AutoCloseable> open = new ArrayList<>();

    @TempDir
    private Path folder;

    private HttpServer mirror;

    @BeforeEach
    void begin() throws IOException {
        mirror = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        mirror.createContext("/", ManagementTest::answer);
        mirror.start();
    }

    @AfterEach
    void end() throws Exception {
        for (AutoCloseable c : open.reversed()) {
            c.close();
        }
        client.close();
        mirror.stop(0);
    }

    private static void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        byte[] body;
        if (path.contains("/revision/")) {
            body = ("{\"sha\": \"" + COMMIT + "\"}").getBytes(StandardCharsets.UTF_8);
        } else if (path.contains("/tree/")) {
            List<String> entries = new ArrayList<>();
            try (Stream<Path> files = Files.list(MODEL)) {
                for (Path f : files.sorted().toList()) {
                    entries.add("{\"type\": \"file\", \"path\": \"" + f.getFileName() + "\", \"size\": " + Files.size(f)
                            + ", \"oid\": \"" + gitSha(f) + "\"}");
                }
            }
            body = ("[" + String.join(",", entries) + "]").getBytes(StandardCharsets.UTF_8);
        } else {
            body = Files.readAllBytes(MODEL.resolve(path.substring(path.lastIndexOf('/') + 1)));
        }
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static String gitSha(Path file) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-1");
            digest.update(("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private ApiServer start(boolean pull) {
        Path cache = folder.resolve("cache");
        HubSettings hub = HubSettings.of(Map.of(
                "HF_ENDPOINT", "http://127.0.0.1:" + mirror.getAddress().getPort(), "HF_HUB_CACHE", cache.toString()));
        Catalog stored = new StoredModels(new ModelStore(null, cache), LoadOptions.DEFAULT, pull ? hub : null);
        Models models = new Models(List.of(), Map.of(), stored, ModelLimits.DEFAULT);
        open.add(models);
        ApiServer server = ApiServer.start(ServeOptions.DEFAULT.address("127.0.0.1", 0), models, r -> {});
        open.add(server);
        return server;
    }

    private HttpResponse<String> send(URI server, String method, String path, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    @Test
    void aModelIsPulledUsedAndDeleted() throws Exception {
        URI server = start(true).uri();
        HttpResponse<String> pulled = send(server, "POST", "/api/pull", "{\"model\":\"org/name:latest\"}");
        List<JsonNode> lines = pulled.body().lines().map(ManagementTest::json).toList();
        assertThat(lines.getFirst().at("/status").asString()).isEqualTo("pulling manifest");
        assertThat(lines.getLast().at("/status").asString()).isEqualTo("success");
        assertThat(lines).anySatisfy(l -> {
            assertThat(l.at("/digest").asString()).isEqualTo(COMMIT);
            assertThat(l.at("/total").asLong())
                    .isPositive()
                    .isEqualTo(l.at("/completed").asLong());
        });
        assertThat(json(send(server, "POST", "/api/pull", "{\"model\":\"org/name\",\"stream\":false}")
                                .body())
                        .at("/status")
                        .asString())
                .isEqualTo("success");
        JsonNode shown = json(
                send(server, "POST", "/api/show", "{\"model\":\"org/name\"}").body());
        assertThat(shown.at("/model_info/general.parameter_count").asLong()).isPositive();
        assertThat(json(send(server, "GET", "/api/ps", "").body()).at("/models"))
                .isEmpty();
        String prompt = "{\"model\":\"org/name\",\"prompt\":\"Hi\",\"options\":{\"num_predict\":2}}";
        assertThat(send(server, "POST", "/api/generate", prompt).statusCode()).isEqualTo(200);

        while (send(server, "DELETE", "/api/delete", "{\"model\":\"org/name\"}").statusCode() == 409) {
            Thread.sleep(20); // the last answer is on its way to its end
        }
        assertThat(send(server, "POST", "/api/generate", prompt).statusCode()).isEqualTo(404);
        assertThat(json(send(server, "GET", "/api/tags", "").body()).at("/models"))
                .isEmpty();
        assertThat(folder.resolve("cache/models--org--name")).doesNotExist();
    }

    @Test
    void whatIsNotAllowedSaysWhatToDo() throws Exception {
        URI server = start(false).uri();
        HttpResponse<String> r = send(server, "POST", "/api/pull", "{\"model\":\"org/name\"}");
        assertThat(r.statusCode()).isEqualTo(403);
        assertThat(json(r.body()).at("/error").asString()).contains("--allow-pull");
        assertThat(folder.resolve("cache")).doesNotExist();
        assertThat(send(start(true).uri(), "POST", "/api/pull", "{\"model\":\"llama3\"}")
                        .body())
                .contains("org/name");
        assertThat(send(server, "DELETE", "/api/delete", "{\"model\":\"../../etc\"}")
                        .statusCode())
                .isEqualTo(404);
        for (String path : new String[] {"/api/push", "/api/blobs/sha256-00"}) {
            HttpResponse<String> refused = send(server, "POST", path, "{\"model\":\"x\"}");
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body()).contains("jandaia pull").contains("/api/create");
        }
    }

    @Test
    void nobodyManagesWhatIsOpenToEverybody() throws Exception {
        Models models = new Models(List.of(), Map.of(), Catalog.NONE, ModelLimits.DEFAULT);
        open.add(models);
        ApiServer server =
                ApiServer.start(ServeOptions.DEFAULT.address("0.0.0.0", 0).access(null, true), models, r -> {});
        open.add(server);
        URI uri = URI.create("http://127.0.0.1:" + server.uri().getPort());
        assertThat(send(uri, "POST", "/admin/stop", "{}").statusCode()).isEqualTo(403);
        assertThat(send(uri, "DELETE", "/api/delete", "{\"model\":\"a\"}").statusCode())
                .isEqualTo(403);
        assertThat(send(uri, "GET", "/api/tags", "").statusCode()).isEqualTo(200);
    }

    @Test
    void aRequestEndsAServerThatLetsIt() throws Exception {
        ApiServer server = start(false);
        assertThat(send(server.uri(), "POST", "/admin/stop", "{}").statusCode()).isEqualTo(403);
        CountDownLatch asked = new CountDownLatch(1);
        server.onStop(asked::countDown);
        assertThat(send(server.uri(), "POST", "/admin/stop", "{}").statusCode()).isEqualTo(200);
        asked.await();
    }
}
