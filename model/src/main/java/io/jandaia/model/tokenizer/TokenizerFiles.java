package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.json.JsonFactory;

/** Finds the tokenizer of a model folder and reads the formats that came before {@code tokenizer.json}. */
final class TokenizerFiles {

    private final Path folder;
    private final TokenizerConfig config;

    private TokenizerFiles(Path folder) {
        this.folder = folder;
        config = new TokenizerConfig(folder);
    }

    static Tokenizer load(Path folder) {
        return new Tokenizer(parts(folder));
    }

    static Tokenizer.Parts parts(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw JandaiaException.notFound("Loading a tokenizer: " + folder + " is not a folder.");
        }
        return new TokenizerFiles(folder).load();
    }

    private boolean has(String name) {
        return Files.isRegularFile(folder.resolve(name));
    }

    private Tokenizer.Parts load() {
        if (has("tokenizer.json")) {
            Path file = folder.resolve("tokenizer.json");
            return build(TokenizerJson.read(read(file), file.toString()).parts(Tokenizer.SpecialIds.NONE));
        }
        if (has("source.spm") && has("vocab.json")) return marian();
        if (has("vocab.json") && has("merges.txt")) return byteLevel();
        for (String name :
                List.of("tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "sentencepiece.model")) {
            if (has(name)) return sentencePiece(folder.resolve(name));
        }
        if (has("vocab.txt")) return bert();
        throw JandaiaException.notFound(
                "Loading a tokenizer: " + folder + " has none of tokenizer.json, source.spm with"
                        + " vocab.json, vocab.json with merges.txt, tokenizer.model, spiece.model, sentencepiece.bpe.model and"
                        + " vocab.txt.");
    }

    static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.NOT_FOUND, "Reading " + file + " failed: " + e.getMessage() + ".", e);
        }
    }

    private List<String> lines(String name) {
        return new String(read(folder.resolve(name)), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    /** Puts the ids with a role to the other parts. */
    private Tokenizer.Parts build(Tokenizer.Parts parts) {
        Vocabulary vocabulary = parts.model().vocabulary();
        int size = vocabulary.size();
        for (AddedToken token : parts.added()) size = Math.max(size, token.id() + 1);
        Tokenizer.SpecialIds ids = config.ids(
                spelling -> {
                    for (AddedToken token : parts.added()) if (token.content().equals(spelling)) return token.id();
                    return vocabulary.id(spelling);
                },
                size);
        return new Tokenizer.Parts(
                parts.model(),
                parts.normalizer(),
                parts.preTokenizer(),
                parts.added(),
                parts.postProcessor(),
                parts.decoder(),
                ids);
    }

    private Vocabulary vocabularyJson() {
        Path file = folder.resolve("vocab.json");
        try (JsonParser parser =
                new JsonFactory().createParser(tools.jackson.core.ObjectReadContext.empty(), read(file))) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw JandaiaException.format("Reading " + file + ": expected an object of tokens and ids.");
            }
            return ModelJson.readTokens(parser, file.toString()).build();
        } catch (JacksonException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.FORMAT,
                    "Reading " + file + ": the JSON is damaged (" + e.getOriginalMessage() + "); fetch the file again.",
                    e);
        }
    }

    /** GPT-2 and its relatives. */
    private Tokenizer.Parts byteLevel() {
        String kind = config.tokenizerClass();
        boolean qwen = kind.equals("Qwen2Tokenizer");
        boolean roberta = List.of("RobertaTokenizer", "BartTokenizer", "LongformerTokenizer", "LEDTokenizer")
                .contains(kind);
        if (!qwen
                && !roberta
                && !List.of("", "GPT2Tokenizer", "CodeGenTokenizer", "GPTNeoXTokenizer")
                        .contains(kind)) {
            throw JandaiaException.unsupported(
                    "Loading a tokenizer: " + folder + " has no tokenizer.json, and vocab.json"
                            + " with merges.txt is not supported for " + kind + "; convert it to tokenizer.json.");
        }
        Vocabulary vocabulary = vocabularyJson();
        List<String> merges = new ArrayList<>();
        String where = folder.resolve("merges.txt").toString();
        for (String line : lines("merges.txt")) {
            if (!line.startsWith("#version") && !line.isEmpty()) ModelJson.addMerge(line, merges, where);
        }
        var options = new Bpe.Options(-1, false, false, "", "", Bpe.Whole.NONE);
        SplitFamily family = SplitFamily.of("qwen2");
        List<PreTokenizer> steps = new ArrayList<>(qwen && family != null ? family.steps() : List.of());
        steps.add(new PreTokenizer.ByteLevel(config.flag("add_prefix_space", false), !qwen, true));
        PostProcessor template = null;
        if (roberta) {
            int cls = required(vocabulary, config.token("cls_token", "<s>"));
            int sep = required(vocabulary, config.token("sep_token", "</s>"));
            template = PostProcessor.around(cls, sep, true);
        } else if (config.flag("add_bos_token", false)) {
            template = frame(required(vocabulary, config.token("bos_token", "<|endoftext|>")), -1);
        }
        return build(new Tokenizer.Parts(
                new Bpe(vocabulary, ModelJson.mergeTable(vocabulary, merges, "", where), options, false),
                qwen ? new TextNormalizer.Canonical(Form.NFC) : new TextNormalizer.Chain(List.of()),
                new PreTokenizer.Chain(steps),
                config.added(vocabulary, List.of("<|endoftext|>", "<s>", "</s>", "<pad>", "<unk>", "<mask>")),
                template,
                new Decoder.ByteLevel(),
                Tokenizer.SpecialIds.NONE));
    }

    private int required(Vocabulary vocabulary, String token) {
        int id = vocabulary.id(token);
        if (id < 0) {
            throw JandaiaException.format("Loading a tokenizer: the token '" + token + "' is not in the vocabulary of "
                    + folder + "; the files contradict each other.");
        }
        return id;
    }

    private Tokenizer.Parts bert() {
        var builder = new Vocabulary.Builder(folder.resolve("vocab.txt").toString());
        int next = 0;
        for (String line : lines("vocab.txt")) builder.add(line.stripTrailing(), next++);
        Vocabulary vocabulary = builder.build();
        boolean lowercase = config.flag("do_lower_case", true);
        int cls = required(vocabulary, config.token("cls_token", "[CLS]"));
        int sep = required(vocabulary, config.token("sep_token", "[SEP]"));
        int unknown = required(vocabulary, config.token("unk_token", "[UNK]"));
        return build(new Tokenizer.Parts(
                WordPiece.of(vocabulary, unknown, "", "##", 100),
                new BertNormalizer(
                        true,
                        config.flag("tokenize_chinese_chars", true),
                        config.flag("strip_accents", lowercase),
                        lowercase),
                new PreTokenizer.Bert(),
                config.added(vocabulary, List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")),
                PostProcessor.around(cls, sep, false),
                new Decoder.WordPiece("##", true),
                Tokenizer.SpecialIds.NONE));
    }

    private Tokenizer.Parts sentencePiece(Path file) {
        byte[] bytes = read(file);
        if (bytes.length > 4 && isBase64Line(bytes)) {
            throw JandaiaException.unsupported("Loading a tokenizer: " + file
                    + " is a list of byte tokens in Base64, which does not say how text is cut; convert it to"
                    + " tokenizer.json.");
        }
        var model = SentencePieceModel.read(bytes, file.toString());
        Vocabulary vocabulary = model.vocabulary();
        List<String> controls = new ArrayList<>();
        for (int id = 0; id < model.size(); id++) {
            if (model.types[id] == SentencePieceModel.CONTROL || id == model.unk) controls.add(model.pieces.get(id));
        }
        String kind = config.tokenizerClass();
        boolean begins;
        boolean ends;
        switch (kind) {
            case "" -> {
                begins = model.isBpe() && model.bos >= 0;
                ends = !model.isBpe() && model.eos >= 0;
            }
            case "LlamaTokenizer", "GemmaTokenizer", "CodeLlamaTokenizer" -> {
                begins = config.flag("add_bos_token", true);
                ends = config.flag("add_eos_token", false);
            }
            case "T5Tokenizer" -> {
                begins = false;
                ends = true;
            }
            default -> {
                if (!config.has("add_bos_token") && !config.has("add_eos_token")) {
                    throw JandaiaException.unsupported("Loading a tokenizer: " + folder
                            + " has no tokenizer.json, and a" + " SentencePiece model is not supported for " + kind
                            + "; convert it to tokenizer.json.");
                }
                begins = config.flag("add_bos_token", false);
                ends = config.flag("add_eos_token", false);
            }
        }
        return build(new Tokenizer.Parts(
                model.model(),
                model.normalizer(),
                new PreTokenizer.Chain(List.of()),
                config.added(vocabulary, controls),
                frame(
                        begins ? required(vocabulary, config.token("bos_token", piece(model, model.bos))) : -1,
                        ends ? required(vocabulary, config.token("eos_token", piece(model, model.eos))) : -1),
                model.decoder(),
                Tokenizer.SpecialIds.NONE));
    }

    private static String piece(SentencePieceModel model, int id) {
        return id >= 0 && id < model.size() ? model.pieces.get(id) : "";
    }

    private static boolean isBase64Line(byte[] bytes) {
        int i = 0;
        while (i < bytes.length && i < 200 && (Character.isLetterOrDigit(bytes[i]) || "+/=".indexOf(bytes[i]) >= 0))
            i++;
        return i >= 2 && i + 1 < bytes.length && bytes[i] == ' ' && Character.isDigit(bytes[i + 1]);
    }

    /** Marian: the pieces of one SentencePiece model, numbered by another vocabulary. */
    private Tokenizer.Parts marian() {
        if (config.flag("separate_vocabs", false)) {
            throw JandaiaException.unsupported("Loading a tokenizer: " + folder
                    + " has one vocabulary for each language, which is not supported by this version.");
        }
        Path file = folder.resolve("source.spm");
        var model = SentencePieceModel.read(read(file), file.toString());
        Vocabulary vocabulary = vocabularyJson();
        int unknown = required(vocabulary, config.token("unk_token", "<unk>"));
        int end = required(vocabulary, config.token("eos_token", "</s>"));
        return build(new Tokenizer.Parts(
                new Renumbered(model.model(), model.unk, vocabulary, unknown),
                model.normalizer(),
                new PreTokenizer.Chain(List.of()),
                config.added(vocabulary, List.of("</s>", "<unk>", "<pad>")),
                frame(-1, end),
                model.marianDecoder(Set.of(
                        config.token("unk_token", "<unk>"),
                        config.token("eos_token", "</s>"),
                        config.token("pad_token", "<pad>"))),
                Tokenizer.SpecialIds.NONE));
    }

    /** Tokens before and after each text; null for none. */
    static @Nullable PostProcessor frame(int before, int after) {
        if (before < 0 && after < 0) return null;
        List<PostProcessor.Part> single = new ArrayList<>();
        List<PostProcessor.Part> pair = new ArrayList<>();
        for (int sequence = 0; sequence < 2; sequence++) {
            List<PostProcessor.Part> parts = new ArrayList<>();
            if (before >= 0) parts.add(new PostProcessor.Part(-1, new int[] {before}, sequence));
            parts.add(new PostProcessor.Part(sequence, new int[0], sequence));
            if (after >= 0) parts.add(new PostProcessor.Part(-1, new int[] {after}, sequence));
            if (sequence == 0) single.addAll(parts);
            pair.addAll(parts);
        }
        return new PostProcessor.Template(single, pair);
    }
}
