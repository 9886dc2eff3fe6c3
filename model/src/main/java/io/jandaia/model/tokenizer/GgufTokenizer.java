package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Builds a tokenizer from the {@code tokenizer.ggml.*} metadata of a GGUF file. */
final class GgufTokenizer {

    private static final String KEY = "tokenizer.ggml.";

    /** Values of {@code tokenizer.ggml.token_type}. */
    private static final int NORMAL = 1;

    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;

    /** Spellings of tokens that end a turn or a text: files seldom name them all. */
    private static final Set<String> ENDS = Set.of(
            "<|eot_id|>",
            "<|im_end|>",
            "<|end|>",
            "<|return|>",
            "<|call|>",
            "<|calls|>",
            "<|flush|>",
            "<end_of_turn>",
            "<|endoftext|>",
            "</s>",
            "<|eom_id|>",
            "<EOT>",
            "_<EOT>",
            "[EOT]",
            "[EOS]",
            "<|end_of_text|>",
            "<end_of_utterance>",
            "<eos>",
            "<turn|>",
            "<|tool_response>",
            "<｜end▁of▁sentence｜>",
            "[e~[");

    private final GgufMetadata metadata;
    private final Vocabulary vocabulary;
    private final int[] types;
    private final int size;

    GgufTokenizer(Map<String, Object> values) {
        metadata = new GgufMetadata(values);
        String[] tokens = metadata.strings(KEY + "tokens");
        size = tokens.length;
        vocabulary = Vocabulary.of(tokens);
        types = new int[size];
        Arrays.fill(types, NORMAL);
        double[] given = metadata.numbers(KEY + "token_type");
        if (given != null) {
            requireLength("token_type", given.length);
            for (int i = 0; i < size; i++) types[i] = (int) given[i];
        }
    }

    private void requireLength(String name, int length) {
        if (length != size) {
            throw JandaiaException.format("Reading a GGUF tokenizer: " + KEY + name + " has " + length + " entries for "
                    + size + " tokens; the file is damaged.");
        }
    }

    Tokenizer build() {
        return new Tokenizer(parts());
    }

    Tokenizer.Parts parts() {
        String model = metadata.string(KEY + "model", "");
        return switch (model) {
            case "gpt2" -> byteLevel(metadata.string(KEY + "pre", "default"));
            case "gemma4" -> byteLevel("gemma4");
            case "llama" -> sentencePiece();
            case "bert" -> wordPiece();
            case "t5" -> unigram();
            default ->
                throw JandaiaException.unsupported("Reading a GGUF tokenizer: " + KEY + "model '" + model
                        + "' is not supported; known are gpt2, gemma4, llama, bert and t5.");
        };
    }

    private Tokenizer.Parts byteLevel(String pre) {
        SplitFamily family = SplitFamily.of(pre);
        if (family == null) {
            throw JandaiaException.unsupported("Reading a GGUF tokenizer: the splitter '" + pre + "' of " + KEY
                    + "pre is not supported; known are " + String.join(", ", SplitFamily.NAMES) + ".");
        }
        MergeTable merges;
        if (metadata.has(KEY + "merges")) {
            List<String> parts = new ArrayList<>();
            for (String merge : metadata.strings(KEY + "merges")) {
                ModelJson.addMerge(merge, parts, "the merges of a GGUF tokenizer");
            }
            merges = ModelJson.mergeTable(vocabulary, parts, "", "a GGUF tokenizer");
        } else if (pre.equals("kimi-k2")) {
            // Ranks in the tiktoken way: the id of the joined token.
            double[] scores = new double[size];
            for (int id = 0; id < size; id++) scores[id] = -id;
            merges = ScoredMerges.table(vocabulary, scores, this::isText);
        } else {
            throw JandaiaException.format("Reading a GGUF tokenizer: the key " + KEY + "merges is missing.");
        }
        int bos = metadata.id(KEY + "bos_token_id", family.bytes() ? 11 : -1, size);
        int eos = metadata.id(KEY + "eos_token_id", family.bytes() ? 11 : -1, size);
        int unk = metadata.id(KEY + "unknown_token_id", -1, size);
        boolean addBos = metadata.flag(KEY + "add_bos_token", family.addBos());
        boolean addEos = metadata.flag(KEY + "add_eos_token", false);
        boolean addSep = metadata.flag(KEY + "add_sep_token", family.addSep());
        var options = new Bpe.Options(family.bytes() ? -1 : unk, true, !family.bytes(), "", "", family.whole());
        List<PreTokenizer> steps = new ArrayList<>(family.steps());
        if (family.bytes()) steps.add(new PreTokenizer.ByteLevel(false, false, true));
        Decoder decoder = family.bytes()
                ? new Decoder.ByteLevel()
                : new Decoder.Chain(List.of(marksToSpaces(), new Decoder.ByteFallback()));
        return new Tokenizer.Parts(
                new Bpe(vocabulary, merges, options, false),
                family.bytes() ? new TextNormalizer.Chain(List.of()) : spacesToMarks(),
                new PreTokenizer.Chain(steps),
                added(),
                template(
                        addBos ? required(bos, "add_bos_token") : -1,
                        addEos || addSep ? required(addSep ? sep(eos) : eos, "add_eos_token") : -1,
                        addSep),
                decoder,
                special(bos, eos, unk));
    }

