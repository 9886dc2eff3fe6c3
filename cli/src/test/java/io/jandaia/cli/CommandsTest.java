package io.jandaia.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every command as it is typed, on the starter and on golden files: output, errors and exit codes. */
@Timeout(120)
class CommandsTest {

    private static final String GOLDEN = "../model/src/test/resources/golden/";
    private static final String LLAMA = GOLDEN + "models/llama";

    private static final InputStream STANDARD_INPUT = System.in;

    @BeforeAll
    static void home() {
        System.setIn(InputStream.nullInputStream()); // that of a test's JVM never ends
        System.setProperty(
                "jandaia.home", Path.of("..").toAbsolutePath().normalize().toString());
    }

    @AfterAll
    static void noHome() {
        System.setIn(STANDARD_INPUT);
        System.clearProperty("jandaia.home");
    }

    private static Ran run(String... args) {
        return Ran.jandaia(args);
    }

    @Test
    void runHoldsTheAnswerToAForm(@TempDir Path folder) throws IOException {
        Path schema = Files.writeString(
                folder.resolve("schema.json"),
                "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"}},\"required\":[\"name\"]}");
        Path grammar = Files.writeString(folder.resolve("moves.gbnf"), "root ::= [a-h] [1-8]");
        String[] words = {"run", "starter", "A bird.", "--seed=7", "--max-tokens=40"};
        assertThat(JsonMapper.shared()
                        .readTree(run(with(words, "--json-schema", schema.toString()))
                                .out())
                        .get("name")
                        .isString())
                .isTrue();
        assertThat(run(with(words, "--grammar", grammar.toString())).out().strip())
                .matches("[a-h][1-8]");
        assertThat(run(with(words, "--regex", "[0-9]{4}")).out().strip()).matches("[0-9]{4}");
        assertThat(run(with(words, "--choice", "yes", "--choice", "no")).out().strip())
                .isIn("yes", "no");
        assertThat(run(with(words, "--choice", "yes", "--regex", "a")).code()).isEqualTo(2);
        Ran missing = run(with(words, "--json-schema", folder.resolve("none").toString()));
        assertThat(missing.code()).isEqualTo(2);
        assertThat(missing.err()).contains("none");
    }

    @Test
    void runWithoutAModelStreamsTheStarter() {
        Ran r = run("run", "Tell me a story about a bird.", "--seed", "7", "--max-tokens", "30");
        assertThat(r.code()).isZero();
        assertThat(r.err()).isEmpty();
        assertThat(r.out()).containsPattern("[a-z]{3,} [a-z]{2,}").endsWith(System.lineSeparator());
        Ran json =
                run("run", "starter", "Tell me a story about a bird.", "--seed", "7", "--max-tokens", "30", "--json");
        assertThat(json.json().get("text").asString() + System.lineSeparator()).isEqualTo(r.out());
        assertThat(json.json().get("usage").get("completion_tokens").asInt())
                .isEqualTo(json.json().get("token_ids").size());
    }

    @Test
    void runReadsThePromptFromAPipe() {
        InputStream in = System.in;
        try {
            System.setIn(new ByteArrayInputStream("A bird".getBytes(StandardCharsets.UTF_8)));
            Ran r = run("run", "--raw", "--seed", "1", "--max-tokens", "5", "--json");
            assertThat(r.code()).isZero();
            assertThat(r.json().get("prompt_token_ids").size()).isEqualTo(2);
            System.setIn(new ByteArrayInputStream(new byte[0]));
            assertThat(run("run").code()).isEqualTo(2);
        } finally {
            System.setIn(in);
        }
    }

    @Test
    void runContinuesTokenIdsAsTransformersDoes() {
        JsonNode c = JsonMapper.shared()
                .readTree(Path.of(LLAMA, "expected.json").toFile())
                .get("cases")
                .get(0);
        String ids = c.get("input_ids").toString().replaceAll("[\\[\\] ]", "");
        Ran r = run(
                "run", LLAMA, "--token-ids", ids, "--temperature", "0", "--ignore-eos", "--max-tokens", "24", "--json");
        assertThat(r.json().get("token_ids")).isEqualTo(c.get("greedy"));
        assertThat(r.json().get("prompt_token_ids")).isEqualTo(c.get("input_ids"));
        assertThat(r.json().get("finish_reason").asString()).isEqualTo("length");
    }

    @Test
    void quantizeWritesASmallerFileThatRuns(@TempDir Path folder) throws IOException {
        String source = GOLDEN + "gguf/llama-F32.gguf";
        Path target = folder.resolve("small.gguf");
        Ran r = run("quantize", source, target.toString(), "--to", "q8_0");
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out()).contains("small.gguf", "Q8_0", "bits a weight");
        assertThat(Files.size(target)).isLessThan(Files.size(Path.of(source)) / 3);
        assertThat(run("run", target.toString(), "--token-ids", "5,6,7", "--max-tokens", "3", "--json")
                        .code())
                .isZero();
        Ran again = run("quantize", source, target.toString(), "--to", "q8_0");
        assertThat(again.code()).isEqualTo(2);
        assertThat(again.err()).contains("--force");
        assertThat(run("quantize", source, target.toString(), "--to", "q4_0", "--force")
                        .code())
                .isZero();
        Ran unknown = run("quantize", source, target.toString(), "--to", "q4");
        assertThat(unknown.code()).isEqualTo(2);
        assertThat(unknown.err()).contains("'q4'", "q4_k_m");
        assertThat(run("quantize", LLAMA, target.toString(), "--to", "q4_0", "--force")
                        .code())
                .isZero();
    }

    @Test
    void convertGoesBothWays(@TempDir Path folder) throws IOException {
        Path gguf = folder.resolve("llama.gguf");
        Path hub = folder.resolve("llama");
        Ran there = run("convert", LLAMA, gguf.toString());
        assertThat(there.code()).as(there.err()).isZero();
        assertThat(there.out()).contains("llama.gguf", "bits a weight");
        Ran back = run("convert", gguf.toString(), hub.toString(), "--type", "f32");
        assertThat(back.code()).as(back.err()).isZero();
        assertThat(back.out()).contains("LlamaForCausalLM", "F32");
        String[] run = {"run", LLAMA, "--token-ids", "5,6,7", "--max-tokens", "8", "--temperature", "0", "--json"};
        JsonNode wanted = run(run).json().get("token_ids");
        for (Path model : new Path[] {gguf, hub}) {
            run[1] = model.toString();
            assertThat(run(run).json().get("token_ids")).isEqualTo(wanted);
        }
        assertThat(run("convert", LLAMA, gguf.toString()).err()).contains("--force");
        Ran type = run("convert", gguf.toString(), folder.resolve("q").toString(), "--type", "q8_0");
        assertThat(type.code()).isEqualTo(2);
        assertThat(type.err()).contains("q8_0", "bf16");
    }

    @Test
    void adaptersStandBesideTheirBaseOrAreMergedIntoIt(@TempDir Path folder) {
        String one = GOLDEN + "adapters/rslora_patterns";
        String other = GOLDEN + "adapters/embedding_and_head";
        String[] score = {"score", LLAMA, "--token-ids", "5,17,3", "--json"};
        double plain = run(score).json().get("total").asDouble();
        double first = run(with(score, "--adapter", one, "--lora", "b=" + other))
                .json()
                .get("total")
                .asDouble();
        double second = run(with(score, "--adapter", one, "--adapter", "b=" + other, "--use-adapter", "b"))
                .json()
                .get("total")
                .asDouble();
        assertThat(List.of(first, second)).doesNotContain(plain).doesNotHaveDuplicates();
        assertThat(run(with(score, "--adapter", one, "--use-adapter", "none"))
                        .json()
                        .get("total")
                        .asDouble())
                .isEqualTo(plain);
        assertThat(run(with(score, "--adapter", one + "@0")).json().get("total").asDouble())
                .isEqualTo(plain);
        assertThat(run(with(score, "--adapter", one, "--use-adapter", "c")).err())
                .contains("rslora_patterns");
        assertThat(run("show", one).out()).contains("PEFT", "21 modules", "1, 4, 8, 2");
        Path out = folder.resolve("merged");
        Ran merged = run("merge-adapter", LLAMA, one, out.toString(), "--dtype", "f32");
        assertThat(merged.code()).as(merged.err()).isZero();
        assertThat(merged.out()).contains("21 of them changed");
        double total = run("score", out.toString(), "--token-ids", "5,17,3", "--json")
                .json()
                .get("total")
                .asDouble();
        assertThat(total).isCloseTo(first, within(1e-4));
    }

    private static String[] with(String[] words, String... more) {
        return Stream.concat(Stream.of(words), Stream.of(more)).toArray(String[]::new);
    }

    @Test
    void verboseSaysWhatIsInEffect() {
        Ran r = run("run", "Hi", "--verbose", "--max-tokens", "4", "--kernels", "scalar", "--numerics", "exact");
        assertThat(r.err())
                .contains(
                        "numerics exact",
                        "keys and values f32",
                        "kernels scalar",
                        "temperature 0.7",
                        "repeat-penalty 1.15",
                        "first token after");
    }

    @Test
    void keysAndValuesAreKeptAsAsked() {
        for (String type : new String[] {"f32", "f16", "bf16", "q8"}) {
            Ran r = run("run", "Hi", "--verbose", "--max-tokens", "4", "--kv-type", type);
            assertThat(r.code()).isZero();
            assertThat(r.err()).contains("keys and values " + type);
        }
        Ran r = run("run", "Hi", "--kv-type", "q4");
        assertThat(r.code()).isEqualTo(2);
        assertThat(r.err()).contains("expected f32, f16, bf16 or q8");
    }

    @Test
    void verboseAndJsonNameOnlyTheSamplingInEffectInItsOrder() {
        Ran r = run(
                "run",
                LLAMA,
                "hi",
                "--raw",
                "--verbose",
                "--max-tokens",
                "2",
                "--seed",
                "3",
                "--top-k",
                "9",
                "--temperature",
                "0.5",
                "--sampling-order",
                "llama",
                "--frequency-penalty",
                "0.2");
        assertThat(r.err())
                .contains(
                        "sampling order llama: frequency-penalty 0.2, repeat-last-n 64, top-k 9, temperature 0.5, seed 3");
        JsonNode json = run(
                        "run",
                        LLAMA,
                        "hi",
                        "--raw",
                        "--max-tokens",
                        "2",
                        "--json",
                        "--mirostat",
                        "2",
                        "--temperature",
                        "1")
                .json();
        assertThat(json.get("sampling").toString())
                .isEqualTo("{\"order\":\"hf\",\"mirostat\":2,\"mirostat_tau\":5.0,\"mirostat_eta\":0.1}");
    }

    @Test
    void logProbabilitiesAreOfTheTokensThatCame() {
        JsonNode json = run(
                        "run", LLAMA, "hi", "--raw", "--max-tokens", "5", "--ignore-eos", "--json", "--logprobs", "3")
                .json();
        assertThat(json.get("logprobs").size()).isEqualTo(5);
        for (int i = 0; i < 5; i++) {
            JsonNode one = json.get("logprobs").get(i);
            assertThat(one.get("token_id")).isEqualTo(json.get("token_ids").get(i));
            assertThat(one.get("top").size()).isEqualTo(3);
            assertThat(one.get("top").get(0).get("logprob")).isEqualTo(one.get("logprob")); // greedy
        }
        assertThat(run("run", LLAMA, "hi", "--raw", "--logprobs", "3").err()).contains("--json");
    }

    @Test
    void guessesChangeNoText() {
        String[] words = {
            "run", "starter", "One and two and one and two and", "--seed=7", "--max-tokens=40", "--json", "--speculate"
        };
        JsonNode off = run(with(words, "off")).json();
        JsonNode ngram = run(with(words, "ngram", "--draft-tokens", "4")).json();
        JsonNode draft = run(with(words, "draft", "--draft-model", "starter")).json();
        assertThat(ngram.get("text")).isEqualTo(off.get("text"));
        assertThat(draft.get("text")).isEqualTo(off.get("text"));
        assertThat(run(with(words, "sometimes")))
                .matches(r -> r.code() == 2 && r.err().contains("ngram"));
        assertThat(run(with(words, "draft")))
                .matches(r -> r.code() == 2 && r.err().contains("--draft-model"));
        assertThat(run(with(words, "auto", "--draft-tokens", "99")))
                .matches(r -> r.code() == 2 && r.err().contains("32"));
    }

    @Test
    void whatIsBannedDoesNotCome() {
        String[] words = {
            "run", "starter", "Tell me a story about a bird.", "--seed=7", "--max-tokens=40", "--numerics=exact"
        };
        assertThat(run(words).out()).contains(" best ", " good ");
        String[] banned = java.util.Arrays.copyOf(words, words.length + 4);
        System.arraycopy(new String[] {"--ban", "best", "--ban", "good"}, 0, banned, words.length, 4);
        assertThat(run(banned).out()).isNotBlank().doesNotContain(" best ", " good ");
    }

    @Test
    void beamsSayThatTextComesAtTheEndAndJsonHasAllAnswers() {
        Ran r = run("run", LLAMA, "hi", "--raw", "--max-tokens", "6", "--beams", "3", "--num-return-sequences", "2");
        assertThat(r.err()).contains("3 beams", "when the search is done", "--json");
        JsonNode json = run(
                        "run",
                        LLAMA,
                        "hi",
                        "--raw",
                        "--max-tokens",
                        "6",
                        "--beams",
                        "3",
                        "--json",
                        "--num-return-sequences",
                        "2",
                        "--early-stopping",
                        "never",
                        "--length-penalty",
                        "0.5")
                .json();
        assertThat(json.get("answers").size()).isEqualTo(2);
        assertThat(json.get("answers").get(0).get("token_ids")).isEqualTo(json.get("token_ids"));
        assertThat(json.get("sampling").get("early_stopping").asString()).isEqualTo("never");
    }

    @Test
    void wrongSamplingIsOneSentence() {
        for (String[] wrong : new String[][] {
            {"--top-p", "0", "top-p"},
            {"--logit-bias", "5=x", "ID=ban"},
            {"--logit-bias", "999999=1", "logit-bias"},
            {"--sampling-order", "vllm", "hf or llama"},
            {"--early-stopping", "soon", "never"},
            {"--xtc-threshold", "0.6", "0.5"},
            {"--mirostat", "3", "mirostat"},
            {"--max-tokens", "0", "max-tokens"},
            {"--ban", "", "ban"}
        }) {
            Ran r = run("run", LLAMA, "hi", "--raw", wrong[0], wrong[1]);
            assertThat(r.code()).as(r.err()).isEqualTo(2);
            assertThat(r.err().strip().lines()).hasSize(1);
            assertThat(r.err()).contains(wrong[2]);
        }
    }

    @Test
    void fastNumericsAreUsedOrSaidNotToBe() {
        String q8 = GOLDEN + "gguf/llama-Q8_0.gguf";
        Ran scalar = run(
                "run",
                q8,
                "hi",
                "--raw",
                "--numerics",
                "fast",
                "--kernels",
                "scalar",
                "--verbose",
                "--max-tokens",
                "2");
        assertThat(scalar.err())
                .contains("numerics fast", "keys and values f16")
                .doesNotContain("were asked for");
        Ran floats = run(
                "run",
                LLAMA,
                "hi",
                "--raw",
                "--numerics",
                "fast",
                "--kernels",
                "vector",
                "--verbose",
                "--max-tokens",
                "2");
        assertThat(floats.err()).contains("numerics exact", "Fast numerics were asked for");
    }

    @Test
    void scoreGivesNullFirst() {
        Ran r = run("score", LLAMA, "--token-ids", "5,6,7", "--json");
        assertThat(r.code()).isZero();
        assertThat(r.json().get("token_ids").toString()).isEqualTo("[5,6,7]");
        assertThat(r.json().get("logprobs").get(0).isNull()).isTrue();
        assertThat(r.json().get("logprobs").size()).isEqualTo(3);
        assertThat(run("score", "starter", "A bird sings.").out()).contains("perplexity");
        assertThat(run("score", "starter").code()).isEqualTo(2);
    }

    @Test
    void showDescribesWithoutLoading() {
        Ran r = run("show", GOLDEN + "gguf/llama-mixed.gguf", "--tensors");
        assertThat(r.code()).isZero();
        assertThat(r.out()).contains("layers", "Q5_0", "blk.0.attn_q.weight", "[64, 64]");
        assertThat(run("show", GOLDEN + "models/llama_yarn").out()).contains("Yarn[factor=4.0");
    }

    @Test
    void tokenizeGoesBothWays() {
        Ran r = run("tokenize", LLAMA, "Olá, jandaia! 🦜", "--json");
        assertThat(r.code()).isZero();
        JsonNode ids = r.json().get("token_ids");
        assertThat(r.json().get("tokens").size()).isEqualTo(ids.size());
        assertThat(r.json().get("offsets").get(ids.size() - 1).get(1).asInt()).isEqualTo(15); // code points
        String back = run("tokenize", LLAMA, ids.toString().replaceAll("[\\[\\] ]", ""), "--decode")
                .out();
        assertThat(back.strip()).isEqualTo("Olá, jandaia! 🦜");
        assertThat(run("tokenize", LLAMA, ids.toString(), "--decode").out()).isEqualTo(back);
        assertThat(run("tokenize", GOLDEN + "gguf/llama-Q8_0.gguf", "bird", "--offsets")
                        .code())
                .isZero();
        assertThat(run("tokenize", LLAMA, "5", "--decode", "--offsets").err()).contains("--offsets");
    }

    @Test
    void tokenizeReadsWhatIsPiped() {
        InputStream in = System.in;
        try {
            String text = "Olá, jandaia! ".repeat(1_000);
            System.setIn(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
            Ran piped = run("tokenize", LLAMA, "--json");
            assertThat(piped.out())
                    .isEqualTo(run("tokenize", LLAMA, text, "--json").out());
            System.setIn(new ByteArrayInputStream(new byte[] {(byte) 0xC3, 'x'}));
            Ran damaged = run("tokenize", LLAMA);
            assertThat(damaged.code()).isEqualTo(2);
            assertThat(damaged.err()).contains("UTF-8");
        } finally {
            System.setIn(in);
        }
    }

    @Test
    void templatePrintsWhatTheModelSees(@TempDir Path folder) throws IOException {
        Path messages = folder.resolve("messages.json");
        Files.writeString(
                messages,
                "[{\"role\": \"system\", \"content\": \"Be kind.\"}, {\"role\": \"user\", \"content\": \"Olá\"}]");
        Ran r = run("template", "starter", "--messages", messages.toString());
        assertThat(r.code()).isZero();
        assertThat(r.out()).isEqualTo("Be kind.\n\n### Instruction:\nOlá\n\n### Response:\n");
        assertThat(run("template", "starter", "--messages", messages.toString(), "--template", "chatml")
                        .out())
                .startsWith("<|im_start|>system\nBe kind.<|im_end|>");
        assertThat(run("template", "starter", "--messages", messages.toString(), "--template", "nonsense")
                        .err())
                .contains("'nonsense'", "vicuna");
        Files.writeString(messages, "{}");
        assertThat(run("template", "starter", "--messages", messages.toString()).code())
                .isEqualTo(2);
    }

    @Test
    void applyDeltaWritesAModel(@TempDir Path folder) throws IOException {
        String[] args = {
            "apply-delta",
            GOLDEN + "delta/base",
            GOLDEN + "delta/delta",
            folder.resolve("out").toString(),
            "--expect-sum",
            "23.6823"
        };
        Ran r = run(args);
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out()).contains("12 tensors", "23.6823");
        assertThat(r.err()).contains("100 %", "mean of its other rows");
        assertThat(folder.resolve("out/model.safetensors")).exists();
        assertThat(run(args).code()).isEqualTo(2); // it is there already
        args[3] = folder.resolve("other").toString();
        args[5] = "50637.1836";
        Ran wrong = run(args);
        assertThat(wrong.code()).isEqualTo(1);
        assertThat(wrong.err()).contains("expected 50637.1836");
        assertThat(folder.resolve("other")).doesNotExist();
    }

    @Test
    void benchPrintsItsJson() {
        Ran r = run("bench", LLAMA, "-p", "8,16", "-n", "4", "-d", "0,16", "-b", "1,3", "-r", "2", "--json");
        assertThat(r.code()).as(r.err()).isZero();
        JsonNode found = r.json();
        assertThat(found.get("complete").asBoolean()).isTrue();
        assertThat(found.at("/limits/bytes_per_s").asDouble()).isPositive();
        assertThat(found.at("/limits/operations_per_s/floats").asDouble()).isPositive();
        assertThat(found.get("results")
                        .valueStream()
                        .map(w -> w.get("kind").asString() + " " + w.get("tokens") + " " + w.get("depth") + " "
                                + w.get("batch")))
                .containsExactly("prefill 8 0 1", "prefill 16 0 1", "decode 4 0 1", "decode 4 16 1", "decode 4 0 3");
        for (JsonNode row : found.get("results")) {
            assertThat(row.get("median").asDouble())
                    .isPositive()
                    .isLessThanOrEqualTo(row.get("best").asDouble());
            assertThat(row.get("limit").asDouble()).isPositive();
        }
    }

    @Test
    void benchShowsATableAndLeavesOutWhatDoesNotFit() {
        Ran r = run("bench", "starter", "-n", "2", "-b", "1", "-r", "1");
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out())
                .contains("prefill 128", "decode 2, context 0", "GB/s")
                .doesNotContain("2048");
        assertThat(r.err()).contains("512", "-p 2048", "-d 4096");
        assertThat(run("bench", "starter", "-p", "0", "-n", "0").code()).isEqualTo(2);
        assertThat(run("bench", "starter", "-b", "0").code()).isEqualTo(2);
    }

    @Test
    void doctorSaysWhatRunsHere() {
        Ran r = run("doctor");
        assertThat(r.code()).isZero();
        assertThat(r.out()).contains("JDK", "kernels", "GB/s", "free", "starter");
    }

    @Test
    void errorsAreOneSentenceWithTheirExitCode() {
        Ran wrong = run("run", "no/such/model", "Hi");
        assertThat(wrong.code()).isEqualTo(1);
        assertThat(wrong.err().strip().lines()).hasSize(1);
        assertThat(wrong.err()).contains("no/such/model", "starter");
        Ran lone = run("run", "missing.gguf");
        assertThat(lone.code()).isEqualTo(1);
        assertThat(lone.err()).contains("missing.gguf");
        Ran option = run("run", "--temprature", "1", "Hi");
        assertThat(option.code()).isEqualTo(2);
        assertThat(option.err().strip().lines()).hasSize(1);
        Ran range = run("run", "Hi", "--temperature", "-3");
        assertThat(range.code()).isEqualTo(2);
        assertThat(range.err()).contains("temperature").doesNotContain("\tat ");
        assertThat(run("run", "Hi", "--temperature", "-3", "--debug").err()).contains("\tat ");
        Ran longPrompt = run("run", "--raw", "word ".repeat(3000));
        assertThat(longPrompt.code()).isEqualTo(2);
        assertThat(longPrompt.err()).contains("512").contains("tokens");
        Ran unquoted = run("run", "tell", "me", "a", "story");
        assertThat(unquoted.code()).isEqualTo(2);
        assertThat(unquoted.err()).contains("quotes");
        assertThat(run("run", "starter", " ").code()).isEqualTo(2);
        assertThat(run("tokenize", "starter", "99999999", "--decode").code()).isEqualTo(2);
        assertThat(run("run", "Hi", "--threads", "0").code()).isEqualTo(2);
        assertThat(run("show", "starter", "--threads", "7").code()).isEqualTo(2);
        Ran bench = run("bench", "starter", "-p", "2147483647");
        assertThat(bench.code()).isEqualTo(2);
        assertThat(bench.err()).contains("512");
        assertThat(run("bench", "starter", "-r", "2147483647").code()).isEqualTo(2);
        assertThat(run("score", LLAMA, "--token-ids", "1,x").code()).isEqualTo(2);
        assertThat(run("score", LLAMA, "--token-ids", "1,999").code()).isEqualTo(2);
    }

    @Test
    void aPromptComesBeforeWhatIsPiped() {
        InputStream in = System.in;
        try {
            System.setIn(new ByteArrayInputStream("a bird".getBytes(StandardCharsets.UTF_8)));
            Ran both = run("run", "starter", "Summarise:", "--raw", "--max-tokens", "1", "--json");
            System.setIn(InputStream.nullInputStream());
            Ran one = run("run", "starter", "Summarise:\n\na bird", "--raw", "--max-tokens", "1", "--json");
            assertThat(both.json().get("prompt_token_ids")).isEqualTo(one.json().get("prompt_token_ids"));
        } finally {
            System.setIn(in);
        }
    }

    @Test
    void listShowsWhatIsHere(@TempDir Path home) throws IOException {
        Ran r = run("list");
        assertThat(r.code()).isZero();
        assertThat(r.out()).contains("NAME", "starter", "LlamaForCausalLM", "7.34M", "BF16");
        assertThat(run("ls", "--lang", "pt-BR").out()).contains("NOME", "modelos da Jandaia");
        assertThat(run("list", "--names").out().lines()).contains("starter");
        String before = System.getProperty("jandaia.home");
        try {
            System.setProperty("jandaia.home", home.toString());
            Path broken = Files.createDirectories(home.resolve("models/broken"));
            Files.writeString(broken.resolve("config.json"), "{\"architectures\": [\"No\\u001b[2JSuch\"]}");
            Ran list = run("list");
            assertThat(list.code()).isZero();
            assertThat(list.out()).contains("broken", "cannot be used: ").doesNotContain("\033");
            JsonNode model = run("list", "--json").json().get("models").get(0);
            assertThat(model.get("error").asString()).isNotEmpty();
        } finally {
            System.setProperty("jandaia.home", before);
        }
    }

    @Test
    void completionKnowsEveryCommandAndOption() {
        for (String shell : new String[] {"bash", "zsh", "fish"}) {
            Ran r = run("completion", shell);
            assertThat(r.code()).isZero();
            assertThat(r.out())
                    .contains("temperature", "tokenize", "doctor", "list --names")
                    .doesNotContain("%s", "%1$s");
        }
        assertThat(run("completion", "tcsh").code()).isEqualTo(2);
    }

    @Test
    void errorsAndHelpSpeakTheLanguageThatIsAsked() {
        assertThat(run("--lang", "pt-BR", "run", "--seed", "x").err())
                .startsWith("jandaia: erro: 'x' não é um valor para --seed.");
        assertThat(run("run", "--sead", "1", "--lang=pt").err()).contains("Não existe a opção", "--seed");
        assertThat(run("show", "--lang", "pt-BR").err()).contains("Falta: MODEL");
        assertThat(run("show", "starter", "--lang", "pt-BR").out()).contains("vocabulário", "camadas");
        assertThat(run("--help", "--lang", "pt").out()).startsWith("Uso: jandaia");
        Ran unknown = run("--lang", "xx", "list");
        assertThat(unknown.code()).isEqualTo(2);
        assertThat(unknown.err()).contains("'xx'", "pt-BR");
        assertThat(run("score", "starter", "A bird", "--json", "--lang", "pt-BR")
                        .out())
                .isEqualTo(run("score", "starter", "A bird", "--json").out());
    }
}
