package io.jandaia.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.jandaia.server.identity.Access;
import io.jandaia.server.identity.ApiKey;
import io.jandaia.server.identity.Limits;
import io.jandaia.server.identity.Prices;
import io.jandaia.server.identity.Role;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Keys, limits and usage over HTTP. */
@Timeout(120)
class AccessTest {

    private static final String BODY = "{\"model\":\"%s\",\"max_tokens\":5,\"prompt\":\"Once upon a time\"}";

    @TempDir
    Path folder;

    private static Model starter;
    private static HttpClient client;
    private Access access;
    private ApiServer server;
    private final List<AccessRecord> log = new ArrayList<>();

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
    void start() {
        Prices prices = new Prices("BRL", Map.of("one", new Prices.Price(1, 0.5, 10, 0)));
        access = Access.open(folder.resolve("s.db").toString(), prices, Clock.systemUTC(), s -> {});
        Models models = new Models(Map.of("one", () -> starter, "two", () -> starter), Map.of());
        models.open();
        server = ApiServer.start(
                ServeOptions.DEFAULT.address("127.0.0.1", 0),
                models,
                access,
                r -> {
                    synchronized (log) {
                        log.add(r);
                    }
                },
                w -> {});
    }

    @AfterEach
    void stop() {
        server.close();
        access.close();
    }

