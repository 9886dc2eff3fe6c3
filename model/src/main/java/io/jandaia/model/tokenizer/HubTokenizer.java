package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A tokenizer's parts as {@code tokenizer.json} and {@code tokenizer_config.json}, the inverse of {@link TokenizerJson} for what
 * GGUF vocabularies are made of.
 */
public final class HubTokenizer {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Tokenizer.Parts parts;

    private HubTokenizer(Tokenizer.Parts parts) {
        this.parts = parts;
    }

    /**
     * Writes the tokenizer of a GGUF file's metadata to a folder.
     *
     * @throws JandaiaException UNSUPPORTED for a vocabulary that {@code tokenizer.json} cannot say
     */
    public static void write(Map<String, Object> gguf, Path folder) {
        HubTokenizer t = new HubTokenizer(new GgufTokenizer(gguf).parts());
        save(folder.resolve("tokenizer.json"), t.file());
        save(folder.resolve("tokenizer_config.json"), t.config());
    }

    private static void save(Path file, Object json) {
        try {
            Files.writeString(file, JSON.writeValueAsString(json) + "\n");
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE, "Cannot write " + file + ": " + e + "; check the disk.", e);
        }
    }

    private Map<String, @Nullable Object> file() {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("version", "1.0");
        out.put("truncation", null);
        out.put("padding", null);
        out.put(
                "added_tokens",
                parts.added().stream()
                        .map(t -> object(
                                "id", t.id(),
                                "content", t.content(),
                                "single_word", t.singleWord(),
                                "lstrip", t.lstrip(),
                                "rstrip", t.rstrip(),
                                "normalized", t.normalized(),
                                "special", t.special()))
                        .toList());
        out.put("normalizer", normalizer(parts.normalizer()));
        out.put("pre_tokenizer", preTokenizer(parts.preTokenizer()));
        out.put("post_processor", postProcessor());
        out.put("decoder", decoder(parts.decoder()));
        out.put("model", model());
        return out;
    }

    private Map<String, @Nullable Object> config() {
        Map<String, @Nullable Object> out =
                object("tokenizer_class", "PreTrainedTokenizerFast", "clean_up_tokenization_spaces", false);
        Tokenizer.SpecialIds s = parts.special();
        int[] ids = {s.bos(), s.eos(), s.unk(), s.pad()};
        String[] names = {"bos_token", "eos_token", "unk_token", "pad_token"};
        for (int i = 0; i < ids.length; i++) {
            String token = parts.model().vocabulary().token(ids[i]);
            if (token != null) {
                out.put(names[i], token);
            }
        }
        return out;
    }

    private static Map<String, @Nullable Object> object(Object... pairs) {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            out.put((String) pairs[i], pairs[i + 1]);
        }
        return out;
    }

    private static JandaiaException unsupported(Object part) {
        return JandaiaException.unsupported("Cannot write a tokenizer.json: it would need a "
                + part.getClass().getSimpleName() + ", which this version only reads.");
    }

    private static Map<String, @Nullable Object> pattern(SplitPattern pattern, String literal) {
        return literal.isEmpty() ? object("Regex", pattern.toString()) : object("String", literal);
    }

    private static @Nullable Map<String, @Nullable Object> normalizer(TextNormalizer n) {
        return switch (n) {
            case TextNormalizer.Chain c when c.steps().isEmpty() -> null;
            case TextNormalizer.Chain c ->
                object("type", "Sequence", "normalizers", list(c.steps(), HubTokenizer::normalizer));
            case TextNormalizer.Prepend p -> object("type", "Prepend", "prepend", p.prefix());
            case TextNormalizer.Replace r ->
                object("type", "Replace", "pattern", pattern(r.pattern(), r.literal()), "content", r.content());
            case SentencePieceNormalizer s -> {
                CharsMap map = s.map();
                List<Object> steps = new ArrayList<>();
                if (map != null) {
                    String data = Base64.getEncoder().encodeToString(map.data());
                    steps.add(object("type", "Precompiled", "precompiled_charsmap", data));
                }
                if (s.removeExtra()) {
                    steps.add(object("type", "Strip", "strip_left", true, "strip_right", true));
                    steps.add(object("type", "Replace", "pattern", object("Regex", " {2,}"), "content", " "));
                }
                yield object("type", "Sequence", "normalizers", steps);
            }
            case BertNormalizer b ->
                object(
                        "type",
                        "BertNormalizer",
                        "clean_text",
                        true,
                        "handle_chinese_chars",
                        true,
                        "strip_accents",
                        b.lowercase(),
                        "lowercase",
                        b.lowercase());
            default -> throw unsupported(n);
        };
    }

    private static <T> List<@Nullable Object> list(List<T> of, java.util.function.Function<T, @Nullable Object> each) {
        List<@Nullable Object> out = new ArrayList<>();
        of.forEach(one -> out.add(each.apply(one)));
        return out;
    }

    private @Nullable Map<String, @Nullable Object> preTokenizer(PreTokenizer p) {
        return switch (p) {
            case PreTokenizer.Chain c
            when c.steps().isEmpty() ->
                parts.normalizer() instanceof SentencePieceNormalizer s
                        ? object(
                                "type",
                                "Metaspace",
                                "replacement",
                                String.valueOf(Metaspace.MARK),
                                "prepend_scheme",
                                s.addPrefix() ? "always" : "never",
                                "split",
                                true)
                        : null;
            case PreTokenizer.Chain c ->
                object("type", "Sequence", "pretokenizers", list(c.steps(), this::preTokenizer));
            case PreTokenizer.Split s ->
                object(
                        "type",
                        "Split",
                        "pattern",
                        object("Regex", s.pattern().toString()),
                        "behavior",
                        "Isolated",
                        "invert",
                        false);
            case PreTokenizer.ByteLevel b ->
                object(
                        "type",
                        "ByteLevel",
                        "add_prefix_space",
                        b.addPrefixSpace(),
                        "trim_offsets",
                        true,
                        "use_regex",
                        b.useRegex());
            case PreTokenizer.Bert b -> object("type", "BertPreTokenizer");
            default -> throw unsupported(p);
        };
    }

    /** Templates only: tokens before and after. */
    private @Nullable Map<String, @Nullable Object> postProcessor() {
        PostProcessor p = parts.postProcessor();
        if (p == null) {
            return null;
        }
        if (!(p instanceof PostProcessor.Template t)) {
            throw unsupported(p);
        }
        Map<String, @Nullable Object> special = new LinkedHashMap<>();
        return object(
                "type",
                "TemplateProcessing",
                "single",
                list(t.single(), part -> piece(part, special)),
                "pair",
                list(t.pair(), part -> piece(part, special)),
                "special_tokens",
                special);
    }

    private Map<String, @Nullable Object> piece(PostProcessor.Part part, Map<String, @Nullable Object> special) {
        if (part.sequence() >= 0) {
            return object("Sequence", object("id", part.sequence() == 0 ? "A" : "B", "type_id", part.type()));
        }
        String token = String.valueOf(parts.model().vocabulary().token(part.ids()[0]));
        special.put(token, object("id", token, "ids", part.ids(), "tokens", List.of(token)));
        return object("SpecialToken", object("id", token, "type_id", part.type()));
    }

    private Map<String, @Nullable Object> decoder(Decoder d) {
        if (parts.model() instanceof WordPiece) {
            return object("type", "WordPiece", "prefix", "##", "cleanup", true);
        }
        return switch (d) {
            case Decoder.Chain c -> object("type", "Sequence", "decoders", list(c.steps(), this::decoder));
            case Decoder.ByteLevel b ->
                object("type", "ByteLevel", "add_prefix_space", true, "trim_offsets", true, "use_regex", true);
            case Decoder.ByteFallback b -> object("type", "ByteFallback");
            case Decoder.Fuse f -> object("type", "Fuse");
            case Decoder.Replace r ->
                object("type", "Replace", "pattern", pattern(r.pattern(), r.literal()), "content", r.content());
            case Decoder.Strip s ->
                object(
                        "type", "Strip",
                        "content", Character.toString(s.content()),
                        "start", s.start(),
                        "stop", s.stop());
            default -> throw unsupported(d);
        };
    }

    private Map<String, @Nullable Object> model() {
        Vocabulary vocabulary = parts.model().vocabulary();
        return switch (parts.model()) {
            case Bpe b -> {
                Bpe.Options o = b.options();
                Map<String, @Nullable Object> out = object("type", "BPE", "dropout", false);
                out.put("dropout", null);
                out.put("unk_token", o.unknown() < 0 ? null : vocabulary.token(o.unknown()));
                out.put("continuing_subword_prefix", null);
                out.put("end_of_word_suffix", null);
                out.put("fuse_unk", o.fuseUnknown());
                out.put("byte_fallback", o.byteFallback());
                out.put("ignore_merges", o.whole() == Bpe.Whole.ALL);
                out.put("vocab", ids(vocabulary, false));
                out.put(
                        "merges",
                        list(
                                b.merges().sorted(),
                                m -> List.of(
                                        String.valueOf(vocabulary.token(m.left())),
                                        String.valueOf(vocabulary.token(m.right())))));
                yield out;
            }
            case Unigram u -> {
                List<Object> pieces = new ArrayList<>();
                for (int id = 0; id < vocabulary.size(); id++) {
                    pieces.add(List.of(String.valueOf(vocabulary.token(id)), u.scores()[id]));
                }
                yield object("type", "Unigram", "unk_id", u.unknown(), "vocab", pieces, "byte_fallback", false);
            }
            case WordPiece w ->
                object(
                        "type", "WordPiece",
                        "unk_token", String.valueOf(vocabulary.token(w.unknown())),
                        "continuing_subword_prefix", "##",
                        "max_input_chars_per_word", w.maxWord(),
                        "vocab", ids(vocabulary, true));
            default -> throw unsupported(parts.model());
        };
    }

    /** Tokens with their ids; of GGUF's WordPiece, whose word starts are marked, with marks on the other parts instead. */
    private Map<String, @Nullable Object> ids(Vocabulary vocabulary, boolean wordPiece) {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        List<Integer> special = parts.added().stream().map(AddedToken::id).toList();
        for (int id = 0; id < vocabulary.size(); id++) {
            String token = vocabulary.token(id);
            if (token == null) continue;
            if (wordPiece && !special.contains(id)) {
                token = token.startsWith(String.valueOf(Metaspace.MARK)) ? token.substring(1) : "##" + token;
            }
            out.put(token, id);
        }
        return out;
    }
}
