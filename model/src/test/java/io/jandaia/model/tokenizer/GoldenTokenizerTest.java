package io.jandaia.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every kind of tokenizer.json against what the tokenizers library answered for it. */
class GoldenTokenizerTest {

    static final Path FOLDER = Path.of("src/test/resources/golden/tokenizers");

    static Stream<Path> folders() throws Exception {
        try (Stream<Path> list = Files.list(FOLDER)) {
            return list.sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("folders")
    void answersAsTheLibrary(Path folder) {
        Tokenizer tokenizer = Tokenizer.load(folder);
        JsonNode expected = JsonMapper.builder()
                .build()
                .readTree(folder.resolve("expected.json").toFile());
        var softly = new SoftAssertions();
        int cases = compare(tokenizer, expected, softly);
        JsonNode pair = expected.path("pair");
        Encoding both = tokenizer.encodePair(
                pair.path("a").stringValue(), pair.path("b").stringValue());
        softly.assertThat(both.ids()).containsExactly(ints(pair.path("ids")));
        softly.assertThat(both.typeIds()).containsExactly(ints(pair.path("type_ids")));
        softly.assertAll();
        assertThat(cases).isGreaterThan(40);
    }

    /** Characters that the library takes from another Unicode version than the Java runtime's. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "bert_uncased",
                "bert_cased",
                "t5_unigram_precompiled",
                "qwen2_nfc_split",
                "starcoder_digits",
                "deepseek_sequence"
            })
    void readsUnicodeAsTheLibrary(String kind) {
        JsonNode expected = JsonMapper.builder()
                .build()
                .readTree(FOLDER.resolve(kind).resolve("unicode.json").toFile());
        var softly = new SoftAssertions();
        int cases = compare(Tokenizer.load(FOLDER.resolve(kind)), expected, softly);
        softly.assertAll();
        assertThat(cases).isGreaterThan(15);
    }

    private static int compare(Tokenizer tokenizer, JsonNode expected, SoftAssertions softly) {
        for (JsonNode one : expected.path("cases")) {
            String text = one.path("text").stringValue();
            Encoding with = tokenizer.encode(text);
            Encoding without = tokenizer.encode(text, new EncodeOptions(false, true));
            softly.assertThat(with.ids()).as("ids of <%s>", text).containsExactly(ints(one.path("ids")));
            softly.assertThat(without.ids())
                    .as("plain ids of <%s>", text)
                    .containsExactly(ints(one.path("ids_without_special")));
            List<String> offsets = new ArrayList<>();
            for (int i = 0; i < without.size(); i++)
                offsets.add("[" + without.starts()[i] + "," + without.ends()[i] + "]");
            softly.assertThat(offsets)
                    .as("offsets of <%s>", text)
                    .containsExactlyElementsOf(one.path("offsets")
                            .valueStream()
                            .map(JsonNode::toString)
                            .toList());
            softly.assertThat(tokenizer.decode(with.ids(), true))
                    .as("decoded <%s>", text)
                    .isEqualTo(one.path("decoded").stringValue());
            softly.assertThat(tokenizer.decode(with.ids(), false))
                    .as("decoded with special <%s>", text)
                    .isEqualTo(one.path("decoded_with_special").stringValue());
        }
        return expected.path("cases").size();
    }

    static int[] ints(JsonNode array) {
        return array.valueStream().mapToInt(JsonNode::intValue).toArray();
    }
}
