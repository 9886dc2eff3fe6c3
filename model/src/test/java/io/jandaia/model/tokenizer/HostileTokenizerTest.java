package io.jandaia.model.tokenizer;

import static io.jandaia.error.JandaiaException.Kind.FORMAT;
import static io.jandaia.error.JandaiaException.Kind.RESOURCE;
import static io.jandaia.error.JandaiaException.Kind.UNSUPPORTED;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.jandaia.error.JandaiaException;
import io.jandaia.error.JandaiaException.Kind;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizer files that would take minutes, years or all memory end with an error, or take no longer than others. */
class HostileTokenizerTest {

    private static final String MODEL =
            "\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"u\",\"vocab\":{\"u\":0,\"a\":1}}";

    private static Tokenizer tokenizer(String json) {
        return new Tokenizer(TokenizerJson.read(json.getBytes(StandardCharsets.UTF_8), "a hostile file")
                .parts(Tokenizer.SpecialIds.NONE));
    }

    /** A small vocabulary and one more component. */
    private static Tokenizer with(String component) {
        return tokenizer("{" + component + "," + MODEL + "}");
    }

    private static String times(int n, String item) {
        return String.join(",", Collections.nCopies(n, item));
    }

    private static String normalizers(int n, String step) {
        return "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[" + times(n, step) + "]}";
    }

    private static String decoders(int n, String step) {
        return "\"decoder\":{\"type\":\"Sequence\",\"decoders\":[" + times(n, step) + "]}";
    }

    private static String split(String pattern) {
        return "\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"" + pattern
                + "\"},\"behavior\":\"Isolated\",\"invert\":false}";
    }

    private static String added(int n, String content, String flags) {
        return "\"added_tokens\":["
                + IntStream.range(0, n)
                        .mapToObj(i -> "{\"id\":" + (i + 2) + ",\"content\":\"" + content.replace("#", "" + i) + "\""
                                + flags + "}")
                        .collect(joining(","))
                + "]";
    }

    private static String doubling(String component) {
        return "{\"type\":\"Replace\",\"pattern\":{\"" + component + "\":\"a\"},\"content\":\"aa\"}";
    }

    private static String a(int n) {
        return "a".repeat(n);
    }

    private static int[] ids(int n) {
        int[] ids = new int[n];
        Arrays.fill(ids, 1);
        return ids;
    }

    private static void ends(Kind kind, ThrowingCallable action) {
        long start = System.nanoTime();
        JandaiaException error = catchThrowableOfType(JandaiaException.class, action);
        soon(start);
        assertThat(error).isNotNull();
        assertThat(error.kind()).as(error.getMessage()).isEqualTo(kind);
        assertThat(error.getMessage()).hasSizeLessThan(600);
    }

    /** A second on an idle machine; tests share theirs. */
    private static void soon(long start) {
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    }

    @ParameterizedTest
    @ValueSource(strings = {"(a+)+b", "(a|a)*b", "(?:a|aa)+b", "(x+x+)+y|(a+a+)+y", "(.*)(.*)(.*)(.*)(.*)b"})
    void catastrophicPatterns(String pattern) {
        ends(RESOURCE, () -> with(split(pattern)).encode(a(2_000)));
    }

