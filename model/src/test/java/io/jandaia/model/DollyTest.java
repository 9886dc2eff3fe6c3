package io.jandaia.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.model.chat.Inputs;
import io.jandaia.model.chat.Message;
import io.jandaia.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A tiny GPT-NeoX made into a Dolly as transformers does it: three special tokens are added and the padded embedding is
 * shrunk to the tokenizer. Its own files say that {@code </s>} ends a text; what ends Dolly's answers is {@code ### End}.
 */
class DollyTest {

    private static final Path FOLDER = Path.of("src/test/resources/golden/dolly");

    @Test
    void answersAsTransformersDoesAndEndsWhereDollyEnds() {
        JsonNode expected =
                JsonMapper.shared().readTree(FOLDER.resolve("expected.json").toFile());
        try (Model model = Model.open(FOLDER, LoadOptions.DEFAULT)) {
            Tokenizer tokenizer = model.tokenizer();
            assertThat(tokenizer.id("### End")).hasValue(expected.get("end").asInt());
            assertThat(tokenizer.id("### Response:\n"))
                    .hasValue(expected.get("end").asInt() + 2);
            List<Message> question = List.of(Message.user("List birds"));
            assertThat(model.text().render(question, Inputs.NONE.generate(true)).text())
                    .isEqualTo(expected.get("prompt").asString());
            assertThat(model.prompt(question)).containsExactly(ids(expected.get("prompt_ids")));
            Answer answer = model.chat(
                    question, GenerateOptions.DEFAULT.temperature(0.0).maxTokens(60), t -> {});
            assertThat(answer.tokenIds()).containsExactly(ids(expected.get("answer_ids")));
            assertThat(answer.text().strip()).isEqualTo(expected.get("text").asString());
            assertThat(model.notes()).anyMatch(n -> n.contains("'dolly'"));
            // Rows of an embedding that are no tokens may be generated, as transformers does, and are no text.
            assertThat(tokenizer.decode(new int[] {tokenizer.size(), 9_999_999}, false))
                    .isEmpty();
        }
    }

    /** ChatML is used with a tokenizer that has no token for its mark: the text ends the answer all the same. */
    @Test
    void anEndThatIsNoTokenIsAText() {
        ModelText chatml = ModelText.open(FOLDER, "chatml");
        assertThat(chatml.stops()).containsExactly("<|im_end|>");
        assertThat(chatml.endIds()).isEqualTo(chatml.tokenizer().endIds());
        ModelText dolly = ModelText.open(FOLDER, "dolly");
        assertThat(dolly.stops()).isEmpty();
        assertThat(dolly.endIds())
                .contains(dolly.tokenizer().id("### End").getAsInt())
                .containsAll(dolly.tokenizer().endIds());
    }

    private static int[] ids(JsonNode array) {
        return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
    }
}
