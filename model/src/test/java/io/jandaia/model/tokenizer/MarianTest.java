package io.jandaia.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A small Marian folder against what transformers 5.18 answered for it: texts with ids and both ways of decoding them, then
 * ids out of any text's order. Its model was trained on the sentences of golden/training.
 */
class MarianTest {

    private static final Path FOLDER = Path.of("src/test/resources/golden/marian");

    @Test
    void answersAsTransformers() {
        Tokenizer tokenizer = Tokenizer.load(FOLDER);
        JsonNode expected =
                JsonMapper.shared().readTree(FOLDER.resolve("expected.json").toFile());
        var softly = new SoftAssertions();
        for (JsonNode one : expected.path("texts")) {
            String text = one.path(0).stringValue();
            int[] ids = GoldenTokenizerTest.ints(one.path(1));
            softly.assertThat(tokenizer.encode(text).ids()).as(text).containsExactly(ids);
            check(tokenizer, ids, one.path(2).stringValue(), one.path(3).stringValue(), softly);
        }
        for (JsonNode one : expected.path("ids")) {
            int[] ids = GoldenTokenizerTest.ints(one.path(0));
            check(tokenizer, ids, one.path(1).stringValue(), one.path(2).stringValue(), softly);
        }
        softly.assertAll();
        assertThat(expected.path("texts").size()).isEqualTo(110);
        assertThat(expected.path("ids").size()).isEqualTo(80);
    }

    private static void check(Tokenizer tokenizer, int[] ids, String skipped, String full, SoftAssertions softly) {
        softly.assertThat(tokenizer.decode(ids, true)).isEqualTo(skipped);
        softly.assertThat(tokenizer.decode(ids, false)).isEqualTo(full);
        StreamDecoder stream = tokenizer.streamDecoder(false);
        var text = new StringBuilder();
        for (int id : ids) text.append(stream.add(id));
        softly.assertThat(text.append(stream.finish()).toString()).isEqualTo(full);
    }

    @Test
    void aLanguageCodeIsOneTokenWithItsPlace() {
        Encoding encoding = Tokenizer.load(FOLDER).encode(">>pt_BR<<  a");
        assertThat(encoding.ids()[0]).isEqualTo(3);
        assertThat(encoding.starts()).startsWith(0, 11);
        assertThat(encoding.ends()).startsWith(9, 12);
    }

    @Test
    void twoVocabulariesAreAnErrorNotAGuess(@TempDir Path folder) throws IOException {
        for (String file : new String[] {"source.spm", "vocab.json"}) {
            Files.copy(FOLDER.resolve(file), folder.resolve(file));
        }
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"separate_vocabs\": true}");
        assertThatThrownBy(() -> Tokenizer.load(folder))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("one vocabulary for each language");
    }
}
