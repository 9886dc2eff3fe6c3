package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** The model of a {@code tokenizer.json} while it is read: its settings, vocabulary and merges, whatever their order. */
final class ModelJson {

    private final String where;
    private final Map<String, Object> settings = new HashMap<>();
    private Vocabulary.@Nullable Builder vocabulary;
    private double @Nullable [] scores;
    /** Left and right parts of the merges, one after the other. */
    private @Nullable List<String> merges;

    private ModelJson(String where) {
        this.where = where;
    }

    static ModelJson read(JsonParser parser, String where) {
        var model = new ModelJson(where);
        if (parser.currentToken() != JsonToken.START_OBJECT) throw model.format("the model to be an object");
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            JsonToken token = parser.nextToken();
            switch (name) {
                case "vocab" -> {
                    if (token == JsonToken.START_ARRAY) model.readPieces(parser);
                    else model.readVocabulary(parser);
                }
                case "merges" -> model.readMerges(parser);
                default -> {
                    switch (token) {
                        case VALUE_STRING -> model.settings.put(name, parser.getString());
                        case VALUE_TRUE, VALUE_FALSE -> model.settings.put(name, token == JsonToken.VALUE_TRUE);
                        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> model.settings.put(name, parser.getDoubleValue());
                        default -> parser.skipChildren();
                    }
                }
            }
        }
        return model;
    }

    private JandaiaException format(String expected) {
        return JandaiaException.format("Reading " + where + ": expected " + expected + "; the file is damaged.");
    }

    private void readVocabulary(JsonParser parser) {
        if (parser.currentToken() != JsonToken.START_OBJECT) throw format("the vocabulary to be an object or an array");
        vocabulary = readTokens(parser, where);
    }

    /** An object of tokens and ids. */
    static Vocabulary.Builder readTokens(JsonParser parser, String where) {
        var builder = new Vocabulary.Builder(where);
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String token = parser.currentName();
            if (parser.nextToken() != JsonToken.VALUE_NUMBER_INT) {
                throw JandaiaException.format("Reading " + where + ": expected the id of token '"
                        + Vocabulary.shown(token) + "' to be a whole number; the file is damaged.");
            }
            builder.add(token, parser.getLongValue());
        }
        return builder;
    }

    private void readPieces(JsonParser parser) {
        var builder = new Vocabulary.Builder(where);
        double[] values = new double[1 << 10];
        int n = 0;
        while (parser.nextToken() == JsonToken.START_ARRAY) {
            if (parser.nextToken() != JsonToken.VALUE_STRING) throw format("every piece to be a string and a score");
            String token = parser.getString();
            JsonToken number = parser.nextToken();
            if (number != JsonToken.VALUE_NUMBER_FLOAT && number != JsonToken.VALUE_NUMBER_INT) {
                throw format("every piece to be a string and a score");
            }
            if (n == values.length) values = Arrays.copyOf(values, 2 * n);
            values[n] = parser.getDoubleValue();
            builder.add(token, n++);
            if (parser.nextToken() != JsonToken.END_ARRAY) throw format("every piece to be a string and a score");
        }
        vocabulary = builder;
        scores = Arrays.copyOf(values, n);
    }

    private void readMerges(JsonParser parser) {
        if (parser.currentToken() != JsonToken.START_ARRAY) throw format("the merges to be an array");
        List<String> parts = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (token == JsonToken.START_ARRAY) {
                for (int i = 0; i < 2; i++) {
                    if (parser.nextToken() != JsonToken.VALUE_STRING) throw format("every merge to be two strings");
                    parts.add(parser.getString());
                }
                if (parser.nextToken() != JsonToken.END_ARRAY) throw format("every merge to be two strings");
            } else if (token == JsonToken.VALUE_STRING) {
                String line = parser.getString();
                if (line.startsWith("#version")) continue;
                addMerge(line, parts, where);
            } else {
                throw format("every merge to be two strings");
            }
        }
        merges = parts;
    }

    /** A merge written with a space between its parts. */
    static void addMerge(String line, List<String> parts, String where) {
        int space = line.indexOf(' ', 1);
        if (space < 0 || space == line.length() - 1) {
            throw JandaiaException.format("Reading " + where + ": expected a merge of two tokens, found '"
                    + Vocabulary.shown(line) + "'; the file is damaged.");
        }
        parts.add(line.substring(0, space));
        parts.add(line.substring(space + 1));
    }

    Model build() {
        if (vocabulary == null) throw format("the model to have a vocabulary");
        Object type = settings.get("type");
        String kind =
                type instanceof String name ? name : scores != null ? "Unigram" : merges != null ? "BPE" : "WordPiece";
        Vocabulary built = vocabulary.build();
        return switch (kind) {
            case "BPE" -> {
                if (merges == null) throw format("a BPE model to have merges");
                String unknown = string("unk_token");
                int unknownId = unknown.isEmpty() ? -1 : built.id(unknown);
                if (settings.get("dropout") instanceof Double dropout && dropout > 0) {
                    throw JandaiaException.unsupported("Reading " + where + ": BPE dropout " + dropout
                            + " makes tokens random, which is not supported; set it to null.");
                }
                var options = new Bpe.Options(
                        unknownId,
                        flag("fuse_unk"),
                        flag("byte_fallback"),
                        string("continuing_subword_prefix"),
                        string("end_of_word_suffix"),
                        flag("ignore_merges") ? Bpe.Whole.ALL : Bpe.Whole.NONE);
                yield new Bpe(built, mergeTable(built, merges, options.prefix(), where), options, false);
            }
            case "Unigram" -> {
                if (scores == null) throw format("a Unigram model to have scores");
                boolean[] usable = new boolean[built.size()];
                Arrays.fill(usable, true);
                int unknown = settings.get("unk_id") instanceof Double id ? id.intValue() : -1;
                if (unknown >= built.size()) throw format("unk_id to be within the vocabulary");
                yield new Unigram(built, scores, usable, unknown, flag("byte_fallback"), false);
            }
            case "WordPiece" -> {
                String unknown = settings.containsKey("unk_token") ? string("unk_token") : "[UNK]";
                String prefix =
                        settings.containsKey("continuing_subword_prefix") ? string("continuing_subword_prefix") : "##";
                int longest = settings.get("max_input_chars_per_word") instanceof Double max ? max.intValue() : 100;
                yield WordPiece.of(built, required(built, unknown), "", prefix, longest);
            }
            case "WordLevel" -> {
                String unknown = settings.containsKey("unk_token") ? string("unk_token") : "<unk>";
                yield new WordLevel(built, required(built, unknown));
            }
            default ->
                throw JandaiaException.unsupported("Reading " + where + ": the model '" + kind
                        + "' is not supported; known are BPE, Unigram, WordPiece and WordLevel.");
        };
    }

    private int required(Vocabulary built, String token) {
        int id = built.id(token);
        if (id < 0) throw format("the unknown token '" + Vocabulary.shown(token) + "' to be in the vocabulary");
        return id;
    }

    private String string(String name) {
        return settings.get(name) instanceof String value ? value : "";
    }

    private boolean flag(String name) {
        return settings.get(name) instanceof Boolean value && value;
    }

    /** Ranks the merges in the order given, as ids. */
    static MergeTable mergeTable(Vocabulary vocabulary, List<String> parts, String prefix, String where) {
        var table = new MergeTable(parts.size() / 2);
        for (int i = 0; i < parts.size(); i += 2) {
            String left = parts.get(i);
            String right = parts.get(i + 1);
            int leftId = vocabulary.id(left);
            int rightId = vocabulary.id(right);
            String rest = prefix.isEmpty() || !right.startsWith(prefix) ? right : right.substring(prefix.length());
            int joined = vocabulary.id(left.concat(rest));
            if (leftId < 0 || rightId < 0 || joined < 0) {
                throw JandaiaException.format("Reading " + where + ": the merge of '" + Vocabulary.shown(left)
                        + "' and '" + Vocabulary.shown(right)
                        + "' uses a token that is not in the vocabulary; the file contradicts itself.");
            }
            table.put(leftId, rightId, i / 2, joined);
        }
        return table;
    }
}
