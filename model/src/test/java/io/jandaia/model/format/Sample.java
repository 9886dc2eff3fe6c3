package io.jandaia.model.format;

import io.jandaia.tensor.ElementType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Valid files to be damaged.
 *
 * @param open the files to open, for the level FILE
 */
record Sample(String name, Level level, List<String> open, Map<String, byte[]> files) {

    /** How much of the platform reads them. */
    enum Level {
        /** A file of tensors or a configuration. */
        FILE,
        /** Tokenizer and chat template of a folder. */
        TEXT,
        /** A whole model, as {@code show} opens it. */
        FOLDER
    }

    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    static List<Sample> all() throws IOException {
        List<Sample> samples = new ArrayList<>(List.of(gguf(), safetensors(), sharded(), split(), config()));
        for (String name : List.of("protocol2.bin", "protocol4.bin", "views.bin", "types.bin", "training.bin")) {
            samples.add(file(name, Files.readAllBytes(GOLDEN.resolve("torch").resolve(name))));
        }
        for (String name : List.of("protocol2_legacy.bin", "protocol5_legacy.bin", "views_legacy.bin")) {
            samples.add(file(name, Files.readAllBytes(GOLDEN.resolve("torch").resolve(name))));
        }
        Map<String, byte[]> shards = new LinkedHashMap<>();
        for (String name : List.of(
                "pytorch_model.bin.index.json",
                "pytorch_model-00001-of-00002.bin",
                "pytorch_model-00002-of-00002.bin")) {
            shards.put(name, Files.readAllBytes(GOLDEN.resolve("torch").resolve(name)));
        }
        samples.add(new Sample("torch-shards", Level.FILE, List.of("pytorch_model.bin.index.json"), shards));
        for (String name : List.of("gpt2_bytelevel", "llama2_spm_bpe", "bert_uncased", "deepseek_sequence")) {
            samples.add(folder(name, Level.TEXT, GOLDEN.resolve("tokenizers").resolve(name), "tokenizer.json"));
        }
        samples.add(sentencePiece(1));
        samples.add(sentencePiece(2));
        samples.add(byteLevel());
        samples.add(wordPiece());
        samples.add(folder(
                "dolly",
                Level.FOLDER,
                GOLDEN.resolve("dolly"),
                "config.json",
                "generation_config.json",
                "tokenizer.json",
                "tokenizer_config.json",
                "model.safetensors"));
        samples.add(template());
        return samples;
    }

    private static Sample file(String name, byte[] bytes) {
        return new Sample(name, Level.FILE, List.of(name), Map.of(name, bytes));
    }

    private static Sample folder(String name, Level level, Path folder, String... files) throws IOException {
        Map<String, byte[]> contents = new LinkedHashMap<>();
        for (String file : files) {
            contents.put(file, Files.readAllBytes(folder.resolve(file)));
        }
        return new Sample(name, level, List.of(), contents);
    }

