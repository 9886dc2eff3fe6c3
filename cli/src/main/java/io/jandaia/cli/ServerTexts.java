package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.model.Classification;
import io.jandaia.model.EmbedOptions;
import io.jandaia.model.Embeddings;
import io.jandaia.model.MaskGuess;
import io.jandaia.model.Ranked;
import io.jandaia.model.Score;
import io.jandaia.model.TextTokens;
import io.jandaia.model.TokenLabels;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What a running server makes of texts: the same as a model that is loaded here. */
final class ServerTexts {

    /** Texts of one request. */
    private static final int AT_ONCE = 256;

    private final RunningServer server;
    private final Texts texts;

    ServerTexts(RunningServer server, Texts texts) {
        this.server = server;
        this.texts = texts;
    }

    Embeddings embed(List<String> given, EmbedOptions o) {
        List<float[]> vectors = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        int tokens = 0;
        for (int from = 0; from < given.size(); from += AT_ONCE) {
            ObjectNode request = request(given, from);
            if (o.dimensions() > 0) {
                request.put("dimensions", o.dimensions());
            }
            if (o.prompt() != null) {
                request.put("prompt_name", o.prompt());
            }
            request.put("truncate", o.truncate());
            JsonNode json = server.ask("/v1/embeddings", request, texts);
            for (JsonNode one : json.path("data")) {
                vectors.add(floats(one.path("embedding")));
            }
            json.path("notes").forEach(n -> notes.add(n.asString("")));
            tokens += json.at("/usage/prompt_tokens").asInt(0);
        }
        return new Embeddings(vectors, tokens, notes);
    }

    /**
     * Labels of texts, or of their tokens.
     *
     * @param onNote receives a sentence for each text that was cut
     * @return of each text a {@link Classification} or {@link TokenLabels}
     */
    List<Object> classify(List<String> given, boolean truncate, Consumer<String> onNote) {
        List<Object> all = new ArrayList<>();
        for (int from = 0; from < given.size(); from += AT_ONCE) {
            ObjectNode request = request(given, from).put("logits", true).put("truncate", truncate);
            JsonNode json = server.ask("/v1/classify", request, texts);
            for (JsonNode one : json.path("data")) {
                all.add(one.has("entities") ? tokenLabels(one) : classification(one));
            }
            json.path("notes").forEach(n -> onNote.accept(n.asString("")));
        }
        return all;
    }

    List<Ranked> rank(String query, List<String> given, boolean truncate, Consumer<String> onNote) {
        ObjectNode request = JsonMapper.shared().createObjectNode();
        request.put("query", query);
        request.set("documents", JsonMapper.shared().valueToTree(given));
        request.put("raw_scores", true).put("return_documents", false).put("truncate", truncate);
        JsonNode json = server.ask("/v1/rerank", request, texts);
        json.path("notes").forEach(n -> onNote.accept(n.asString("")));
        return json.path("results")
                .valueStream()
                .map(r -> new Ranked(
                        r.path("index").intValue(), r.path("relevance_score").doubleValue()))
                .toList();
    }

    /** What may stand at the masks of each text. */
    List<List<MaskGuess>> fill(List<String> given, int top, boolean logits) {
        List<List<MaskGuess>> all = new ArrayList<>();
        for (int from = 0; from < given.size(); from += AT_ONCE) {
            ObjectNode request = request(given, from).put("top_k", top).put("logits", logits);
            for (JsonNode one : server.ask("/v1/fill", request, texts).path("data")) {
                all.add(one.path("masks").valueStream().map(ServerTexts::guess).toList());
            }
        }
        return all;
    }

    private static MaskGuess guess(JsonNode mask) {
        List<MaskGuess.Candidate> candidates = mask.path("guesses")
                .valueStream()
                .map(c -> new MaskGuess.Candidate(
                        c.path("token_id").intValue(),
                        c.path("token").asString(""),
                        c.path("score").doubleValue()))
                .toList();
        return new MaskGuess(mask.path("position").intValue(), candidates, floats(mask.path("logits")));
    }

    /** A text's tokens, what each is when it is written alone, and how likely they are. */
    record Scored(List<String> pieces, Score score) {}

    Scored score(String text) {
        ObjectNode asked = JsonMapper.shared().createObjectNode().put("content", text);
        int[] ids = ints(server.ask("/tokenize", asked, texts).path("tokens"));
        ObjectNode request = JsonMapper.shared().createObjectNode();
        request.set("prompt", JsonMapper.shared().valueToTree(ids));
        request.put("echo", true).put("logprobs", 0).put("max_tokens", 0);
        JsonNode found = server.ask("/v1/completions", request, texts).at("/choices/0/logprobs");
        double[] logProbs = found.path("token_logprobs")
                .valueStream()
                .skip(1) // the first has none
                .mapToDouble(JsonNode::doubleValue)
                .toArray();
        return new Scored(strings(found.path("tokens")), new Score(ids, logProbs));
    }

    private static int[] ints(JsonNode list) {
        return list.valueStream().mapToInt(JsonNode::intValue).toArray();
    }

    private static ObjectNode request(List<String> given, int from) {
        ObjectNode request = JsonMapper.shared().createObjectNode();
        request.set(
                "input", JsonMapper.shared().valueToTree(given.subList(from, Math.min(from + AT_ONCE, given.size()))));
        return request;
    }

    private static Classification classification(JsonNode one) {
        return new Classification(strings(one.path("labels")), doubles(one.path("probs")), floats(one.path("logits")));
    }

    private static TokenLabels tokenLabels(JsonNode one) {
        int[] ids =
                one.path("token_ids").valueStream().mapToInt(JsonNode::intValue).toArray();
        float[][] logits =
                one.path("logits").valueStream().map(ServerTexts::floats).toArray(float[][]::new);
        List<TokenLabels.Entity> entities = one.path("entities")
                .valueStream()
                .map(e -> new TokenLabels.Entity(
                        e.path("label").asString(""),
                        e.path("score").doubleValue(),
                        e.path("start").intValue(),
                        e.path("end").intValue(),
                        e.path("text").asString("")))
                .toList();
        return new TokenLabels(
                TextTokens.of(ids), strings(one.path("labels")), doubles(one.path("probs")), logits, entities);
    }

    private static List<String> strings(JsonNode list) {
        return list.valueStream().map(n -> n.asString("")).toList();
    }

    private static double[] doubles(JsonNode list) {
        return list.valueStream().mapToDouble(JsonNode::doubleValue).toArray();
    }

    private static float[] floats(JsonNode list) {
        float[] out = new float[list.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) list.get(i).doubleValue();
        }
        return out;
    }
}
