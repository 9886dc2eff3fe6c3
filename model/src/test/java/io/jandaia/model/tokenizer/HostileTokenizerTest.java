package io.jandaia.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.jandaia.error.JandaiaException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizer files that would take years or all memory end with an error. */
class HostileTokenizerTest {

    private static final String MODEL =
            "\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"u\",\"vocab\":{\"u\":0,\"a\":1}}";

    private static void expectResourceError(String component, String text) {
        String json = "{" + component + "," + MODEL + "}";
        var tokenizer = new Tokenizer(TokenizerJson.read(json.getBytes(StandardCharsets.UTF_8), "a hostile file")
                .parts(Tokenizer.SpecialIds.NONE));
        JandaiaException error = catchThrowableOfType(JandaiaException.class, () -> tokenizer.encode(text));
        assertThat(error).isNotNull();
        assertThat(error.kind()).isEqualTo(JandaiaException.Kind.RESOURCE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(a+)+b", "(a|a)*b", "(?:a|aa)+b", "(x+x+)+y|(a+a+)+y", "(.*)(.*)(.*)(.*)(.*)b"})
    void catastrophicPatterns(String pattern) {
        expectResourceError(
                "\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"" + pattern
                        + "\"},\"behavior\":\"Isolated\",\"invert\":false}",
                "a".repeat(2_000));
    }

    @ParameterizedTest
    @ValueSource(ints = {30, 1000})
    void replacementsThatDouble(int times) {
        String one = "{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"aa\"}";
        expectResourceError(
                "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":["
                        + String.join(",", Collections.nCopies(times, one)) + "]}",
                "a");
    }
}
