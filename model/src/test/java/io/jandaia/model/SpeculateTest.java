package io.jandaia.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.model.Speculate.Mode;
import io.jandaia.model.engine.NgramDrafter;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole models answer the same with guesses and without. */
class SpeculateTest {

    private static final Path STARTER = Path.of("../models/starter");
    private static final String GGUF = "src/test/resources/golden/gguf/";
    private static final GenerateOptions GREEDY =
            GenerateOptions.DEFAULT.temperature(0).maxTokens(60).ignoreEnd(true);
    private static final GenerateOptions DRAWN =
            GREEDY.temperature(0.9).topP(0.95).repeatPenalty(1.05).seed(7).logProbs(1);

    private static LoadOptions options(Mode mode, @Nullable Path draft) {
        return LoadOptions.DEFAULT.speculate(new Speculate(mode, draft, 5));
    }

    private static Model open(Path path, Mode mode, @Nullable Path draft) {
        return Model.open(path, options(mode, draft));
    }

    private static final int[] PROMPT = {5, 9, 40, 41, 5, 9, 40, 41, 5, 9};

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama-F16.gguf",
                "llama-Q4_0.gguf",
                "llama-mixed.gguf",
                "llama256-IQ4_XS.gguf",
                "qwen3_moe.gguf",
                "gemma.gguf",
                "qwen3-mixed.gguf",
                "phi3.gguf",
                "deepseek_v2.gguf",
                "falcon.gguf"
            })
    void answersAreTheSameWithGuessesThatAreAlwaysMade(String file) {
        try (Model plain = open(Path.of(GGUF + file), Mode.OFF, null);
                Model guessing = open(Path.of(GGUF + file), Mode.OFF, null)) {
            for (GenerateOptions o : List.of(GREEDY, DRAWN)) {
                Answer expected = plain.generate(PROMPT, o, t -> {});
                guessing.speculate(
                        r -> (tokens, count, most) -> {
                            int[] answer = expected.tokenIds();
                            int[] guess = new int[most];
                            for (int i = 0; i < most; i++) {
                                int at = count - PROMPT.length + i;
                                guess[i] = at < answer.length && at % 5 != 4 ? answer[at] : 3;
                            }
                            return guess;
                        },
                        5,
                        false);
                Answer found = guessing.generate(PROMPT, o, t -> {});
                assertThat(found.tokenIds()).isEqualTo(expected.tokenIds());
                assertThat(found.text()).isEqualTo(expected.text());
                assertThat(found.logProbs()).isEqualTo(expected.logProbs());
                assertThat(found.usage().acceptedTokens()).isPositive();
            }
        }
    }

    @Test
    void nGramsAreTheDefaultAndChangeNoText() {
        try (Model plain = open(STARTER, Mode.OFF, null);
                Model guessing = Model.open(STARTER, LoadOptions.DEFAULT)) {
            assertThat(plain.speculation()).isEqualTo("off");
            assertThat(guessing.speculation()).contains("n-grams", "8");
            guessing.speculate(r -> new NgramDrafter(), 8, false);
            int[] prompt = plain.tokenizer()
                    .encode("Once upon a time there was a bird. Once upon a time there")
                    .ids();
            for (GenerateOptions o : List.of(GREEDY, DRAWN)) {
                Answer found = guessing.generate(prompt, o, t -> {});
                assertThat(found.tokenIds())
                        .isEqualTo(plain.generate(prompt, o, t -> {}).tokenIds());
            }
        }
    }

    @Test
    void aDraftModelThatIsTheModelIsAlwaysRightAlsoWhenItDraws() {
        try (Model plain = open(STARTER, Mode.OFF, null);
                Model guessing = open(STARTER, Mode.AUTO, STARTER)) {
            assertThat(guessing.speculation()).contains("draft model", "starter");
            int[] prompt = plain.tokenizer().encode("The bird").ids();
            for (GenerateOptions o : List.of(GREEDY, DRAWN)) {
                Answer found = guessing.generate(prompt, o, t -> {});
                assertThat(found.tokenIds())
                        .isEqualTo(plain.generate(prompt, o, t -> {}).tokenIds());
                assertThat(found.usage().acceptedTokens())
                        .isEqualTo(found.usage().draftTokens());
            }
        }
    }

    @Test
    void saysWhatDoesNotFit() {
        assertThatThrownBy(() -> open(STARTER, Mode.DRAFT, Path.of(GGUF + "llama-Q8_0.gguf")))
                .hasMessageContaining("same vocabulary");
        assertThatThrownBy(() -> open(STARTER, Mode.DRAFT, null)).hasMessageContaining("draft model");
        assertThatThrownBy(() -> Model.open(STARTER, LoadOptions.DEFAULT.speculate(new Speculate(Mode.AUTO, null, 0))))
                .hasMessageContaining("expected 1 to 32");
    }
}
