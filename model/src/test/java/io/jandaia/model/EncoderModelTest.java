package io.jandaia.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.EncoderSpec;
import io.jandaia.model.arch.TaskSpec;
import io.jandaia.model.engine.Pooling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What encoders and decoders make of texts, whoever else is computed with them. */
class EncoderModelTest {

    private static final Path MODELS = Path.of("src/test/resources/golden/models");
    private static final EmbedOptions PLAIN = EmbedOptions.DEFAULT.normalize(false);

    private static Model open(String name) {
        return Model.open(MODELS.resolve(name), LoadOptions.DEFAULT.threads(2));
    }

    private static TextTokens random(int n, long seed) {
        return TextTokens.of(new Random(seed).ints(n, 5, 380).toArray());
    }

    /** With room for texts of several spans of attention. */
    private static Path longer(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(MODELS.resolve("modernbert"))) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        Path config = folder.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config)
                        .replace("\"max_position_embeddings\": 256", "\"max_position_embeddings\": 3000"));
        return folder;
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "vector"})
    void aTextIsTheSameToTheBitAloneOrAmongOthers(String kernels, @TempDir Path folder) throws IOException {
        List<TextTokens> texts = List.of(random(1, 1), random(540, 2), random(33, 3), random(64, 5), random(31, 6));
        try (Model one = Model.open(
                        longer(folder), LoadOptions.DEFAULT.threads(1).kernels(kernels));
                Model three = Model.open(folder, LoadOptions.DEFAULT.threads(3).kernels(kernels))) {
            TextEncoder alone = Objects.requireNonNull(one.textEncoder());
            TextEncoder together = Objects.requireNonNull(three.textEncoder());
            List<float[][]> all = together.hidden(texts);
            List<float[]> means = together.pooled(texts, Pooling.MEAN);
            for (int i = 0; i < texts.size(); i++) {
                assertThat(all.get(i))
                        .isDeepEqualTo(alone.hidden(texts.subList(i, i + 1)).getFirst());
                assertThat(means.get(i))
                        .isEqualTo(alone.pooled(texts.subList(i, i + 1), Pooling.MEAN)
                                .getFirst());
            }
        }
    }

    @Test
    void manyThreadsGetWhatOneGets() throws InterruptedException, ExecutionException {
        try (Model m = open("roberta");
                ExecutorService pool = Executors.newFixedThreadPool(4)) {
            List<Future<float[]>> found = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                TextTokens text = random(3 + i, i % 6);
                found.add(pool.submit(() -> m.embed(text, PLAIN)));
            }
            for (int i = 0; i < found.size(); i++) {
                assertThat(found.get(i).get()).isEqualTo(m.embed(random(3 + i, i % 6), PLAIN));
            }
        }
    }

    @Test
    void decodersEmbedWithTheirHiddenStates() {
        try (Model m = open("llama")) {
            List<String> texts = List.of("The quick brown fox", "a", "Modelos de linguagem aprendem padrões.");
            for (Pooling p : Pooling.values()) {
                Embeddings all = m.embed(texts, PLAIN.pooling(p));
                for (int i = 0; i < texts.size(); i++) {
                    assertThat(all.vectors().get(i)).isEqualTo(m.embed(m.tokens(texts.get(i)), PLAIN.pooling(p)));
                }
            }
            assertThat(m.embed(texts, PLAIN).vectors().getFirst())
                    .as("the last token's, unless said otherwise")
                    .isEqualTo(m.embed(texts, PLAIN.pooling(Pooling.LAST))
                            .vectors()
                            .getFirst());
            assertThat(m.embed(TextTokens.of(7), PLAIN.pooling(Pooling.MEAN)))
                    .as("of one token, mean and last are the same")
                    .isEqualTo(m.embed(TextTokens.of(7), PLAIN.pooling(Pooling.CLS)));
        }
    }

    @Test
    void vectorsAreNormedAndShortened() {
        try (Model m = open("roberta")) {
            TextTokens text = random(9, 1);
            float[] whole = m.embed(text, PLAIN);
            float[] unit = m.embed(text, EmbedOptions.DEFAULT);
            float[] first = m.embed(text, EmbedOptions.DEFAULT.dimensions(8));
            assertThat(length(unit)).isCloseTo(1, within(1e-6));
            assertThat(length(first)).isCloseTo(1, within(1e-6));
            assertThat(first).hasSize(8);
            double shorter = length(Arrays.copyOf(whole, 8));
            for (int i = 0; i < 8; i++) {
                assertThat((double) first[i]).isCloseTo(whole[i] / shorter, within(1e-6));
            }
            assertThatThrownBy(() -> m.embed(text, EmbedOptions.DEFAULT.dimensions(65)))
                    .hasMessageContaining("64 dimensions; 65");
        }
    }

    private static double length(float[] v) {
        double sum = 0;
        for (float x : v) {
            sum += (double) x * x;
        }
        return Math.sqrt(sum);
    }

    @Test
    void aTextThatIsTooLongIsCutOnlyWhenAskedFor() {
        try (Model m = open("bert_legacy")) {
            String text = "brown fox ".repeat(300);
            int tokens = m.tokens(text).size();
            assertThatThrownBy(() -> m.embed(List.of("fine", text), EmbedOptions.DEFAULT))
                    .isInstanceOfSatisfying(
                            JandaiaException.class, e -> assertThat(e.kind()).isEqualTo(JandaiaException.Kind.USAGE))
                    .hasMessageContaining("Text 2 has " + tokens + " tokens")
                    .hasMessageContaining("at most 256");
            Embeddings cut = m.embed(List.of("fine", text), EmbedOptions.DEFAULT.truncate(true));
            assertThat(cut.notes()).hasSize(1).first().asString().contains("last " + (tokens - 256) + " were cut off");
            List<String> notes = new ArrayList<>();
            TextTokens t = m.cut(m.tokens(text), "It", notes);
            assertThat(t.ids()).hasSize(256).startsWith(2).endsWith(3);
            assertThat(t.ends()[254])
                    .as("the last token before [SEP] is of the text")
                    .isPositive();
        }
    }

    @Test
    void aModelThatIsSomethingElseSaysWhatItIs() {
        try (Model encoder = open("roberta");
                Model labels = open("xlm_roberta_cls");
                Model decoder = open("llama")) {
            assertThatThrownBy(() -> encoder.generate("x", GenerateOptions.DEFAULT, t -> {}))
                    .hasMessageContaining("RobertaModel: an encoder, for embed");
            assertThatThrownBy(() -> encoder.score("x")).hasMessageContaining("an encoder");
            assertThatThrownBy(() -> encoder.classify(List.of("x"))).hasMessageContaining("an encoder, for embed");
            assertThatThrownBy(() -> labels.fill("x", 1)).hasMessageContaining("for classify and rerank");
            assertThatThrownBy(() -> labels.rerank("x", List.of("y"))).hasMessageContaining("3 labels");
            assertThatThrownBy(() -> decoder.classify(List.of("x"))).hasMessageContaining("a decoder, for run");
            assertThatThrownBy(() -> decoder.answer("x", GenerateOptions.DEFAULT, t -> {}))
                    .hasMessageContaining("a decoder, for run");
        }
    }

    @Test
    void textsAreRankedByTheirScore() {
        try (Model m = open("bert_reranker")) {
            List<String> texts = List.of("Um segundo texto.", "fox", "The quick brown fox", "12 + 30");
            List<Ranked> ranked = m.rerank("The quick", texts);
            assertThat(ranked).extracting(Ranked::index).containsExactlyInAnyOrder(0, 1, 2, 3);
            assertThat(ranked).isSortedAccordingTo((a, b) -> Double.compare(b.score(), a.score()));
            for (Ranked r : ranked) {
                assertThat(r.score())
                        .isEqualTo(m.rerank("The quick", List.of(texts.get(r.index())))
                                .getFirst()
                                .score());
            }
        }
    }

    @Test
    void masksAreFilledAndNamedWhenThereAreNone() {
        try (Model m = open("bert_mlm")) {
            List<MaskGuess> guesses = m.fill("The [MASK] brown [MASK]", 3);
            assertThat(guesses).extracting(MaskGuess::position).hasSize(2);
            for (MaskGuess g : guesses) {
                assertThat(g.candidates()).hasSize(3);
                assertThat(g.candidates().getFirst().probability())
                        .isGreaterThanOrEqualTo(g.candidates().getLast().probability());
            }
            assertThatThrownBy(() -> m.fill("no mask", 3)).hasMessageContaining("[MASK]");
        }
    }

    @Test
    void wordsOfOneKindAreJoinedWithTheirPlaceInTheText() {
        try (Model m = open("bert_token")) {
            String text = "🦜 The quick brown, fox";
            TextTokens tokens = m.tokens(text);
            TaskSpec task = Objects.requireNonNull(((EncoderSpec) m.modelSpec()).task());
            float[][] logits = new float[tokens.size()][5];
            List<String> words = new ArrayList<>();
            String last = "";
            for (int i = 0; i < tokens.size(); i++) {
                int start = tokens.starts()[i];
                int end = tokens.ends()[i];
                String word = new String(text.codePoints().toArray(), start, end - start);
                words.add(word);
                boolean first = !m.tokenizer().token(tokens.ids()[i]).startsWith("##");
                // The begins a person, quick goes on with it, brown begins a place; inner pieces say something else.
                int label = !first || end == start
                        ? 3
                        : text.startsWith("The", text.offsetByCodePoints(0, start))
                                ? 1
                                : text.startsWith("quick", text.offsetByCodePoints(0, start))
                                        ? 2
                                        : text.startsWith("brown", text.offsetByCodePoints(0, start)) ? 3 : 0;
                logits[i][label] = 9;
                last = word;
            }
            assertThat(last).isEmpty();
            TokenLabels found = TokenLabels.of(task, tokens, logits, m.tokenizer(), text);
            assertThat(found.entities())
                    .extracting(e -> e.kind() + ":" + e.text() + ":" + e.start() + "-" + e.end())
                    .containsExactly("PER:The quick:2-11", "LOC:brown:12-17");
            assertThat(found.entities().getFirst().score()).isGreaterThan(0.99);
            assertThat(words).isNotEmpty();
        }
    }

    @Test
    void filesOfSentenceTransformersSayHow(@TempDir Path folder) throws IOException {
        try (Stream<Path> files = Files.list(MODELS.resolve("bert_legacy"))) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        Files.writeString(folder.resolve("modules.json"), """
                [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
                 {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]""");
        Files.createDirectory(folder.resolve("1_Pooling"));
        Files.writeString(
                folder.resolve("1_Pooling/config.json"),
                "{\"pooling_mode_cls_token\": true, \"pooling_mode_mean_tokens\": false}");
        Files.writeString(folder.resolve("sentence_bert_config.json"), "{\"max_seq_length\": 16}");
        Files.writeString(
                folder.resolve("config_sentence_transformers.json"),
                "{\"prompts\": {\"query\": \"brown \", \"document\": \"\"}, \"default_prompt_name\": \"document\"}");
        try (Model m = Model.open(folder, LoadOptions.DEFAULT);
                Model plain = open("bert_legacy")) {
            float[] fox =
                    m.embed(List.of("fox"), EmbedOptions.DEFAULT).vectors().getFirst();
            assertThat(fox)
                    .as("the first token, as long as it is")
                    .isEqualTo(plain.embed(List.of("fox"), PLAIN.pooling(Pooling.CLS))
                            .vectors()
                            .getFirst());
            assertThat(m.embed(List.of("fox"), EmbedOptions.DEFAULT.prompt("query"))
                            .vectors()
                            .getFirst())
                    .isEqualTo(m.embed(List.of("brown fox"), EmbedOptions.DEFAULT)
                            .vectors()
                            .getFirst());
            assertThatThrownBy(() -> m.embed(List.of("x"), EmbedOptions.DEFAULT.prompt("passage")))
                    .hasMessageContaining("query, document");
            assertThatThrownBy(() -> m.embed(List.of("fox ".repeat(40)), EmbedOptions.DEFAULT))
                    .hasMessageContaining("at most 16");
        }
        Files.writeString(folder.resolve("1_Pooling/config.json"), "{\"pooling_mode_max_tokens\": true}");
        assertThatThrownBy(() -> Model.open(folder, LoadOptions.DEFAULT).close())
                .hasMessageContaining("max_tokens");
        Files.writeString(folder.resolve("modules.json"), "[{\"path\": \"../x\", \"type\": \"a.Dense\"}]");
        assertThatThrownBy(() -> Model.open(folder, LoadOptions.DEFAULT).close())
                .hasMessageContaining("not inside");
    }
}