    /** Patterns that hardly go back, and read the text again and again. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a{1000}{1000}",
                "a*+b",
                "(?=a*)a",
                "(?>a*)b",
                "xa*|a(?!a*b)",
                "(?:x??){9000}",
                "(?:a(?:x??){9000})*",
                "(?:(?=a)(?=a)(?=a)(?=a)){900}",
                "(?:\\\\b|a){900}b",
                "(?:a?){900}a{900}b",
                "(?i)a{5000}b"
            })
    void patternsThatReadTooMuch(String pattern) {
        ends(RESOURCE, () -> with(split(pattern)).encode(a(100_000)));
    }

    @Test
    void longPatterns() {
        ends(RESOURCE, () -> with(split(a(9_000) + "b")).encode(a(100_000)));
        String alternatives = String.join("|", Collections.nCopies(5_000, "b"));
        ends(RESOURCE, () -> with(split(alternatives)).encode(a(100_000)));
        ends(RESOURCE, () -> with(split(alternatives)).encode("é".repeat(100_000)));
        // Every part of the text is small enough by itself.
        ends(RESOURCE, () -> with(added(1, "x", "") + "," + split("(a+)+b")).encode((a(20) + "x").repeat(5_000)));
    }

    @ParameterizedTest
    @CsvSource({"30, RESOURCE", "1000, UNSUPPORTED"})
    void replacementsThatDouble(int times, Kind kind) {
        ends(kind, () -> with(normalizers(times, doubling("String"))).encode("a"));
        String decoded = decoders(times, doubling("String"));
        ends(kind, () -> with(decoded).decode(ids(10), false));
        ends(kind, () -> with(decoders(times, doubling("Regex"))).decode(ids(10), false));
    }

    @Test
    void textsThatGrow() {
        ends(RESOURCE, () -> with(normalizers(40, "{\"type\":\"ByteLevel\"}")).encode("é é"));
        String bytes = "{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"use_regex\":false}";
        ends(
                RESOURCE,
                () -> with("\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[" + times(40, bytes) + "]}")
                        .encode("é é"));
        String ctc = "{\"type\":\"CTC\",\"pad_token\":\"p\",\"word_delimiter_token\":\"\",\"cleanup\":true}";
        ends(RESOURCE, () -> with(decoders(40, ctc)).decode(new int[] {1, 0, 1}, false));
        String million = "{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"" + a(1_000_000) + "\"}";
        ends(RESOURCE, () -> with(decoders(1, million)).decode(ids(10_000), false));
        ends(
                RESOURCE,
                () -> with(added(3_000, "a#", ",\"normalized\":true") + "," + normalizers(19, doubling("String")))
                        .encode("a"));
    }

    @Test
    void thousandsOfSteps() {
        ends(
                UNSUPPORTED,
                () -> with(normalizers(20_000, "{\"type\":\"Prepend\",\"prepend\":\"a\"}"))
                        .encode("a"));
        ends(UNSUPPORTED, () -> with(decoders(20_000, "{\"type\":\"Fuse\"}")).decode(ids(10), false));
        String nested = "\"normalizer\":" + "{\"type\":\"Sequence\",\"normalizers\":[".repeat(100_000);
        ends(FORMAT, () -> with(nested + "]}".repeat(100_000)));
        ends(FORMAT, () -> with(decoders(1, "{\"type\":\"Strip\",\"content\":\"a\",\"start\":0,\"stop\":1000000000}")));
        String growing = String.join(",", Collections.nCopies(5, doubling("String")));
        ends(
                RESOURCE,
                () -> with(normalizers(1, growing + "," + times(90, "{\"type\":\"NFKD\"}")))
                        .encode(a(100_000)));
    }

    @Test
    void templates() {
        String text = "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}";
        String special = "{\"SpecialToken\":{\"id\":\"x\",\"type_id\":0}}";
        ends(
                RESOURCE,
                () -> with(template(times(20_000, text), "1") + ",\"pre_tokenizer\":{\"type\":\"FixedLength\","
                                + "\"length\":1}")
                        .encode(a(20_000)));
        ends(
                RESOURCE,
                () -> with(template(times(20_000, special), times(20_000, "1"))).encode("a"));
        ends(FORMAT, () -> with(template(special, "2000000000")));
        String twice = times(2, "{" + template(text, "1").substring("\"post_processor\":{".length()));
        ends(UNSUPPORTED, () -> with("\"post_processor\":{\"type\":\"Sequence\",\"processors\":[" + twice + "]}"));
    }

    private static String template(String single, String ids) {
        return "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[" + single
                + "],\"pair\":[],\"special_tokens\":{\"x\":{\"id\":\"x\",\"ids\":[" + ids + "],\"tokens\":[]}}}";
    }

    @Test
    void addedTokens() {
        ends(UNSUPPORTED, () -> with(added(1, a(90_000) + "b", "")));
        // Each takes all spaces behind it, and the next is looked for right behind the one.
        ends(RESOURCE, () -> with(added(1, " ", ",\"rstrip\":true")).encode(" ".repeat(100_000)));
        long start = System.nanoTime();
        assertThat(with(added(262_144, "<t#>", ""))
                        .encode("<t5>".repeat(25_000))
                        .size())
                .isEqualTo(25_000);
        soon(start);
    }

    @Test
    void longTokens() {
        String model = "{\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"u\",\"max_input_chars_per_word\":1000000000,"
                + "\"continuing_subword_prefix\":\"\",\"vocab\":{\"u\":0,\"a\":1,\"";
        ends(UNSUPPORTED, () -> tokenizer(model + a(40_000) + "b\":2}}}"));
        ends(UNSUPPORTED, () -> sentencePiece(1, prefixes(2_000), new byte[0]));
        ends(UNSUPPORTED, () -> sentencePiece(2, prefixes(2_000), new byte[0]));
        ends(UNSUPPORTED, () -> sentencePiece(2, List.of("<unk>", a(200_000)), new byte[0]));
        ends(
                UNSUPPORTED,
                () -> Tokenizer.ofGguf(Map.of(
                        "tokenizer.ggml.model",
                        "llama",
                        "tokenizer.ggml.tokens",
                        prefixes(2_000).toArray(String[]::new),
                        "tokenizer.ggml.scores",
                        new float[2_001],
                        "tokenizer.ggml.token_type",
                        ids(2_001))));
        long start = System.nanoTime();
        assertThat(tokenizer(model + a(1_000) + "b\":2}}}").encode(a(100_000)).size())
                .isEqualTo(100_000);
        assertThat(sentencePiece(1, prefixes(1_000), new byte[0])
                        .encode(a(100_000))
                        .size())
                .isEqualTo(101);
        soon(start);
        ends(
                FORMAT,
                () -> tokenizer("{\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"" + a(10_000_000)
                        + "\",\"vocab\":{\"u\":0}}}"));
    }

    private static List<String> prefixes(int n) {
        List<String> pieces = new ArrayList<>(List.of("<unk>"));
        for (int i = 1; i <= n; i++) pieces.add(a(i));
        return pieces;
    }

    /** Java's own hash is the same for all of these. */
    @Test
    void tokensWithOneHash() {
        int bits = 16;
        String vocabulary = IntStream.range(0, 1 << bits)
                .mapToObj(i -> {
                    var token = new StringBuilder("\"");
                    for (int bit = 0; bit < bits; bit++) token.append((i >> bit & 1) == 0 ? "Aa" : "BB");
                    return token.append("\":").append(i);
                })
                .collect(joining(","));
        long start = System.nanoTime();
        assertThat(tokenizer("{\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"" + "Aa".repeat(bits)
                                + "\",\"vocab\":{" + vocabulary + "}}}")
                        .size())
                .isEqualTo(1 << bits);
        soon(start);
    }