    private Tokenizer.Parts sentencePiece() {
        double[] scores = scores();
        MergeTable merges = ScoredMerges.table(vocabulary, scores, this::isText);
        int unk = metadata.id(KEY + "unknown_token_id", 0, size);
        int bos = metadata.id(KEY + "bos_token_id", 1, size);
        int eos = metadata.id(KEY + "eos_token_id", 2, size);
        boolean prefix = metadata.flag(KEY + "add_space_prefix", true);
        var options = new Bpe.Options(unk, true, true, "", "", Bpe.Whole.NONE);
        List<TextNormalizer> normalizers = new ArrayList<>();
        if (prefix) normalizers.add(new TextNormalizer.Prepend(String.valueOf(Metaspace.MARK)));
        normalizers.add(spacesToMarks());
        List<Decoder> decoders =
                new ArrayList<>(List.of(marksToSpaces(), new Decoder.ByteFallback(), new Decoder.Fuse()));
        if (prefix) decoders.add(new Decoder.Strip(' ', 1, 0));
        boolean addBos = metadata.flag(KEY + "add_bos_token", true);
        boolean addEos = metadata.flag(KEY + "add_eos_token", false);
        return new Tokenizer.Parts(
                new Bpe(vocabulary, merges, options, false),
                new TextNormalizer.Chain(normalizers),
                new PreTokenizer.Chain(List.of()),
                added(),
                template(
                        addBos ? required(bos, "add_bos_token") : -1,
                        addEos ? required(eos, "add_eos_token") : -1,
                        false),
                new Decoder.Chain(decoders),
                special(bos, eos, unk));
    }

    private Tokenizer.Parts wordPiece() {
        int unk = metadata.id(KEY + "unknown_token_id", 100, size);
        int bos = metadata.id(KEY + "bos_token_id", 101, size);
        int sep = metadata.id(KEY + "seperator_token_id", metadata.id(KEY + "separator_token_id", 102, size), size);
        int cls = metadata.id(KEY + "cls_token_id", bos, size);
        int eos = metadata.id(KEY + "eos_token_id", -1, size);
        boolean lowercase = metadata.flag(KEY + "normalizer.lowercase", true);
        boolean strip = metadata.flag(KEY + "normalizer.strip_accents", lowercase);
        String mark = String.valueOf(Metaspace.MARK);
        return new Tokenizer.Parts(
                WordPiece.of(vocabulary, required(unk, "unknown_token_id"), mark, "", 100),
                new BertNormalizer(true, true, strip, lowercase),
                new PreTokenizer.Bert(),
                added(),
                PostProcessor.around(required(cls, "cls_token_id"), required(sep, "seperator_token_id"), false),
                new Decoder.Chain(List.of(marksToSpaces(), new Decoder.Fuse(), new Decoder.Strip(' ', 1, 0))),
                special(cls, eos < 0 ? sep : eos, unk));
    }

    private Tokenizer.Parts unigram() {
        double[] scores = scores();
        int unk = metadata.id(KEY + "unknown_token_id", 2, size);
        int bos = metadata.id(KEY + "bos_token_id", -1, size);
        int eos = metadata.id(KEY + "eos_token_id", 1, size);
        boolean[] usable = new boolean[size];
        for (int id = 0; id < size; id++) {
            usable[id] = isText(id);
            if (types[id] == USER_DEFINED) scores[id] = 0;
        }
        double[] map = metadata.numbers(KEY + "precompiled_charsmap");
        CharsMap charsMap = null;
        if (map != null && map.length > 0) {
            byte[] bytes = new byte[map.length];
            for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (int) map[i];
            charsMap = CharsMap.read(bytes, "a GGUF tokenizer");
        }
        boolean prefix = metadata.flag(KEY + "add_space_prefix", true);
        return new Tokenizer.Parts(
                new Unigram(vocabulary, scores, usable, required(unk, "unknown_token_id"), false, false),
                new SentencePieceNormalizer(
                        charsMap, null, prefix, metadata.flag(KEY + "remove_extra_whitespaces", false), false),
                new PreTokenizer.Chain(List.of()),
                added(),
                template(
                        metadata.flag(KEY + "add_bos_token", false) ? required(bos, "add_bos_token") : -1,
                        metadata.flag(KEY + "add_eos_token", true) ? required(eos, "add_eos_token") : -1,
                        false),
                new Decoder.Chain(
                        List.of(marksToSpaces(), new Decoder.Fuse(), new Decoder.Strip(' ', prefix ? 1 : 0, 0))),
                special(bos, eos, unk));
    }

