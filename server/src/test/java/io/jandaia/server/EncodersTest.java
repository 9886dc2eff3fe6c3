package io.jandaia.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.model.Classification;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.MaskGuess;
import io.jandaia.model.Model;
import io.jandaia.model.TokenLabels;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Vectors, labels and ranks over HTTP, beside what the models give in Java. */
@Timeout(120)
class EncodersTest {

    private static final Path GOLDEN = Path.of("../model/src/test/resources/golden/models");
    private static final List<String> TEXTS = List.of("Maria lives in Recife.", "A short one", "Nada aqui.");

    private static Map<String, Model> all;
    private static ApiServer server;
    private static HttpClient client;

    @BeforeAll
    static void start() {
        all = List.of("distilbert_cls", "bert_token", "bert_reranker", "bert_mlm", "roberta", "llama").stream()
                .collect(Collectors.toMap(n -> n, n -> Model.open(GOLDEN.resolve(n), LoadOptions.DEFAULT)));
        Models models = new Models(
                all.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, e -> e::getValue)), Map.of());
        models.open();
        server = ApiServer.start(ServeOptions.DEFAULT.address("127.0.0.1", 0), models, log -> {});
        client = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
        all.values().forEach(Model::close);
    }

    private static JsonNode post(String path, String model, String fields, int status) throws Exception {
        String body = "{\"model\":\"" + model + "\"," + fields + "}";
        HttpResponse<String> r = client.send(
                HttpRequest.newBuilder(URI.create(server.uri() + path))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(r.statusCode()).as(r.body()).isEqualTo(status);
        return JsonMapper.shared().readTree(r.body());
    }

    private static Model model(String name) {
        return Objects.requireNonNull(all.get(name));
    }

    private static String json(Object value) {
        return JsonMapper.shared().writeValueAsString(value);
    }

    @Test
    void textsGetTheirLabels() throws Exception {
        JsonNode found = post("/v1/classify", "distilbert_cls", "\"input\":" + json(TEXTS), 200);
        List<Classification> expected = model("distilbert_cls").classify(TEXTS);
        for (int i = 0; i < TEXTS.size(); i++) {
            JsonNode one = found.at("/data/" + i);
            assertThat(one.path("index").intValue()).isEqualTo(i);
            assertThat(one.path("label").stringValue())
                    .isEqualTo(expected.get(i).label());
            assertThat(json(one.path("probs"))).isEqualTo(json(expected.get(i).scores()));
            assertThat(json(one.path("labels"))).isEqualTo(json(expected.get(i).labels()));
            assertThat(one.path("num_classes").intValue())
                    .isEqualTo(expected.get(i).labels().size());
            assertThat(one.has("logits")).isFalse();
        }
        assertThat(found.at("/usage/prompt_tokens").intValue()).isPositive();
        String ids = json(model("distilbert_cls").tokens(TEXTS.getFirst()).ids());
        JsonNode same = post("/classify", "distilbert_cls", "\"input\":" + ids + ",\"logits\":true", 200);
        assertThat(json(same.at("/data/0/logits")))
                .isEqualTo(json(expected.getFirst().logits()));
    }

    @Test
    void tokensGetTheirLabels() throws Exception {
        JsonNode found = post("/v1/classify", "bert_token", "\"input\":" + json(TEXTS.getFirst()), 200);
        TokenLabels expected =
                model("bert_token").classifyTokens(TEXTS.subList(0, 1)).getFirst();
        assertThat(json(found.at("/data/0/labels"))).isEqualTo(json(expected.labels()));
        assertThat(json(found.at("/data/0/probs"))).isEqualTo(json(expected.scores()));
        assertThat(found.at("/data/0/entities").size())
                .isEqualTo(expected.entities().size());
    }

    @Test
    void masksAreFilled() throws Exception {
        String text = "The [MASK] fox.";
        JsonNode found = post("/v1/fill", "bert_mlm", "\"input\":" + json(text) + ",\"top_k\":3", 200);
        MaskGuess expected = model("bert_mlm").fill(text, 3).getFirst();
        JsonNode mask = found.at("/data/0/masks/0");
        assertThat(mask.path("position").intValue()).isEqualTo(expected.position());
        assertThat(mask.path("guesses").size()).isEqualTo(3);
        assertThat(mask.at("/guesses/0/token").stringValue())
                .isEqualTo(expected.candidates().getFirst().token());
        assertThat(mask.at("/guesses/0/score").doubleValue())
                .isEqualTo(expected.candidates().getFirst().probability());
        assertThat(json(post("/v1/fill", "bert_mlm", "\"input\":\"none\"", 400)))
                .contains("no mask to fill");
        post("/v1/fill", "llama", "\"input\":\"a\"", 400);
    }

    @Test
    void documentsAreRanked() throws Exception {
        String fields = "\"query\":\"Where?\",\"documents\":" + json(TEXTS);
        JsonNode raw = post("/v1/rerank", "bert_reranker", fields + ",\"raw_scores\":true", 200);
        JsonNode usual = post("/v1/rerank", "bert_reranker", fields + ",\"top_n\":2", 200);
        var expected = model("bert_reranker").rerank("Where?", TEXTS);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(raw.at("/results/" + i + "/index").intValue())
                    .isEqualTo(expected.get(i).index());
            assertThat(raw.at("/results/" + i + "/relevance_score").doubleValue())
                    .isEqualTo(expected.get(i).score());
        }
        assertThat(usual.at("/results").size()).isEqualTo(2);
        assertThat(usual.at("/results/0/relevance_score").doubleValue())
                .isEqualTo(1 / (1 + Math.exp(-expected.getFirst().score())));
    }

    @Test
    void whatIsTooLongIsCutOnlyWhenAskedForAndSaid() throws Exception {
        String text = json("word ".repeat(3000));
        assertThat(json(post("/v1/classify", "distilbert_cls", "\"input\":" + text, 400)))
                .contains("tokens; the model reads at most");
        assertThat(post("/v1/classify", "distilbert_cls", "\"input\":" + text + ",\"truncate\":true", 200)
                        .at("/notes/0")
                        .stringValue())
                .contains("were cut off");
        String documents = "\"query\":\"a\",\"documents\":[" + text + "]";
        post("/v1/rerank", "bert_reranker", documents, 400);
        assertThat(post("/v1/rerank", "bert_reranker", documents + ",\"truncate\":true", 200)
                        .at("/notes/0")
                        .stringValue())
                .contains("Document 1 has");
    }

    @Test
    void aModelThatIsSomethingElseSaysSo() throws Exception {
        for (String model : List.of("llama", "roberta")) {
            assertThat(json(post("/v1/classify", model, "\"input\":\"a\"", 400)))
                    .contains("labels");
        }
        post("/v1/classify", "distilbert_cls", "\"input\":[]", 400);
    }

    @Test
    void whatIsLateIsAnError() throws Exception {
        String texts = json(Collections.nCopies(2048, "word ".repeat(120)));
        for (String model : List.of("roberta", "llama")) {
            HttpResponse<String> r = client.send(
                    HttpRequest.newBuilder(URI.create(server.uri() + "/v1/embeddings"))
                            .header("X-Request-Timeout", "0.2")
                            .POST(HttpRequest.BodyPublishers.ofString(
                                    "{\"model\":\"" + model + "\",\"truncate\":true,\"input\":" + texts + "}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(r.statusCode()).as(r.body()).isEqualTo(504);
            assertThat(r.body()).contains("deadline_exceeded");
            post("/v1/embeddings", model, "\"input\":\"a\"", 200);
        }
    }

    /** Work that would take minutes is given up with its client. */
    @Test
    void aClientThatLeavesTakesItsTextsAway() throws Exception {
        for (String model : List.of("roberta", "llama")) {
            String many = json(List.of("word ".repeat(120))).replaceAll("^\\[|]$", "");
            String body = "{\"model\":\"" + model + "\",\"truncate\":true,\"input\":["
                    + String.join(",", Collections.nCopies(2048, many)) + "]}";
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            try (Socket socket = new Socket(server.uri().getHost(), server.uri().getPort())) {
                socket.getOutputStream()
                        .write(("POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + bytes.length
                                        + "\r\n\r\n")
                                .getBytes(StandardCharsets.UTF_8));
                socket.getOutputStream().write(bytes);
                await("jandaia_requests_in_progress 1.0");
            }
            await("jandaia_requests_in_progress 0.0");
            assertThat(post("/v1/embeddings", model, "\"input\":\"a\"", 200)
                            .at("/data")
                            .size())
                    .isEqualTo(1);
        }
    }

    private static void await(String line) throws IOException, InterruptedException {
        while (!client.send(
                        HttpRequest.newBuilder(URI.create(server.uri() + "/metrics"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body()
                .contains(line)) {
            Thread.sleep(5); // the timeout of the class ends this
        }
    }
}