    @Test
    void characterMaps() {
        // The key 'a' with a long replacement, and a trie whose 'a' leads to itself.
        int at = 256 ^ 'a';
        byte[] growing = characterMap(at, (at ^ 600) << 10 | 1 << 8 | 'a', 100_000);
        byte[] cyclic = characterMap(at, 'a' << 10 | 'a', 0);
        ends(RESOURCE, () -> sentencePiece(1, List.of("<unk>", "a"), growing).encode(a(100_000)));
        ends(FORMAT, () -> sentencePiece(1, List.of("<unk>", "a"), cyclic).encode(a(100_000)));
        String json = "\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"";
        ends(
                RESOURCE,
                () -> with(json + Base64.getEncoder().encodeToString(growing) + "\"}")
                        .encode(a(100_000)));
    }

    private static byte[] characterMap(int at, int unit, int replacement) {
        int units = 1024;
        var map = ByteBuffer.allocate(4 + 4 * units + replacement).order(ByteOrder.LITTLE_ENDIAN);
        map.putInt(0, 4 * units);
        map.putInt(4, 256 << 10);
        map.putInt(4 + 4 * at, unit);
        map.putInt(4 + 4 * 600, 1 << 31);
        Arrays.fill(map.array(), 4 + 4 * units, map.capacity(), (byte) 'x');
        return map.array();
    }

    @Test
    void sentencePieceFiles() {
        ends(FORMAT, () -> read(new byte[] {10, -1, -1, -1, -1, 7, 1}));
        ends(FORMAT, () -> read(new byte[] {10, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}));
        var absurd = new ByteArrayOutputStream();
        field(absurd, 1, "a".getBytes(StandardCharsets.UTF_8), false);
        // The unknown token 1,000,000,000.
        field(absurd, 2, new byte[] {-64, 2, -128, -108, -21, -36, 3}, true);
        ends(FORMAT, () -> read(absurd.toByteArray()));
    }

    private static SentencePieceModel read(byte[] file) {
        return SentencePieceModel.read(file, "hostile.model");
    }

    /** A field of a message; a piece is a message of its own. */
    private static void field(ByteArrayOutputStream out, int number, byte[] value, boolean plain) {
        byte[] content = value;
        if (!plain) {
            var inner = new ByteArrayOutputStream();
            field(inner, 1, value, true);
            content = inner.toByteArray();
        }
        out.write(number << 3 | 2);
        int length = content.length;
        for (; length > 127; length >>>= 7) out.write((length & 127) | 128);
        out.write(length);
        out.writeBytes(content);
    }

    private static Tokenizer sentencePiece(int type, List<String> pieces, byte[] map) {
        var file = new ByteArrayOutputStream();
        for (String piece : pieces) field(file, 1, piece.getBytes(StandardCharsets.UTF_8), false);
        field(file, 2, new byte[] {24, (byte) type}, true);
        var normalizer = new ByteArrayOutputStream();
        field(normalizer, 2, map, true);
        field(file, 3, normalizer.toByteArray(), true);
        SentencePieceModel model = read(file.toByteArray());
        return new Tokenizer(new Tokenizer.Parts(
                model.model(),
                model.normalizer(),
                new PreTokenizer.Chain(List.of()),
                List.of(),
                null,
                model.decoder(),
                Tokenizer.SpecialIds.NONE));
    }
}