    private double[] scores() {
        double[] scores = metadata.numbers(KEY + "scores");
        if (scores == null) {
            throw JandaiaException.format("Reading a GGUF tokenizer: the key " + KEY + "scores is missing.");
        }
        requireLength("scores", scores.length);
        return scores;
    }

    /** Whether a token may come out of ordinary text. */
    private boolean isText(int id) {
        return types[id] == NORMAL || types[id] == USER_DEFINED || types[id] == UNUSED;
    }

    private int sep(int eos) {
        return metadata.id(KEY + "seperator_token_id", metadata.id(KEY + "separator_token_id", eos, size), size);
    }

    private int required(int id, String key) {
        if (id < 0) {
            throw JandaiaException.format("Reading a GGUF tokenizer: " + KEY + key
                    + " needs a token id that the file does not name; the file contradicts itself.");
        }
        return id;
    }

    private static TextNormalizer spacesToMarks() {
        return new TextNormalizer.Replace(SplitPattern.literal(" "), " ", String.valueOf(Metaspace.MARK));
    }

    private static Decoder marksToSpaces() {
        String mark = String.valueOf(Metaspace.MARK);
        return new Decoder.Replace(SplitPattern.literal(mark), mark, " ");
    }

    /** The tokens that are found in the text before the model sees it. */
    private List<AddedToken> added() {
        String name = metadata.string("general.name", "").toLowerCase(Locale.ROOT);
        boolean phi3 = name.contains("phi-3") || name.contains("phi3");
        String pre = metadata.string(KEY + "pre", "");
        boolean maskTakesSpace = pre.startsWith("jina-v2-") || name.contains("modern-bert");
        List<AddedToken> added = new ArrayList<>();
        for (int id = 0; id < size; id++) {
            String content = vocabulary.token(id);
            if (content == null || content.isEmpty()) continue;
            boolean ends = types[id] != NORMAL && ENDS.contains(content);
            boolean special = types[id] == CONTROL || types[id] == UNKNOWN || ends;
            if (!special && types[id] != USER_DEFINED) continue;
            // The file format has no place for this flag; these models are known to need it.
            boolean rstrip = phi3 && !Set.of("<unk>", "<s>", "<|endoftext|>").contains(content);
            boolean lstrip = maskTakesSpace && (content.equals("<mask>") || content.equals("[MASK]"));
            added.add(new AddedToken(id, content, false, lstrip, rstrip, false, special));
        }
        return added;
    }

    private static @Nullable PostProcessor template(int before, int after, boolean encoder) {
        if (encoder && before >= 0) return PostProcessor.around(before, after, true);
        return TokenizerFiles.frame(before, after);
    }

    private Tokenizer.SpecialIds special(int bos, int eos, int unk) {
        Set<Integer> ends = new LinkedHashSet<>();
        if (eos >= 0) ends.add(eos);
        for (String name : List.of("eot_token_id", "eom_token_id")) {
            int id = metadata.id(KEY + name, -1, size);
            if (id >= 0) ends.add(id);
        }
        for (int id = 0; id < size; id++) {
            String token = vocabulary.token(id);
            if (types[id] != NORMAL && token != null && ENDS.contains(token)) ends.add(id);
        }
        // In the harmony format <|end|> ends a message within a turn; Gemma 4 has an unused </s>.
        if (has(ends, "<|return|>") && has(ends, "<|call|>")) ends.remove(vocabulary.id("<|end|>"));
        if (has(ends, "<|calls|>") && has(ends, "<|flush|>")) ends.remove(vocabulary.id("<|end|>"));
        if (has(ends, "<|tool_response>") && vocabulary.id("</s>") != eos) ends.remove(vocabulary.id("</s>"));
        int pad = metadata.id(KEY + "padding_token_id", -1, size);
        return new Tokenizer.SpecialIds(bos, eos, pad, unk, -1, Set.copyOf(ends));
    }

    private boolean has(Set<Integer> ends, String token) {
        return ends.contains(vocabulary.id(token));
    }
}
