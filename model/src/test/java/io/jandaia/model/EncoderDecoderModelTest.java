package io.jandaia.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.model.engine.TokenEvent;
import io.jandaia.model.sampling.Setting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers of encoder-decoders, whoever else is computed with them. */
class EncoderDecoderModelTest {

    private static final Path MODELS = Path.of("src/test/resources/golden/models");

    private static int[] random(int n, long seed) {
        return new Random(seed).ints(n, 5, 380).toArray();
    }

    private static GenerateOptions options(int request) {
        GenerateOptions o = GenerateOptions.DEFAULT.maxTokens(12).ignoreEnd(true);
        return switch (request % 3) {
            case 0 -> o;
            case 1 -> o.temperature(1).seed(request);
            default -> o.with(Setting.BEAMS, 3);
        };
    }

    /** Both with room for all and with so little that sequences and what they have read must give way to others. */
    @ParameterizedTest
    @ValueSource(longs = {64 << 20, 600_000})
    void answersAreTheSameAloneOrAmongOthers(long memory) throws InterruptedException, ExecutionException {
        LoadOptions options = LoadOptions.DEFAULT.threads(2).cacheBytes(memory);
        List<int[]> alone = new ArrayList<>();
        try (Model m = Model.open(MODELS.resolve("t5"), LoadOptions.DEFAULT.threads(1))) {
            for (int i = 0; i < 9; i++) {
                alone.add(m.generate(random(3 + 9 * i, i), options(i), t -> {}).tokenIds());
            }
        }
        try (Model m = Model.open(MODELS.resolve("t5"), options);
                ExecutorService threads = Executors.newFixedThreadPool(9)) {
            List<Future<Answer>> answers = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                int n = i;
                answers.add(threads.submit(() -> m.generate(random(3 + 9 * n, n), options(n), t -> {})));
            }
            for (int i = 0; i < 9; i++) {
                assertThat(answers.get(i).get().tokenIds()).as("answer %d", i).isEqualTo(alone.get(i));
            }
        }
    }

    @Test
    void answersComeTokenByTokenAndCanBeCancelled() {
        try (Model m = Model.open(MODELS.resolve("bart"), LoadOptions.DEFAULT.threads(1));
                var g = m.stream(random(9, 1), GenerateOptions.DEFAULT.ignoreEnd(true))) {
            assertThat(g.next()).isInstanceOf(TokenEvent.Token.class);
            g.cancel();
            TokenEvent last = null;
            for (TokenEvent e = g.next(); e != null; e = g.next()) {
                last = e;
            }
            assertThat(last)
                    .isInstanceOfSatisfying(
                            TokenEvent.Finished.class,
                            f -> assertThat(f.reason()).isEqualTo(TokenEvent.FinishReason.CANCELLED));
        }
    }

    @Test
    void whatCannotBeReadIsSaid() {
        try (Model m = Model.open(MODELS.resolve("bart"), LoadOptions.DEFAULT.threads(1))) {
            assertThatThrownBy(() -> m.generate(random(300, 1), GenerateOptions.DEFAULT, t -> {}))
                    .hasMessageContaining("300 tokens")
                    .hasMessageContaining("at most 256");
            assertThatThrownBy(() -> m.generate(new int[] {9999}, GenerateOptions.DEFAULT, t -> {}))
                    .hasMessageContaining("9999");
            assertThatThrownBy(() -> m.score("x")).hasMessageContaining("an encoder-decoder");
            assertThatThrownBy(() -> m.embed(List.of("x"), EmbedOptions.DEFAULT))
                    .hasMessageContaining("an encoder-decoder, for run and translate");
            assertThatThrownBy(() -> m.targetPrefix("pt")).hasMessageContaining("no language 'pt'");
        }
    }

    @Test
    void withoutALimitAnAnswerOfAnyLengthEnds() {
        try (Model m = Model.open(MODELS.resolve("t5"), LoadOptions.DEFAULT.threads(2))) {
            Answer a = m.answer("fox", GenerateOptions.DEFAULT.ignoreEnd(true), t -> {});
            assertThat(a.tokenIds()).hasSize(512);
            assertThat(a.finishReason()).isEqualTo(TokenEvent.FinishReason.LENGTH);
        }
    }
}