    private static Map<String, byte[]> texts(String... namesAndTexts) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (int i = 0; i < namesAndTexts.length; i += 2) {
            files.put(namesAndTexts[i], namesAndTexts[i + 1].getBytes(StandardCharsets.UTF_8));
        }
        return files;
    }

    private static Sample gguf() {
        float[] block = new float[32];
        for (int i = 0; i < block.length; i++) {
            block[i] = i / 8f - 2;
        }
        return file(
                "m.gguf",
                new GgufBytes()
                        .put("general.architecture", "llama")
                        .put("llama.count", 2)
                        .put("llama.eps", 1e-5f)
                        .put("llama.on", true)
                        .put(
                                "nested",
                                9,
                                b -> b.i32(9).i64(1).i32(5).i64(2).i32(7).i32(8))
                        .put("tokens", "a", "bc", "鳥")
                        .put("scores", 1f, 2f)
                        .put("types", 1, 2, 3)
                        .add("f", ElementType.F32, new long[] {2, 2}, 1, 2, 3, 4)
                        .add("q", ElementType.Q8_0, new long[] {1, 32}, block)
                        .add("k", 14, new long[] {1, 256}, new byte[210])
                        .bytes());
    }

    private static Sample safetensors() {
        return file(
                "m.safetensors",
                new SafetensorsBytes()
                        .metadata("format", "pt")
                        .add("w", new long[] {2, 2}, 1, 2, 3, 4)
                        .add("h", "BF16", new long[] {3}, new byte[6])
                        .add("m", "BOOL", new long[] {2}, new byte[2])
                        .bytes());
    }

    private static Sample sharded() {
        Map<String, byte[]> files =
                texts("i.json", "{\"metadata\":{\"total_size\":8},\"weight_map\":{\"a\":\"s1\",\"b\":\"s2\"}}");
        files.put("s1", new SafetensorsBytes().add("a", new long[] {1}, 1).bytes());
        files.put("s2", new SafetensorsBytes().add("b", new long[] {1}, 1).bytes());
        return new Sample("sharded", Level.FILE, List.of("i.json"), files);
    }

    private static Sample split() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (int i = 0; i < 2; i++) {
            int number = i;
            files.put(
                    "m-0000" + (i + 1) + "-of-00002.gguf",
                    new GgufBytes()
                            .put("general.architecture", "x")
                            .put("split.no", 2, b -> b.i16(number))
                            .put("split.count", 2, b -> b.i16(2))
                            .add("t" + i, ElementType.F32, new long[] {1}, 1)
                            .bytes());
        }
        return new Sample("split", Level.FILE, List.of("m-00001-of-00002.gguf"), files);
    }

    private static Sample config() {
        return new Sample(
                "config",
                Level.FILE,
                List.of("config.json"),
                texts(
                        "config.json",
                        "{\"hidden_size\":64,\"text_config\":{\"model_type\":\"x\"},\"rope\":{\"theta\":1e4},\"eos\":[1,2],\"n\":null}"));
    }

    /** The oldest files of byte-level BPE. */
    private static Sample byteLevel() {
        StringBuilder vocabulary = new StringBuilder("{\"<|endoftext|>\":0,\"ab\":1,\"abc\":2,\"Ġab\":3");
        int id = 4;
        for (char c : "abcdefghijklmnopqrstuvwxyzĠĊ!,.0123456789Ã¡".toCharArray()) {
            vocabulary.append(",\"").append(c).append("\":").append(id++);
        }
        return new Sample(
                "byte-level",
                Level.TEXT,
                List.of(),
                texts(
                        "vocab.json",
                        vocabulary.append('}').toString(),
                        "merges.txt",
                        "#version: 0.2\na b\nab c\nĠ ab\n",
                        "tokenizer_config.json",
                        "{\"tokenizer_class\":\"GPT2Tokenizer\",\"eos_token\":\"<|endoftext|>\",\"add_prefix_space\":false}",
                        "special_tokens_map.json",
                        "{\"bos_token\":\"<|endoftext|>\"}",
                        "added_tokens.json",
                        "{\"<x>\":60}"));
    }

    private static Sample wordPiece() {
        return new Sample(
                "word-piece",
                Level.TEXT,
                List.of(),
                texts(
                        "vocab.txt",
                        "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nola\njan\n##daia\n!\n,\n1\n##2\n##3\n",
                        "tokenizer_config.json",
                        "{\"tokenizer_class\":\"BertTokenizer\",\"do_lower_case\":true,\"cls_token\":\"[CLS]\"}"));
    }

    /** @param model 1 for Unigram, 2 for BPE */
    private static Sample sentencePiece(int model) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String[] pieces = {"<unk>", "<s>", "</s>", "▁", "a", "b", "ab", "▁ab", "▁jan", "Ol", "á", "!", ","};
        for (int i = 0; i < pieces.length; i++) {
            byte[] text = pieces[i].getBytes(StandardCharsets.UTF_8);
            ByteBuffer piece = ByteBuffer.allocate(text.length + 9).order(ByteOrder.LITTLE_ENDIAN);
            piece.put((byte) 10)
                    .put((byte) text.length)
                    .put(text)
                    .put((byte) 21)
                    .putFloat(-i);
            piece.put((byte) 24).put((byte) (i == 0 ? 2 : i < 3 ? 3 : 1));
            out.write(10);
            out.write(piece.capacity());
            byte[] bytes = new byte[piece.capacity()];
            piece.get(0, bytes);
            out.writeBytes(bytes);
        }
        out.writeBytes(new byte[] {18, 4, 24, (byte) model, 0x20, 13}); // trainer: model type, size
        out.writeBytes(new byte[] {26, 6, 24, 1, 32, 1, 40, 1}); // normaliser: dummy prefix, extra spaces, escapes
        Map<String, byte[]> files = texts(
                "tokenizer_config.json",
                model == 1 ? "{\"tokenizer_class\":\"T5Tokenizer\"}" : "{\"tokenizer_class\":\"LlamaTokenizer\"}");
        files.put(model == 1 ? "spiece.model" : "tokenizer.model", out.toByteArray());
        return new Sample(model == 1 ? "spiece-unigram" : "spiece-bpe", Level.TEXT, List.of(), files);
    }

    /** A template that uses much of the language. */
    private static Sample template() throws IOException {
        Sample words = byteLevel();
        Map<String, byte[]> files = new LinkedHashMap<>(words.files());
        files.put("chat_template.jinja", """
                {%- macro say(role, text) %}{{ '<|' ~ role ~ '|>' }}{{ text | trim | upper }}{% endmacro %}
                {%- set ns = namespace(n=0) %}
                {%- for m in messages if m.role != 'tool' %}
                {%- if loop.first and m['role'] == "system" %}{{ say('system', m.content[:20]) }}
                {%- elif m.content is string %}{{ say(m.role, m.content.split(' ')[0] * 2) }}
                {%- else %}{{ raise_exception('what is ' + m.role) }}{% endif %}
                {%- set ns.n = ns.n + 1 %}
                {%- endfor %}
                {{- messages | map(attribute='role') | join(', ') | replace('user', 'u') }}
                {{- {'a': [1, 2.5, none]} | tojson(indent=2) }}{{ ns.n // 2 ** 2 % 7 }}
                {%- if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}
                """.getBytes(StandardCharsets.UTF_8));
        return new Sample("template", Level.TEXT, List.of(), files);
    }
}