    private HttpResponse<String> send(String path, @Nullable String key, @Nullable String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.uri() + path));
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        if (body != null) {
            request.POST(HttpRequest.BodyPublishers.ofString(body));
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode json(HttpResponse<String> r) {
        return JsonMapper.shared().readTree(r.body());
    }

    private ApiKey.Created key(String name, Role role, Set<String> models, Limits limits) {
        return access.identities().createKey(name, null, role, models, limits, 0, null, "test");
    }

    /** What is known of keys is a second old at most. */
    private static void aSecondPasses() throws InterruptedException {
        Thread.sleep(1100);
    }

    @Test
    void onceThereIsAKeyRequestsNeedOne() throws Exception {
        assertThat(send("/v1/models", null, null).statusCode()).isEqualTo(200);
        String secret = key("app", Role.USER, Set.of(), Limits.NONE).secret();
        aSecondPasses();
        assertThat(send("/v1/models", null, null).statusCode()).isEqualTo(401);
        assertThat(send("/api/tags", "wrong", null).statusCode()).isEqualTo(401);
        assertThat(send("/health/live", null, null).statusCode()).isEqualTo(200);
        assertThat(send("/v1/models", secret, null).statusCode()).isEqualTo(200);
        access.identities().revoke("app", "test");
        aSecondPasses();
        HttpResponse<String> revoked = send("/v1/models", secret, null);
        assertThat(revoked.statusCode()).isEqualTo(401);
        assertThat(json(revoked).at("/error/message").stringValue()).contains("revoked");
        synchronized (log) {
            assertThat(log).anyMatch(r -> r.key().equals("app") && r.status() == 200);
        }
    }

    @Test
    void aKeySeesAndUsesItsModelsOnly() throws Exception {
        String secret = key("app", Role.USER, Set.of("one"), Limits.NONE).secret();
        aSecondPasses();
        assertThat(json(send("/v1/models", secret, null)).get("data").size()).isEqualTo(1);
        assertThat(json(send("/api/tags", secret, null)).get("models").size()).isEqualTo(1);
        assertThat(send("/v1/completions", secret, String.format(BODY, "one")).statusCode())
                .isEqualTo(200);
        HttpResponse<String> other = send("/v1/completions", secret, String.format(BODY, "two"));
        assertThat(other.statusCode()).isEqualTo(403);
        assertThat(json(other).at("/error/code").stringValue()).isEqualTo("model_not_allowed");
    }

    @Test
    void limitsAreHeldAndSaid() throws Exception {
        String secret = key("app", Role.USER, Set.of(), new Limits(2, 0, 0, 0)).secret();
        String tokens =
                key("tokens", Role.USER, Set.of(), new Limits(0, 3, 0, 0)).secret();
        aSecondPasses();
        HttpResponse<String> first = send("/v1/completions", secret, String.format(BODY, "one"));
        assertThat(first.headers().firstValue("x-ratelimit-remaining-requests")).contains("1");
        send("/v1/completions", secret, String.format(BODY, "one"));
        HttpResponse<String> third = send("/v1/completions", secret, String.format(BODY, "one"));
        assertThat(third.statusCode()).isEqualTo(429);
        assertThat(third.headers().firstValueAsLong("retry-after").orElse(0)).isBetween(1L, 60L);
        assertThat(json(third).at("/error/code").stringValue()).isEqualTo("rate_limit_exceeded");
        assertThat(send("/v1/completions", tokens, String.format(BODY, "one")).statusCode())
                .isEqualTo(200);
        assertThat(send("/v1/completions", tokens, String.format(BODY, "one")).statusCode())
                .isEqualTo(429);
    }

    @Test
    void usageIsStoredWithItsCostAndEachSeesTheirs() throws Exception {
        String app = key("app", Role.USER, Set.of(), Limits.NONE).secret();
        String other = key("other", Role.USER, Set.of(), Limits.NONE).secret();
        String admin = key("boss", Role.ADMIN, Set.of(), Limits.NONE).secret();
        aSecondPasses();
        JsonNode usage =
                json(send("/v1/completions", app, String.format(BODY, "one"))).get("usage");
        send("/v1/embeddings", other, "{\"model\":\"two\",\"input\":\"a\"}");
        send("/v1/completions", other, String.format(BODY, "two"));
        JsonNode mine = json(send("/v1/usage", app, null));
        assertThat(mine.get("data").size()).isEqualTo(1);
        assertThat(mine.at("/total/requests").intValue()).isEqualTo(1);
        assertThat(mine.at("/total/prompt_tokens")).isEqualTo(usage.get("prompt_tokens"));
        assertThat(mine.at("/total/completion_tokens")).isEqualTo(usage.get("completion_tokens"));
        double cost = usage.get("prompt_tokens").doubleValue() / 1e6
                + usage.get("completion_tokens").doubleValue() / 1e5;
        assertThat(usage.get("cost").doubleValue()).isCloseTo(cost, org.assertj.core.data.Offset.offset(1e-8));
        assertThat(usage.get("currency").stringValue()).isEqualTo("BRL");
        assertThat(mine.at("/total/cost").doubleValue()).isCloseTo(cost, org.assertj.core.data.Offset.offset(1e-6));
        JsonNode all = json(send("/v1/usage?group=key", admin, null));
        assertThat(all.get("data").size()).isEqualTo(2);
        assertThat(all.at("/total/currency").stringValue()).isEqualTo("BRL");
        assertThat(send("/v1/usage?group=colour", admin, null).statusCode()).isEqualTo(400);
        assertThat(send("/v1/usage?from=yesterday", admin, null).statusCode()).isEqualTo(400);
    }

    @Test
    void whatOneHasAskedIsNotToldToOthers() throws Exception {
        String one = key("one", Role.USER, Set.of(), Limits.NONE).secret();
        String other = key("other", Role.USER, Set.of(), Limits.NONE).secret();
        aSecondPasses();
        String secret =
                "{\"model\":\"one\",\"max_tokens\":3,\"prompt\":\"The merger with the bird company is on Friday at noon\"%s}";
        send("/v1/completions", one, String.format(secret, ""));
        assertThat(cached(send("/v1/completions", other, String.format(secret, ""))))
                .isZero();
        assertThat(cached(send("/v1/completions", one, String.format(secret, ""))))
                .isPositive();
        String salted = String.format(secret, ",\"cache_salt\":\"app\"");
        assertThat(cached(send("/v1/completions", one, salted))).isZero();
        assertThat(cached(send("/v1/completions", other, salted))).isPositive();
    }

    private static int cached(HttpResponse<String> r) {
        return json(r).at("/usage/prompt_tokens_details/cached_tokens").intValue();
    }

    @Test
    void beyondLoopbackThereMustBeAKey() {
        Models models = new Models(Map.of("one", () -> starter), Map.of());
        ServeOptions open = ServeOptions.DEFAULT.address("0.0.0.0", 0);
        assertThatThrownBy(() -> ApiServer.start(open, models, access, r -> {}, w -> {}))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("jandaia key create");
        key("app", Role.USER, Set.of(), Limits.NONE);
        try (Access again = Access.open(folder.resolve("s.db").toString(), Prices.NONE, Clock.systemUTC(), s -> {});
                ApiServer served = ApiServer.start(open, models, again, r -> {}, w -> {})) {
            assertThat(served.uri().getPort()).isPositive();
        }
    }
}
