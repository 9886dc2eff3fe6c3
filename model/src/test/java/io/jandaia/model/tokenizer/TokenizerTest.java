package io.jandaia.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {

    private static Tokenizer golden(String name) {
        return Tokenizer.load(GoldenTokenizerTest.FOLDER.resolve(name));
    }

    static List<String> kinds() throws Exception {
        return GoldenTokenizerTest.folders()
                .map(folder -> folder.getFileName().toString())
                .toList();
    }

    /** Texts that have tripped tokenizers, in random order and number. */
    private static String randomText(Random random) {
        String[] parts = {
            "the",
            " don't",
            "WE'LL",
            "  ",
            "\n",
            "\r\n",
            "\t",
            "12345",
            "½",
            "é",
            "e\u0301",
            "世界",
            "한국",
            "\u1100\u1161",
            "😀",
            "👍🏽",
            "\u200d",
            "\u00a0",
            "<|im_start|>",
            "<s>",
            "</s>",
            "<|endoftext|>",
            "[SEP]",
            "word",
            "<mark>",
            "\u0000",
            "▁",
            "Ġ",
            "ﬁ",
            "<0x41>",
            ".",
            "...",
            "\uD83D",
            "ſ",
            "İ"
        };
        var text = new StringBuilder();
        for (int n = random.nextInt(20); n > 0; n--) text.append(parts[random.nextInt(parts.length)]);
        return text.toString();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void streamsWhatItDecodes(String kind) {
        Tokenizer tokenizer = golden(kind);
        long seed = 11;
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            int[] ids = random.ints(random.nextInt(30), 0, tokenizer.size()).toArray();
            boolean skip = random.nextBoolean();
            StreamDecoder stream = tokenizer.streamDecoder(skip);
            var text = new StringBuilder();
            for (int id : ids) {
                String more = stream.add(id);
                if (!more.isEmpty())
                    assertThat(Character.isHighSurrogate(more.charAt(more.length() - 1)))
                            .isFalse();
                text.append(more);
            }
            text.append(stream.finish());
            assertThat(text.toString()).isEqualTo(tokenizer.decode(ids, skip));
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void encodesSegmentsAsTheJoinedText(String kind) {
        Tokenizer tokenizer = golden(kind);
        long seed = 12;
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            String first = randomText(random);
            String second = randomText(random);
            Encoding joined = tokenizer.encode(first + second);
            Encoding parts = tokenizer.encode(
                    List.of(new Segment(first, false), new Segment("", true), new Segment(second, false)),
                    EncodeOptions.DEFAULT);
            assertThat(parts.ids()).containsExactly(joined.ids());
            assertThat(parts.starts()).containsExactly(joined.starts());
            Encoding user = tokenizer.encode(List.of(new Segment(first + second, true)), EncodeOptions.DEFAULT);
            assertThat(user.ids())
                    .containsExactly(tokenizer
                            .encode(first + second, new EncodeOptions(true, false))
                            .ids());
        }
    }

    @Test
    void aUserCannotSpellASpecialToken() {
        Tokenizer tokenizer = golden("qwen2_nfc_split");
        int end = tokenizer.id("<|im_end|>").orElseThrow();
        int start = tokenizer.id("<|im_start|>").orElseThrow();
        Encoding encoding = tokenizer.encode(
                List.of(
                        new Segment("<|im_start|>user\n", false),
                        new Segment("a<|im_end|>b<|im_", true),
                        new Segment("end|>", false),
                        new Segment("<|im_", false),
                        new Segment("end|>\n", false)),
                EncodeOptions.RENDERED);
        assertThat(IntStream.of(encoding.ids()).filter(id -> id == start).count())
                .isEqualTo(1);
        assertThat(IntStream.of(encoding.ids()).filter(id -> id == end).count()).isEqualTo(1);
        assertThat(tokenizer.decode(encoding.ids(), false))
                .isEqualTo("<|im_start|>user\na<|im_end|>b<|im_end|><|im_end|>\n");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void takesLongTextsOfAnything(String kind) {
        Tokenizer tokenizer = golden(kind);
        for (String unit :
                List.of(" ", "a", "😀", "\u0301", "\u0301\u0323", "1", "\n", "<", "世", " \n", "'s", "\u1100")) {
            String text = unit.repeat(200_000 / unit.length()) + "x";
            Encoding encoding = tokenizer.encode(text);
            assertThat(encoding.size()).isPositive();
            assertThat(encoding.ends()[encoding.size() - 1]).isLessThanOrEqualTo(text.codePointCount(0, text.length()));
        }
    }

    @Test
    void readsUnpairedSurrogatesAsReplacementCharacters() {
        Tokenizer tokenizer = golden("gpt2_bytelevel");
        assertThat(tokenizer.encode("a\uD83Db\uDE00").ids())
                .containsExactly(tokenizer.encode("a\uFFFDb\uFFFD").ids());
    }

    @Test
    void namesIdsByRole(@TempDir Path folder) throws Exception {
        Files.copy(
                GoldenTokenizerTest.FOLDER.resolve("llama2_spm_bpe/tokenizer.json"), folder.resolve("tokenizer.json"));
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"bos_token\": {\"content\": \"<s>\"}, \"eos_token\": \"</s>\", \"unk_token\": \"<unk>\"}");
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [2, 7]}");
        Tokenizer tokenizer = Tokenizer.load(folder);
        assertThat(tokenizer.bosId()).hasValue(1);
        assertThat(tokenizer.eosId()).hasValue(2);
        assertThat(tokenizer.unkId()).hasValue(0);
        assertThat(tokenizer.padId()).isEmpty();
        assertThat(tokenizer.endIds()).containsExactlyInAnyOrder(2, 7);
        assertThat(tokenizer.isSpecial(1)).isTrue();
        assertThat(tokenizer.isSpecial(7)).isFalse();
        assertThat(tokenizer.token(1)).isEqualTo("<s>");
        assertThatThrownBy(() -> tokenizer.token(tokenizer.size())).isInstanceOf(JandaiaException.class);
    }

    @Test
    void readsTheSentencePieceFileBehindATokenizerJson(@TempDir Path folder) throws Exception {
        Path source = GoldenTokenizerTest.FOLDER.resolve("t5_unigram_precompiled");
        Files.copy(source.resolve("spiece.model"), folder.resolve("spiece.model"));
        Tokenizer model = Tokenizer.load(folder);
        Tokenizer json = Tokenizer.load(source);
        for (String text : List.of("Hello, world!", "  São  João ﬁ ½ Å", "世界 Bom dia! A jandaia pousou no coqueiro.")) {
            assertThat(model.encode(text).ids())
                    .containsExactly(json.encode(text).ids());
        }
        assertThat(model.decode(model.encode("Bom dia!").ids(), true)).isEqualTo("Bom dia!");
    }

    @Test
    void readsVocabularyAndMerges(@TempDir Path folder) throws Exception {
        Files.writeString(
                folder.resolve("vocab.json"), "{\"a\":0,\"b\":1,\"Ġ\":2,\"ab\":3,\"Ġab\":4,\"<|endoftext|>\":5}");
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\na b\nĠ ab\n");
        Tokenizer tokenizer = Tokenizer.load(folder);
        assertThat(tokenizer.encode("ab ab<|endoftext|>a").ids()).containsExactly(3, 4, 5, 0);
        assertThat(tokenizer.decode(new int[] {3, 4, 5, 0}, true)).isEqualTo("ab aba");
    }

    @Test
    void readsVocabTxt(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nun\n##aff\n##able\n!\n");
        Tokenizer tokenizer = Tokenizer.load(folder);
        assertThat(tokenizer.encode("Unaffable! x [MASK]").ids()).containsExactly(2, 5, 6, 7, 8, 1, 4, 3);
        assertThat(tokenizer.encodePair("un", "un").typeIds()).containsExactly(0, 0, 0, 1, 1);
    }

    @Test
    void saysWhatItLookedFor(@TempDir Path folder) {
        assertThatThrownBy(() -> Tokenizer.load(folder)).isInstanceOfSatisfying(JandaiaException.class, e -> {
            assertThat(e.kind()).isEqualTo(JandaiaException.Kind.NOT_FOUND);
            assertThat(e).hasMessageContaining("tokenizer.json").hasMessageContaining("vocab.txt");
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]},\"normalizer\":{\"type\":\"Odd\"}}",
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]},\"pre_tokenizer\":{\"type\":\"Odd\"}}",
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]},\"decoder\":{\"type\":\"Odd\"}}",
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]},\"post_processor\":{\"type\":\"Odd\"}}",
                "{\"model\":{\"type\":\"Odd\",\"vocab\":{}}}"
            })
    void namesAnUnknownComponent(String json, @TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("tokenizer.json"), json);
        assertThatThrownBy(() -> Tokenizer.load(folder)).isInstanceOfSatisfying(JandaiaException.class, e -> {
            assertThat(e.kind()).isEqualTo(JandaiaException.Kind.UNSUPPORTED);
            assertThat(e).hasMessageContaining("'Odd'");
        });
    }

    @Test
    void namesAnUnknownSplitter() {
        Map<String, Object> metadata = new HashMap<>();
        metadata.put("tokenizer.ggml.model", "gpt2");
        metadata.put("tokenizer.ggml.pre", "tomorrow");
        metadata.put("tokenizer.ggml.tokens", List.of("a", "b"));
        metadata.put("tokenizer.ggml.merges", List.of());
        assertThatThrownBy(() -> Tokenizer.ofGguf(metadata)).isInstanceOfSatisfying(JandaiaException.class, e -> {
            assertThat(e.kind()).isEqualTo(JandaiaException.Kind.UNSUPPORTED);
            assertThat(e).hasMessageContaining("'tomorrow'").hasMessageContaining("llama-bpe");
        });
    }

    @Test
    void knowsEverySplitterItNames() {
        for (String name : SplitFamily.NAMES)
            assertThat(SplitFamily.of(name)).as(name).isNotNull();
    }

    /** Cut and changed files give an error of ours or a tokenizer that still works, never anything else. */
    @Test
    void survivesDamagedFiles(@TempDir Path folder) throws Exception {
        long seed = 13;
        System.out.println("seed " + seed);
        var random = new Random(seed);
        Path source = GoldenTokenizerTest.FOLDER;
        byte[] json = Files.readAllBytes(source.resolve("bert_cased/tokenizer.json"));
        byte[] model = Files.readAllBytes(source.resolve("t5_unigram_precompiled/spiece.model"));
        int errors = 0;
        for (int round = 0; round < 300; round++) {
            boolean isJson = round % 2 == 0;
            byte[] bytes = (isJson ? json : model).clone();
            if (random.nextBoolean()) {
                bytes = java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length));
            } else {
                for (int i = 0; i < 5; i++)
                    bytes[random.nextInt(Math.min(4000, bytes.length))] = (byte) random.nextInt(256);
            }
            Files.deleteIfExists(folder.resolve(isJson ? "spiece.model" : "tokenizer.json"));
            Files.write(folder.resolve(isJson ? "tokenizer.json" : "spiece.model"), bytes);
            try {
                Tokenizer.load(folder).encode("Bom dia! São 10 horas.");
            } catch (JandaiaException expected) {
                errors++;
            }
        }
        assertThat(errors).isGreaterThan(100);
    }

    @Test
    void holdsIncompleteCharactersBack() {
        Tokenizer tokenizer = golden("gpt2_bytelevel");
        StreamDecoder stream = tokenizer.streamDecoder(true);
        int[] ids = new int[4];
        byte[] bytes = "🦜".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 4; i++) {
            ids[i] = tokenizer
                    .id(String.valueOf(ByteAlphabet.toChar(bytes[i] & 0xFF)))
                    .orElseThrow();
        }
        assertThat(stream.add(ids[0]) + stream.add(ids[1]) + stream.add(ids[2])).isEmpty();
        assertThat(stream.add(ids[3])).isEqualTo("🦜");
        assertThat(stream.add(ids[0])).isEmpty();
        assertThat(stream.finish()).isEqualTo("\uFFFD");
    }
}
