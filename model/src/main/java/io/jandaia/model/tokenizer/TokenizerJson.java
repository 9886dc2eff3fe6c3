package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.tokenizer.PreTokenizer.Behavior;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/**
 * Reads {@code tokenizer.json}, the format of the tokenizers library. The large parts (vocabulary and merges) are
 * streamed; a component of a kind that is not known is an UNSUPPORTED error that names it.
 */
final class TokenizerJson {

    /** Reads one value out of a longer stream. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final String where;
    /** One more than the largest id. */
    private int size;

    private List<AddedToken> added = new ArrayList<>();
    private @Nullable ModelJson model;
    private JsonNode normalizer = MissingNode.getInstance();
    private JsonNode preTokenizer = MissingNode.getInstance();
    private JsonNode postProcessor = MissingNode.getInstance();
    private JsonNode decoder = MissingNode.getInstance();

    private TokenizerJson(String where) {
        this.where = where;
    }

    /**
     * Reads a file's bytes.
     *
     * @param where the file, for messages
     */
    static TokenizerJson read(byte[] bytes, String where) {
        var json = new TokenizerJson(where);
        try (JsonParser parser = JSON.createParser(bytes)) {
            json.read(parser);
        } catch (JacksonException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.FORMAT,
                    "Reading " + where + ": the JSON is damaged (" + e.getOriginalMessage()
                            + "); fetch the file again.",
                    e);
        }
        return json;
    }

    private void read(JsonParser parser) {
        if (parser.nextToken() != JsonToken.START_OBJECT) throw format("the file", "an object");
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "added_tokens" -> added = addedTokens(JSON.readTree(parser));
                case "normalizer" -> normalizer = JSON.readTree(parser);
                case "pre_tokenizer" -> preTokenizer = JSON.readTree(parser);
                case "post_processor" -> postProcessor = JSON.readTree(parser);
                case "decoder" -> decoder = JSON.readTree(parser);
                case "model" -> model = ModelJson.read(parser, where);
                // Truncation and padding shape batches, not tokens.
                default -> parser.skipChildren();
            }
        }
    }

    /** The parts; whoever asks adds the ids with a role. */
    Tokenizer.Parts parts(Tokenizer.SpecialIds special) {
        if (model == null) throw format("model", "a description of the model");
        Model built = model.build();
        List<AddedToken> resolved = resolve(built.vocabulary());
        size = built.vocabulary().size();
        for (AddedToken token : resolved) size = Math.max(size, token.id() + 1);
        return new Tokenizer.Parts(
                built,
                new TextNormalizer.Chain(isNull(normalizer) ? List.of() : List.of(normalizer(normalizer))),
                isNull(preTokenizer) ? new PreTokenizer.Chain(List.of()) : preTokenizer(preTokenizer),
                resolved,
                isNull(postProcessor) ? null : postProcessor(postProcessor),
                isNull(decoder) ? new Decoder.Spaced() : new Decoder.Chain(List.of(decoder(decoder))),
                special);
    }

    /** The reference gives an added token the id of its vocabulary entry, else the next free one. */
    private List<AddedToken> resolve(Vocabulary vocabulary) {
        List<AddedToken> resolved = new ArrayList<>();
        int next = vocabulary.size();
        for (AddedToken token : added) {
            int known = vocabulary.id(token.content());
            if (known < 0 && token.id() < vocabulary.size() && vocabulary.token(token.id()) != null) {
                throw JandaiaException.format(
                        "Reading " + where + ": added token '" + Vocabulary.shown(token.content()) + "' has id "
                                + token.id() + ", which the vocabulary gives to '" + vocabulary.token(token.id())
                                + "'; the file contradicts itself.");
            }
            int id = known >= 0 ? known : token.id();
            if (id > next + (1 << 20)) {
                throw JandaiaException.format(
                        "Reading " + where + ": added token '" + Vocabulary.shown(token.content()) + "' has id " + id
                                + " far above the vocabulary of " + vocabulary.size() + "; the file is damaged.");
            }
            next = Math.max(next, id + 1);
            resolved.add(new AddedToken(
                    id,
                    token.content(),
                    token.singleWord(),
                    token.lstrip(),
                    token.rstrip(),
                    token.normalized(),
                    token.special()));
        }
        return resolved;
    }

    private static boolean isNull(JsonNode node) {
        return node.isNull() || node.isMissingNode();
    }

    private JandaiaException format(String what, String expected) {
        return JandaiaException.format(
                "Reading " + where + ": expected " + what + " to be " + expected + "; the file is damaged.");
    }

    private JandaiaException unsupported(String component, String type) {
        return JandaiaException.unsupported(
                "Reading " + where + ": the " + component + " '" + type + "' is not supported by this version.");
    }

    private List<AddedToken> addedTokens(JsonNode nodes) {
        List<AddedToken> tokens = new ArrayList<>();
        for (JsonNode node : nodes) {
            JsonNode id = node.path("id");
            if (!id.canConvertToInt() || id.intValue() < 0) throw format("the id of an added token", "a number");
            tokens.add(new AddedToken(
                    id.intValue(),
                    text(node, "content"),
                    flag(node, "single_word", false),
                    flag(node, "lstrip", false),
                    flag(node, "rstrip", false),
                    flag(node, "normalized", true),
                    flag(node, "special", false)));
        }
        return tokens;
    }

    private String text(JsonNode node, String name) {
        JsonNode value = node.path(name);
        if (!value.isString()) throw format("'" + name + "'", "a string");
        return value.stringValue();
    }

    private static boolean flag(JsonNode node, String name, boolean otherwise) {
        return node.path(name).asBoolean(otherwise);
    }

    private int number(JsonNode node, String name) {
        JsonNode value = node.path(name);
        if (!value.canConvertToInt() || value.intValue() < 0) throw format("'" + name + "'", "a number from 0");
        return value.intValue();
    }

    private TextNormalizer normalizer(JsonNode node) {
        String type = text(node, "type");
        return switch (type) {
            case "Sequence" -> {
                List<TextNormalizer> steps = new ArrayList<>();
                for (JsonNode step : node.path("normalizers")) steps.add(normalizer(step));
                yield new TextNormalizer.Chain(steps);
            }
            case "NFC" -> new TextNormalizer.Canonical(Form.NFC);
            case "NFD" -> new TextNormalizer.Canonical(Form.NFD);
            case "NFKC" -> new TextNormalizer.Canonical(Form.NFKC);
            case "NFKD" -> new TextNormalizer.Canonical(Form.NFKD);
            case "Lowercase" -> new TextNormalizer.Lowercase();
            case "Strip" -> new TextNormalizer.Strip(flag(node, "strip_left", true), flag(node, "strip_right", true));
            case "StripAccents" -> new TextNormalizer.StripAccents();
            case "Prepend" -> new TextNormalizer.Prepend(text(node, "prepend"));
            case "Replace" -> new TextNormalizer.Replace(pattern(node), literal(node), text(node, "content"));
            case "BertNormalizer" -> {
                boolean lowercase = flag(node, "lowercase", true);
                yield new BertNormalizer(
                        flag(node, "clean_text", true),
                        flag(node, "handle_chinese_chars", true),
                        isNull(node.path("strip_accents")) ? lowercase : flag(node, "strip_accents", lowercase),
                        lowercase);
            }
            case "Nmt" -> new TextNormalizer.Nmt();
            case "ByteLevel" -> new TextNormalizer.Bytes();
            case "Precompiled" -> {
                if (isNull(node.path("precompiled_charsmap"))) yield new TextNormalizer.Chain(List.of());
                try {
                    byte[] data = Base64.getDecoder().decode(text(node, "precompiled_charsmap"));
                    yield new TextNormalizer.Precompiled(CharsMap.read(data, where));
                } catch (IllegalArgumentException notBase64) {
                    throw format("'precompiled_charsmap'", "Base64");
                }
            }
            default -> throw unsupported("normaliser", type);
        };
    }

    /** The pattern of a component: a regular expression or a string. */
    private SplitPattern pattern(JsonNode node) {
        JsonNode pattern = node.path("pattern");
        if (pattern.has("Regex")) return SplitPattern.compile(text(pattern, "Regex"));
        return SplitPattern.literal(pattern.isString() ? pattern.stringValue() : text(pattern, "String"));
    }

    /** The string of a component's pattern, or an empty one if it is a regular expression. */
    private String literal(JsonNode node) {
        JsonNode pattern = node.path("pattern");
        if (pattern.has("Regex")) return "";
        return pattern.isString() ? pattern.stringValue() : text(pattern, "String");
    }

    private PreTokenizer preTokenizer(JsonNode node) {
        List<PreTokenizer> steps = new ArrayList<>();
        preTokenizers(node, steps);
        return steps.size() == 1 ? steps.getFirst() : new PreTokenizer.Chain(steps);
    }

    private void preTokenizers(JsonNode node, List<PreTokenizer> steps) {
        String type = text(node, "type");
        switch (type) {
            case "Sequence" -> {
                for (JsonNode step : node.path("pretokenizers")) preTokenizers(step, steps);
            }
            case "ByteLevel" ->
                steps.add(new PreTokenizer.ByteLevel(
                        flag(node, "add_prefix_space", true), flag(node, "use_regex", true), true));
            case "Split" ->
                steps.add(new PreTokenizer.Split(
                        pattern(node), Behavior.of(text(node, "behavior")), flag(node, "invert", false)));
            case "Digits" ->
                steps.add(new PreTokenizer.Characters(
                        CharSet.NUMBER.asPredicate(),
                        flag(node, "individual_digits", false) ? Behavior.ISOLATED : Behavior.CONTIGUOUS));
            case "Punctuation" ->
                steps.add(new PreTokenizer.Characters(
                        CharSet.PUNCTUATION.asPredicate(),
                        node.has("behavior") ? Behavior.of(text(node, "behavior")) : Behavior.ISOLATED));
            case "Whitespace" ->
                steps.add(new PreTokenizer.Split(PreTokenizer.WORDS_AND_SYMBOLS, Behavior.REMOVED, true));
            case "WhitespaceSplit" ->
                steps.add(new PreTokenizer.Characters(CharSet.WHITESPACE.asPredicate(), Behavior.REMOVED));
            case "BertPreTokenizer" -> steps.add(new PreTokenizer.Bert());
            case "CharDelimiterSplit", "Delimiter" -> {
                String delimiter = text(node, "delimiter");
                steps.add(new PreTokenizer.Split(SplitPattern.literal(delimiter), Behavior.REMOVED, false));
            }
            case "FixedLength" ->
                steps.add(new PreTokenizer.FixedLength(node.has("length") ? Math.max(1, number(node, "length")) : 5));
            case "UnicodeScripts" -> steps.add(new PreTokenizer.Scripts());
            case "Metaspace" -> steps.add(new PreTokenizer.Marks(mark(node), prepend(node), flag(node, "split", true)));
            default -> throw unsupported("pre-tokenizer", type);
        }
    }

    private char mark(JsonNode node) {
        String mark = node.has("replacement") ? text(node, "replacement") : String.valueOf(Metaspace.MARK);
        if (mark.length() != 1) throw format("'replacement'", "one character");
        return mark.charAt(0);
    }

    private PreTokenizer.Marks.Prepend prepend(JsonNode node) {
        if (!flag(node, "add_prefix_space", true)) return PreTokenizer.Marks.Prepend.NEVER;
        String scheme = node.has("prepend_scheme") ? text(node, "prepend_scheme") : "always";
        return switch (scheme) {
            case "always" -> PreTokenizer.Marks.Prepend.ALWAYS;
            case "first" -> PreTokenizer.Marks.Prepend.FIRST;
            case "never" -> PreTokenizer.Marks.Prepend.NEVER;
            default -> throw unsupported("prepend scheme", scheme);
        };
    }

    private @Nullable PostProcessor postProcessor(JsonNode node) {
        String type = text(node, "type");
        return switch (type) {
            case "Sequence" -> {
                List<PostProcessor> steps = new ArrayList<>();
                for (JsonNode step : node.path("processors")) {
                    PostProcessor made = postProcessor(step);
                    if (made != null) steps.add(made);
                }
                yield new PostProcessor.Chain(steps);
            }
            case "ByteLevel" ->
                flag(node, "trim_offsets", true)
                        ? new PostProcessor.TrimOffsets(flag(node, "add_prefix_space", true))
                        : null;
            case "TemplateProcessing" ->
                new PostProcessor.Template(
                        template(node, "single", node.path("special_tokens")),
                        template(node, "pair", node.path("special_tokens")));
            case "BertProcessing" -> PostProcessor.around(pairId(node, "cls"), pairId(node, "sep"), false);
            case "RobertaProcessing" -> {
                PostProcessor around = PostProcessor.around(pairId(node, "cls"), pairId(node, "sep"), true);
                yield flag(node, "trim_offsets", true)
                        ? new PostProcessor.Chain(
                                List.of(new PostProcessor.TrimOffsets(flag(node, "add_prefix_space", true)), around))
                        : around;
            }
            default -> throw unsupported("post-processor", type);
        };
    }

    private int pairId(JsonNode node, String name) {
        return tokenId(node.path(name).path(1), "the id of '" + name + "'");
    }

    private List<PostProcessor.Part> template(JsonNode node, String name, JsonNode specials) {
        List<PostProcessor.Part> parts = new ArrayList<>();
        Map<String, int[]> known = new HashMap<>();
        for (JsonNode piece : node.path(name)) {
            if (piece.has("Sequence")) {
                JsonNode sequence = piece.path("Sequence");
                int index = text(sequence, "id").equals("A") ? 0 : 1;
                if (index == 1 && name.equals("single")) throw format("'single'", "a template of one text");
                parts.add(new PostProcessor.Part(index, new int[0], number(sequence, "type_id")));
            } else if (piece.has("SpecialToken")) {
                JsonNode special = piece.path("SpecialToken");
                String id = text(special, "id");
                int[] ids = known.computeIfAbsent(id, token -> specialIds(token, specials));
                parts.add(new PostProcessor.Part(-1, ids, number(special, "type_id")));
            } else {
                throw format("a piece of '" + name + "'", "a Sequence or a SpecialToken");
            }
        }
        return parts;
    }

    private int[] specialIds(String name, JsonNode specials) {
        JsonNode listed = specials.path(name).path("ids");
        int[] ids = new int[listed.size()];
        for (int i = 0; i < ids.length; i++) ids[i] = tokenId(listed.path(i), "an id of '" + name + "'");
        if (ids.length == 0) throw format("the special token '" + name + "' of the template", "among special_tokens");
        return ids;
    }

    private int tokenId(JsonNode id, String what) {
        if (!id.canConvertToInt() || id.intValue() < 0 || id.intValue() >= size) {
            throw format(what, "below the vocabulary's size, " + size);
        }
        return id.intValue();
    }

    private Decoder decoder(JsonNode node) {
        String type = text(node, "type");
        return switch (type) {
            case "Sequence" -> {
                List<Decoder> steps = new ArrayList<>();
                for (JsonNode step : node.path("decoders")) steps.add(decoder(step));
                yield new Decoder.Chain(steps);
            }
            case "ByteLevel" -> new Decoder.ByteLevel();
            case "ByteFallback" -> new Decoder.ByteFallback();
            case "Fuse" -> new Decoder.Fuse();
            case "Replace" -> new Decoder.Replace(pattern(node), literal(node), text(node, "content"));
            case "Strip" -> {
                // What may have to go at the end is held back and looked at again with every token.
                if (number(node, "stop") > 1000) throw format("'stop'", "at most 1000");
                String content = text(node, "content");
                if (content.codePointCount(0, content.length()) != 1) throw format("'content'", "one character");
                yield new Decoder.Strip(content.codePointAt(0), number(node, "start"), number(node, "stop"));
            }
            case "Metaspace" -> new Decoder.Marks(mark(node), prepend(node) != PreTokenizer.Marks.Prepend.NEVER);
            case "WordPiece" -> new Decoder.WordPiece(text(node, "prefix"), flag(node, "cleanup", true));
            case "CTC" ->
                new Decoder.Ctc(
                        text(node, "pad_token"), text(node, "word_delimiter_token"), flag(node, "cleanup", true));
            case "BPEDecoder" -> new Decoder.Suffix(node.has("suffix") ? text(node, "suffix") : "</w>");
            default -> throw unsupported("decoder", type);
        };
    }
}
