package io.jandaia.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.jandaia.model.engine.Pooling;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** What transformers computes with encoders on the same files, with every kernel set. */
class GoldenEncodersTest {

    private static final Set<String> KINDS = Set.of("encoder", "mlm", "cls", "token", "pair");

    static Stream<GoldenFolders.Case> cases() throws IOException {
        return GoldenFolders.of(KINDS::contains);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void computesWhatTransformersComputes(GoldenFolders.Case c) {
        try (Model model = Model.open(c.folder(), c.options())) {
            for (JsonNode one : c.expected().get("cases")) {
                check(c.expected().get("kind").asString(), one, model, c.tolerance());
            }
        }
    }

    private static void check(String kind, JsonNode c, Model model, double tolerance) {
        int[] ids = GoldenFolders.ints(c.get("input_ids"));
        TextTokens text = TextTokens.of(ids);
        if (c.has("text_pair")) {
            TextTokens pair =
                    model.tokens(c.get("text").asString(), c.get("text_pair").asString());
            assertThat(pair.ids()).as("the ids of a pair").isEqualTo(ids);
            assertThat(pair.types()).isEqualTo(GoldenFolders.ints(c.get("token_type_ids")));
            text = pair;
        } else if (c.has("text")) {
            assertThat(model.tokens(c.get("text").asString()).ids())
                    .as("the ids of a text")
                    .isEqualTo(ids);
        }
        switch (kind) {
            case "encoder" -> {
                close(flat(model.hidden(text)), c.get("last_hidden_state"), tolerance);
                EmbedOptions plain = EmbedOptions.DEFAULT.pooling(Pooling.MEAN).normalize(false);
                close(model.embed(text, plain), c.get("mean_pooled"), tolerance);
            }
            case "mlm" ->
                close(model.fill(text, new int[] {1}, 5).getFirst().logits(), c.get("logits_pos1"), tolerance);
            case "cls" -> close(model.classify(text).logits(), c.get("logits"), tolerance);
            case "token" -> close(flat(model.classifyTokens(text, null).logits()), c.get("logits"), tolerance);
            case "pair" ->
                assertThat(model.rank(List.of(text)).getFirst().score())
                        .isCloseTo(c.get("logits").get(0).asDouble(), within(tolerance));
            default -> throw new IllegalArgumentException(kind);
        }
    }

    private static float[] flat(float[][] rows) {
        float[] out = new float[rows.length * rows[0].length];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, out, i * rows[0].length, rows[0].length);
        }
        return out;
    }

    private static void close(float[] found, JsonNode expected, double tolerance) {
        assertThat(found).hasSize(expected.size());
        for (int i = 0; i < found.length; i++) {
            assertThat((double) found[i])
                    .as("number %d", i)
                    .isCloseTo(expected.get(i).asDouble(), within(tolerance));
        }
    }
}
