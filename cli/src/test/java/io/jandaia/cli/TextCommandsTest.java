package io.jandaia.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands for encoders and encoder-decoders as they are typed, beside what transformers computes. */
@Timeout(120)
class TextCommandsTest {

    private static final String MODELS = "../model/src/test/resources/golden/models/";

    private static Ran run(String... args) {
        return Ran.jandaia(args);
    }

    private static Ran piped(String input, String... args) {
        InputStream in = System.in;
        try {
            System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
            return run(args);
        } finally {
            System.setIn(in);
        }
    }

    private static JsonNode expected(String model) {
        return JsonMapper.shared()
                .readTree(Path.of(MODELS, model, "expected.json").toFile())
                .get("cases")
                .get(0);
    }

    private static String ids(JsonNode c) {
        return String.join(
                ",", c.get("input_ids").valueStream().map(JsonNode::asString).toList());
    }

    private static void close(JsonNode found, JsonNode expected) {
        assertThat(found.size()).isEqualTo(expected.size());
        for (int i = 0; i < expected.size(); i++) {
            assertThat(found.get(i).asDouble()).isCloseTo(expected.get(i).asDouble(), within(1e-3));
        }
    }

    @Test
    void embedPrintsWhatTransformersComputes() {
        JsonNode c = expected("roberta");
        Ran r = run(
                "embed",
                MODELS + "roberta",
                "--token-ids",
                ids(c),
                "--pooling",
                "mean",
                "--no-normalize",
                "--json",
                "--numerics",
                "exact");
        assertThat(r.err()).isEmpty();
        close(r.json().get("embeddings").get(0), c.get("mean_pooled"));
        assertThat(r.json().get("usage").get("total_tokens").asInt())
                .isEqualTo(c.get("input_ids").size());
        Ran lines =
                piped("The quick brown fox\nUm texto\n", "embed", MODELS + "roberta", "--json", "--dimensions", "5");
        assertThat(lines.json().get("embeddings"))
                .hasSize(2)
                .allSatisfy(v -> assertThat(v).hasSize(5));
        Ran people = run("embed", MODELS + "roberta", "The quick brown fox", "Um texto");
        assertThat(people.out()).contains("64 numbers", "Um texto", "1.000");
        assertThat(run("embed", MODELS + "roberta", "x", "--pooling", "max").err())
                .contains("mean, cls or last");
    }

    @Test
    void classifyPrintsLabelsOfTextsAndOfTokens() {
        JsonNode c = expected("xlm_roberta_cls");
        Ran r = run("classify", MODELS + "xlm_roberta_cls", "The quick brown fox", "--json");
        close(r.json().get("logits"), c.get("logits"));
        assertThat(r.json().get("labels"))
                .extracting(JsonNode::asString)
                .containsExactly("LABEL_0", "LABEL_1", "LABEL_2");
        assertThat(r.json()
                        .get("scores")
                        .valueStream()
                        .mapToDouble(JsonNode::asDouble)
                        .sum())
                .isCloseTo(1, within(1e-6));
        JsonNode t = expected("bert_token");
        Ran tokens = run("classify", MODELS + "bert_token", "The quick brown fox", "--json");
        assertThat(tokens.json().get("logits")).hasSize(t.get("input_ids").size());
        List<String> labels = tokens.json()
                .get("labels")
                .valueStream()
                .map(JsonNode::asString)
                .toList();
        assertThat(labels)
                .isEqualTo(t.get("labels").valueStream().map(JsonNode::asString).toList());
        assertThat(run("classify", MODELS + "roberta", "x").err()).contains("an encoder, for embed");
    }

    @Test
    void fillGuessesAndRerankSorts() {
        JsonNode c = expected("bert_mlm");
        Ran r = run("fill", MODELS + "bert_mlm", "--token-ids", ids(c), "--position", "1", "--logits", "--json");
        close(r.json().get("masks").get(0).get("logits"), c.get("logits_pos1"));
        assertThat(run("fill", MODELS + "bert_mlm", "The [MASK] fox", "--guesses", "3")
                        .out()
                        .lines())
                .hasSize(3);
        assertThat(run("fill", MODELS + "bert_mlm", "The fox").err()).contains("[MASK]");
        JsonNode p = expected("bert_reranker");
        Ran pair = run(
                "rerank",
                MODELS + "bert_reranker",
                p.get("text").asString(),
                p.get("text_pair").asString(),
                "--json");
        JsonNode best = pair.json().get("results").get(0);
        assertThat(best.get("score").asDouble())
                .isCloseTo(p.get("logits").get(0).asDouble(), within(1e-3));
        assertThat(run("rerank", MODELS + "bert_reranker", "fox", "a", "b", "c")
                        .out()
                        .lines())
                .hasSize(3);
    }

    @Test
    void translateAndRunAnswerASource() {
        JsonNode c = expected("marian");
        String[] greedy = {"--max-tokens", "4", "--ignore-eos", "--json", "--token-ids", ids(c)};
        List<Integer> wanted = c.get("greedy")
                .valueStream()
                .map(JsonNode::asInt)
                .skip(1)
                .limit(4)
                .toList();
        for (String command : List.of("translate", "run")) {
            String[] args = new String[greedy.length + 2];
            args[0] = command;
            args[1] = MODELS + "marian";
            System.arraycopy(greedy, 0, args, 2, greedy.length);
            assertThat(run(args)
                            .json()
                            .get("token_ids")
                            .valueStream()
                            .map(JsonNode::asInt)
                            .toList())
                    .isEqualTo(wanted);
        }
        Ran lines = piped("fox\nbrown\n", "translate", MODELS + "marian", "--max-tokens", "3", "--json");
        assertThat(lines.out().lines()).hasSize(2);
        assertThat(run("translate", MODELS + "marian", "fox", "--to", "pt").err())
                .contains("no language 'pt'");
        assertThat(run("translate", MODELS + "roberta", "fox").code()).isEqualTo(2);
        assertThat(run("show", MODELS + "marian").out()).contains("encoder layers", "sinusoidal");
        assertThat(run("show", MODELS + "bert_token").out()).contains("B-PER");
    }
}
