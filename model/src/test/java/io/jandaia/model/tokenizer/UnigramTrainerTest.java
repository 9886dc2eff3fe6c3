package io.jandaia.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.jandaia.error.JandaiaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The trainer beside the tokenizers library (0.23.2): the same pieces, scores and ids from the same texts. */
class UnigramTrainerTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/training");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static Stream<JsonNode> cases(String file) throws Exception {
        List<JsonNode> cases = new ArrayList<>();
        for (JsonNode one : JSON.readTree(Files.readAllBytes(GOLDEN.resolve(file)))) cases.add(one);
        return cases.stream();
    }

    static List<String> names() throws Exception {
        return cases("unigram.json").map(one -> one.path("name").asString()).toList();
    }

    private static List<String> corpus() throws Exception {
        return Files.readAllLines(GOLDEN.resolve("sentences.txt"));
    }

    private static List<String> strings(JsonNode nodes) {
        List<String> strings = new ArrayList<>();
        for (JsonNode node : nodes) strings.add(node.asString());
        return strings;
    }

    private static UnigramTrainer.Options options(JsonNode one) {
        return new UnigramTrainer.Options(
                one.path("vocabularySize").asInt(),
                SpecialTokens.of(strings(one.path("special")).toArray(String[]::new)),
                one.path("unknown").asString(),
                one.path("alphabet").asString(""),
                false,
                switch (one.path("normalization").asString()) {
                    case "none" -> UnigramTrainer.Normalization.NONE;
                    case "sp" -> UnigramTrainer.Normalization.NFKC;
                    case "lower" -> UnigramTrainer.Normalization.NFKC_LOWERCASE;
                    default -> throw new AssertionError(one.path("normalization"));
                },
                one.path("prefix").asBoolean(true),
                one.path("split").asBoolean(true),
                new UnigramTrainer.Search(
                        one.path("seeds").asInt(1_000_000),
                        one.path("maxPiece").asInt(16),
                        one.path("shrinking").asDouble(0.75),
                        one.path("sub").asInt(2)));
    }

    private static TrainedTokenizer train(UnigramTrainer.Options options, List<String> texts) {
        UnigramTrainer trainer = UnigramTrainer.of(options);
        texts.forEach(trainer::add);
        return trainer.train();
    }

    private static Map<String, Double> vocabulary(JsonNode pieces) {
        Map<String, Double> vocabulary = new LinkedHashMap<>();
        for (JsonNode piece : pieces)
            vocabulary.put(piece.path(0).asString(), piece.path(1).asDouble());
        return vocabulary;
    }

    private static Map<String, Double> vocabulary(TrainedTokenizer trained) {
        return vocabulary(JSON.readTree(trained.toJson()).path("model").path("vocab"));
    }

    /**
     * Equal but for ties. Characters that training has no score for are told apart by steps of 0.0001, which the library hands
     * out in the order of a hash table: their scores are compared as a whole. Pieces of equal scores may stand in any order.
     *
     * @return how many scores were compared one by one
     */
    private static int compare(Map<String, Double> found, Map<String, Double> expected, double most) {
        assertThat(found.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
        List<Double> foundScores = new ArrayList<>(found.values());
        List<Double> expectedScores = new ArrayList<>(expected.values());
        for (int i = 0; i < foundScores.size(); i++) {
            assertThat(foundScores.get(i)).isEqualTo(expectedScores.get(i), within(most));
        }
        int compared = 0;
        double least = Collections.min(expectedScores);
        for (Map.Entry<String, Double> one : found.entrySet()) {
            double score = expected.getOrDefault(one.getKey(), Double.NaN);
            boolean alone = one.getKey().codePointCount(0, one.getKey().length()) == 1;
            if (alone && isStep(one.getValue() - least) && isStep(score - least)) continue;
            assertThat(one.getValue()).as(one.getKey()).isEqualTo(score, within(most));
            compared++;
        }
        return compared;
    }

    private static boolean isStep(double above) {
        double steps = above / 0.0001;
        return steps < 100 && Math.abs(steps - Math.rint(steps)) < 1e-4;
    }

    @ParameterizedTest
    @MethodSource("names")
    void learnsThePiecesOfTheReference(String name) throws Exception {
        JsonNode expected = cases("unigram.json")
                .filter(one -> one.path("name").asString().equals(name))
                .findFirst()
                .orElseThrow();
        TrainedTokenizer trained = train(options(expected), corpus());
        Map<String, Double> reference = vocabulary(expected.path("vocab"));
        Map<String, Double> found = vocabulary(trained);
        assertThat(compare(found, reference, 1e-9)).isGreaterThan(reference.size() / 2);
        List<String> pieces = new ArrayList<>(reference.keySet());
        for (JsonNode one : expected.path("encodings")) {
            String text = one.path("text").asString();
            int[] ids = trained.tokenizer().encode(text, EncodeOptions.RENDERED).ids();
            List<String> tokens = new ArrayList<>();
            for (JsonNode id : one.path("ids")) tokens.add(pieces.get(id.asInt()));
            List<String> mine = new ArrayList<>();
            for (int id : ids) mine.add(trained.tokenizer().token(id));
            assertThat(mine).as(text).isEqualTo(tokens);
            assertThat(trained.tokenizer().decode(ids, false))
                    .as(text)
                    .isEqualTo(one.path("decoded").asString());
        }
    }

    /** Random words of few letters, with all sorts of settings. */
    @Test
    void learnsThePiecesOfTheReferenceFromRandomTexts() throws Exception {
        int compared = 0;
        for (JsonNode one : cases("unigram-random.json").toList()) {
            Map<String, Double> found = vocabulary(train(options(one), strings(one.path("texts"))));
            compared += compare(found, vocabulary(one.path("vocab")), 1e-9);
        }
        assertThat(compared).isGreaterThan(1000);
    }

    @Test
    void doesNotDependOnTheOrderOfTheTexts() throws Exception {
        UnigramTrainer.Options options = UnigramTrainer.Options.of(300);
        assertThat(train(options, corpus().reversed()).toJson())
                .isEqualTo(train(options, corpus()).toJson());
    }

    @Test
    void givesEveryTextBackWithBytesAndWithoutNormalization(@TempDir Path folder) throws Exception {
        SpecialTokens special =
                SpecialTokens.of("<pad>").withPad("<pad>").withBos("<s>").withEos("</s>");
        UnigramTrainer.Options options = UnigramTrainer.Options.of(600)
                .withSpecial(special)
                .withNormalization(UnigramTrainer.Normalization.NONE)
                .withByteFallback(true);
        TrainedTokenizer trained = train(options, corpus());
        trained.save(folder);
        Tokenizer loaded = Tokenizer.load(folder);
        assertThat(loaded.padId()).hasValue(1);
        assertThat(loaded.eosId()).hasValue(3);
        assertThat(loaded.token(0)).isEqualTo("<unk>");
        assertThat(loaded.size()).isEqualTo(600);
        long seed = 8;
        System.out.println("seed " + seed);
        var random = new Random(seed);
        List<String> texts = new ArrayList<>(corpus());
        texts.addAll(List.of("<0x41>", "literally <0x0A> written", "\n\n\t", "a\u0000b"));
        for (int i = 0; i < 200; i++) {
            var text = new StringBuilder();
            for (int n = random.nextInt(30); n > 0; n--) text.appendCodePoint(random.nextInt(0xD800));
            texts.add(text.toString());
        }
        for (String text : texts) {
            // The mark for a space is the one character that comes back as something else; a first space is the prefix.
            if (text.indexOf(Metaspace.MARK) >= 0 || text.startsWith(" ")) continue;
            int[] ids = loaded.encode(text).ids();
            assertThat(trained.tokenizer().encode(text).ids()).isEqualTo(ids);
            assertThat(loaded.decode(ids, false)).isEqualTo(text);
        }
        for (int id : loaded.encode("<0x41>").ids())
            assertThat(loaded.token(id)).doesNotStartWith("<0x4");
    }

    @Test
    void tellsHowFarItIsAndStopsWhenInterrupted() throws Exception {
        UnigramTrainer trainer = UnigramTrainer.of(UnigramTrainer.Options.of(200));
        corpus().forEach(trainer::add);
        List<Long> done = new ArrayList<>();
        List<Long> totals = new ArrayList<>();
        TrainedTokenizer trained = trainer.train((stage, at, total) -> {
            if (stage != TrainingProgress.Stage.ITERATIONS) return;
            done.add(at);
            totals.add(total);
        });
        assertThat(done).isSorted().startsWith(0L).endsWith(totals.getLast());
        assertThatThrownBy(() -> trainer.train((stage, at, total) -> {
                    if (stage == TrainingProgress.Stage.ITERATIONS && at == 3)
                        Thread.currentThread().interrupt();
                }))
                .isInstanceOfSatisfying(
                        JandaiaException.class, e -> assertThat(e.kind()).isEqualTo(JandaiaException.Kind.CANCELLED));
        assertThat(Thread.interrupted()).isFalse();
        assertThat(trainer.train().toJson()).isEqualTo(trained.toJson());
    }

    @Test
    void refusesWhatCannotBe() throws Exception {
        assertThatThrownBy(() -> UnigramTrainer.Options.of(1)).hasMessageContaining("from 2");
        assertThatThrownBy(() -> new UnigramTrainer.Search(100, 16, 1, 2)).hasMessageContaining("shrinking factor");
        assertThatThrownBy(() -> new UnigramTrainer.Search(100, 300, 0.5, 2)).hasMessageContaining("1 to 256");
        UnigramTrainer none = UnigramTrainer.of(UnigramTrainer.Options.of(100));
        none.add("");
        assertThatThrownBy(none::train).hasMessageContaining("no words");
        UnigramTrainer tooSmall = UnigramTrainer.of(UnigramTrainer.Options.of(20));
        corpus().forEach(tooSmall::add);
        assertThatThrownBy(tooSmall::train).hasMessageContaining("room for 19");
        UnigramTrainer endless = UnigramTrainer.of(UnigramTrainer.Options.of(100));
        assertThatThrownBy(() -> endless.add("x".repeat(300_000))).hasMessageContaining("cut such texts");
    }

    /** As many characters as the vocabulary has room for, so that nothing but them may stay. */
    @Test
    void keepsTheSizeOfTheVocabulary() {
        Map<String, Double> found = vocabulary(train(
                UnigramTrainer.Options.of(6).withNormalization(UnigramTrainer.Normalization.NONE),
                List.of("abcd abcd abc bcd", "dcba ab cd abcd")));
        assertThat(found.keySet()).containsExactlyInAnyOrder("<unk>", "\u2581", "a", "b", "c", "d");
        assertThat(new TreeMap<>(found).get("<unk>")).isZero();
    }

    /** Against all substrings counted one by one. */
    @Test
    void findsRepeatedSubstrings() {
        long seed = 3;
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            int units = 2 + random.nextInt(4);
            int longest = 1 + random.nextInt(8);
            int[] text = new int[1 + random.nextInt(60)];
            for (int i = 0; i + 1 < text.length; i++) text[i] = random.nextInt(units);
            Map<List<Integer>, Integer> expected = counted(text, longest);
            Map<List<Integer>, Integer> found = new LinkedHashMap<>();
            List<Long> scores = new ArrayList<>();
            RepeatedSubstrings.visit(text, units, longest, (from, length, score) -> {
                List<Integer> spelled = new ArrayList<>();
                for (int i = from; i < from + length; i++) spelled.add(text[i]);
                assertThat(found.put(spelled, (int) (score / length))).isNull();
                scores.add(score);
                return true;
            });
            assertThat(found).isEqualTo(expected);
            assertThat(scores).isSortedAccordingTo(Collections.reverseOrder());
        }
    }

    private static Map<List<Integer>, Integer> counted(int[] text, int longest) {
        Map<List<Integer>, Integer> counts = new LinkedHashMap<>();
        Map<List<Integer>, java.util.Set<Integer>> followers = new LinkedHashMap<>();
        for (int from = 0; from < text.length; from++) {
            List<Integer> spelled = new ArrayList<>();
            for (int to = from; to < text.length && to - from < longest && text[to] != 0; to++) {
                spelled.add(text[to]);
                if (spelled.size() < 2) continue;
                List<Integer> key = List.copyOf(spelled);
                counts.merge(key, 1, Integer::sum);
                followers
                        .computeIfAbsent(key, k -> new java.util.HashSet<>())
                        .add(to + 1 < text.length ? text[to + 1] : -1);
            }
        }
        counts.keySet()
                .removeIf(key -> followers.getOrDefault(key, java.util.Set.of()).size() < 2);
        return counts;
    }
}
