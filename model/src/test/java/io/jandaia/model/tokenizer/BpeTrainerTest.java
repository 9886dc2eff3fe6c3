package io.jandaia.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The trainer beside the tokenizers library (0.23.2): the same merges and the same ids from the same texts. */
class BpeTrainerTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/training");
    private static final Path DATA = Path.of("../../shared/data");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static Stream<JsonNode> cases() throws Exception {
        List<JsonNode> cases = new ArrayList<>();
        for (JsonNode one : JSON.readTree(Files.readAllBytes(GOLDEN.resolve("bpe.json")))) cases.add(one);
        return cases.stream();
    }

    static List<String> own() throws Exception {
        return names(cases().filter(one -> !one.has("file")));
    }

    static List<String> shared() throws Exception {
        return names(cases().filter(one -> one.has("file")).filter(one -> !large(one)));
    }

    static List<String> sharedLarge() throws Exception {
        return names(cases().filter(one -> one.has("file")).filter(BpeTrainerTest::large));
    }

    private static boolean large(JsonNode one) {
        return one.path("name").asString().equals("wiki10M");
    }

    private static List<String> names(Stream<JsonNode> cases) {
        return cases.map(one -> one.path("name").asString()).toList();
    }

    private static JsonNode find(String name) throws Exception {
        return cases().filter(one -> one.path("name").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static BpeTrainer.Options options(JsonNode one) {
        List<String> special = new ArrayList<>();
        for (JsonNode token : one.path("special")) special.add(token.asString());
        return new BpeTrainer.Options(
                one.path("vocabularySize").asInt(),
                one.path("minFrequency").asLong(),
                SpecialTokens.of(special.toArray(String[]::new)),
                one.path("allBytes").asBoolean(),
                one.path("limitAlphabet").asInt(),
                one.path("maxTokenLength").asInt(),
                one.path("splitPattern").isNull()
                        ? null
                        : one.path("splitPattern").asString(),
                one.path("addPrefixSpace").asBoolean(),
                one.path("compose").asBoolean());
    }

    /** The lines with their line feeds, as long as they fit into so many bytes. */
    private static List<String> lines(byte[] text, long limit) {
        List<String> lines = new ArrayList<>();
        for (int from = 0; from < text.length; ) {
            int to = from;
            while (to < text.length && text[to] != '\n') to++;
            if (to < text.length) to++;
            if (to > limit) break;
            lines.add(new String(text, from, to - from, StandardCharsets.UTF_8));
            from = to;
        }
        return lines;
    }

    private static List<String> corpus() throws Exception {
        return lines(Files.readAllBytes(GOLDEN.resolve("corpus.txt")), Long.MAX_VALUE);
    }

    private static TrainedTokenizer train(BpeTrainer.Options options, List<String> texts) {
        BpeTrainer trainer = BpeTrainer.of(options);
        texts.forEach(trainer::add);
        return trainer.train();
    }

    private static List<String> merges(TrainedTokenizer trained) {
        List<String> merges = new ArrayList<>();
        for (JsonNode merge : JSON.readTree(trained.toJson()).path("model").path("merges")) {
            merges.add(merge.path(0).asString() + " " + merge.path(1).asString());
        }
        return merges;
    }

    private static List<String> vocabulary(Tokenizer tokenizer) {
        List<String> tokens = new ArrayList<>();
        for (int id = 0; id < tokenizer.size(); id++) tokens.add(tokenizer.token(id));
        return tokens;
    }

    private static String digest(List<String> lines) throws Exception {
        byte[] text = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
    }

    @ParameterizedTest
    @MethodSource("own")
    void learnsTheMergesOfTheReference(String name) throws Exception {
        JsonNode expected = find(name);
        TrainedTokenizer trained = train(options(expected), corpus());
        List<String> merges = new ArrayList<>();
        for (JsonNode merge : expected.path("merges")) merges.add(merge.asString());
        assertThat(merges(trained)).isEqualTo(merges);
        assertThat(trained.tokenizer().size()).isEqualTo(expected.path("tokens").asInt());
        assertThat(digest(vocabulary(trained.tokenizer())))
                .isEqualTo(expected.path("vocabulary").asString());
    }

    /** Random texts of few letters: tokens that can be spelled two ways, special tokens that merges lead to, short limits. */
    @Test
    void learnsTheMergesOfTheReferenceFromRandomTexts() throws Exception {
        int compared = 0;
        for (JsonNode one : JSON.readTree(Files.readAllBytes(GOLDEN.resolve("random.json")))) {
            List<String> texts = new ArrayList<>();
            for (JsonNode text : one.path("texts")) texts.add(text.asString());
            List<String> expected = new ArrayList<>();
            for (JsonNode merge : one.path("merges")) expected.add(merge.asString());
            assertThat(merges(train(options(one), texts))).as("%s", texts).isEqualTo(expected);
            compared += expected.size();
        }
        assertThat(compared).isEqualTo(983);
    }

    @ParameterizedTest
    @MethodSource("shared")
    void learnsTheSameFromRealTexts(String name) throws Exception {
        compareShared(name);
    }

    @Tag("long")
    @ParameterizedTest
    @MethodSource("sharedLarge")
    void learnsTheSameFromTenMegabytes(String name) throws Exception {
        compareShared(name);
    }

    private static void compareShared(String name) throws Exception {
        JsonNode expected = find(name);
        Path file = DATA.resolve(expected.path("file").asString());
        if (!Files.isRegularFile(file)) {
            System.out.println("NOT RUN: training '" + name + "' needs ../shared/data/"
                    + expected.path("file").asString());
            Assumptions.abort("no shared data");
        }
        byte[] text;
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            text = in.readAllBytes();
        }
        TrainedTokenizer trained =
                train(options(expected), lines(text, expected.path("bytes").asLong()));
        List<String> merges = merges(trained);
        assertThat(merges).hasSize(expected.path("mergeCount").asInt());
        assertThat(digest(merges)).isEqualTo(expected.path("mergeDigest").asString());
        assertThat(digest(vocabulary(trained.tokenizer())))
                .isEqualTo(expected.path("vocabulary").asString());
    }

    @Test
    void isTheTokenizerThatItsFileGives(@TempDir Path folder) throws Exception {
        SpecialTokens special =
                SpecialTokens.of("<pad>").withPad("<pad>").withBos("<s>").withEos("</s>");
        BpeTrainer.Options options = BpeTrainer.Options.of(500).withSpecial(special);
        TrainedTokenizer trained = train(options, corpus());
        trained.save(folder.resolve("new"));
        trained.save(folder.resolve("new"));
        Tokenizer loaded = Tokenizer.load(folder.resolve("new"));
        assertThat(vocabulary(loaded)).isEqualTo(vocabulary(trained.tokenizer()));
        for (Tokenizer tokenizer : List.of(loaded, trained.tokenizer())) {
            assertThat(tokenizer.padId()).hasValue(0);
            assertThat(tokenizer.bosId()).hasValue(1);
            assertThat(tokenizer.eosId()).hasValue(2);
            assertThat(tokenizer.endIds()).containsExactly(2);
            assertThat(tokenizer.encode("<s>the</s>").ids()).startsWith(1).endsWith(2);
        }
        long seed = 5;
        System.out.println("seed " + seed);
        var random = new Random(seed);
        List<String> texts = new ArrayList<>(corpus());
        for (int i = 0; i < 100; i++) {
            var text = new StringBuilder();
            for (int n = random.nextInt(30); n > 0; n--) text.appendCodePoint(random.nextInt(0xD800));
            texts.add(text.toString());
        }
        for (String text : texts) {
            int[] ids = trained.tokenizer().encode(text).ids();
            assertThat(loaded.encode(text).ids()).isEqualTo(ids);
            assertThat(trained.tokenizer().decode(ids, false)).isEqualTo(text);
        }
    }

    @Test
    void doesNotDependOnTheOrderOfTheTexts() throws Exception {
        List<String> texts = corpus();
        BpeTrainer.Options options = BpeTrainer.Options.of(600);
        assertThat(train(options, texts.reversed()).toJson())
                .isEqualTo(train(options, texts).toJson());
    }

    @Test
    void tellsHowFarItIs() throws Exception {
        BpeTrainer trainer = BpeTrainer.of(BpeTrainer.Options.of(300));
        corpus().forEach(trainer::add);
        List<Long> done = new ArrayList<>();
        trainer.train((stage, at, total) -> {
            if (stage != TrainingProgress.Stage.MERGES) return;
            assertThat(total).isEqualTo(44);
            done.add(at);
        });
        assertThat(done).isSorted().startsWith(0L).endsWith(44L);
    }

    @Test
    void stopsWhenInterrupted() throws Exception {
        BpeTrainer trainer = BpeTrainer.of(BpeTrainer.Options.of(300));
        corpus().forEach(trainer::add);
        assertThatThrownBy(() -> trainer.train((stage, at, total) -> {
                    if (at == 20) Thread.currentThread().interrupt();
                }))
                .isInstanceOfSatisfying(
                        JandaiaException.class, e -> assertThat(e.kind()).isEqualTo(JandaiaException.Kind.CANCELLED));
        assertThat(Thread.interrupted()).isFalse();
        assertThat(trainer.train().tokenizer().size()).isEqualTo(300);
    }

    @Test
    void refusesWhatCannotBe() {
        assertThatThrownBy(() -> BpeTrainer.Options.of(255)).hasMessageContaining("from 256");
        assertThatThrownBy(() -> SpecialTokens.of("<s>", "<s>")).hasMessageContaining("named twice");
        assertThatThrownBy(() -> new SpecialTokens(List.of("<s>"), null, "</s>", null))
                .hasMessageContaining("eos token '</s>'");
        BpeTrainer narrow = BpeTrainer.of(BpeTrainer.Options.of(300).withSeenBytes(0));
        narrow.add("abc");
        assertThat(narrow.train().tokenizer().size()).isEqualTo(5);
        BpeTrainer.Options one = new BpeTrainer.Options(1, 0, SpecialTokens.NONE, false, 0, 0, null, false, false);
        BpeTrainer tooSmall = BpeTrainer.of(one);
        tooSmall.add("ab");
        assertThatThrownBy(tooSmall::train).hasMessageContaining("more than the vocabulary of 1");
    }
}
