package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.ToIntFunction;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/**
 * The small files beside a tokenizer: which tokens begin, end, pad; which are special; how a text is framed. Absent files
 * are empty.
 */
final class TokenizerConfig {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path folder;
    private final JsonNode config;
    private final JsonNode specialTokens;
    private final JsonNode addedTokens;
    private final JsonNode generation;
    private final JsonNode model;

    TokenizerConfig(Path folder) {
        this.folder = folder;
        config = read("tokenizer_config.json");
        specialTokens = read("special_tokens_map.json");
        addedTokens = read("added_tokens.json");
        generation = read("generation_config.json");
        model = read("config.json");
    }

    private JsonNode read(String name) {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) return MissingNode.getInstance();
        try {
            return JSON.readTree(TokenizerFiles.read(file));
        } catch (JacksonException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.FORMAT,
                    "Reading " + file + ": the JSON is damaged (" + e.getOriginalMessage() + "); fetch the file again.",
                    e);
        }
    }

    /** The class of the reference that the tokenizer was made for, without "Fast"; empty if none is named. */
    String tokenizerClass() {
        String name = config.path("tokenizer_class").asString("");
        return name.endsWith("Fast") ? name.substring(0, name.length() - 4) : name;
    }

    boolean flag(String name, boolean otherwise) {
        return config.path(name).asBoolean(otherwise);
    }

    boolean has(String name) {
        return config.path(name).isBoolean();
    }

    /** The spelling of a token with a role such as {@code bos_token}, or the given one. */
    String token(String role, String otherwise) {
        for (JsonNode source : List.of(config, specialTokens)) {
            JsonNode value = source.path(role);
            if (value.isString()) return value.stringValue();
            if (value.path("content").isString()) return value.path("content").stringValue();
        }
        return otherwise;
    }

    /** The ids with a role, looked up by spelling; ends also come from the files that steer generation. */
    Tokenizer.SpecialIds ids(ToIntFunction<String> lookUp, int size) {
        int eos = id("eos_token", lookUp);
        Set<Integer> ends = new LinkedHashSet<>();
        if (eos >= 0) ends.add(eos);
        for (String role : List.of("eot_token", "eom_token")) {
            int id = id(role, lookUp);
            if (id >= 0) ends.add(id);
        }
        for (JsonNode source : List.of(generation, model)) {
            JsonNode value = source.path("eos_token_id");
            for (JsonNode one : value.isArray() ? value : List.of(value)) {
                if (one.canConvertToInt() && one.intValue() >= 0 && one.intValue() < size) ends.add(one.intValue());
            }
        }
        return new Tokenizer.SpecialIds(
                or(id("bos_token", lookUp), "bos_token_id", size),
                or(eos, "eos_token_id", size),
                or(id("pad_token", lookUp), "pad_token_id", size),
                id("unk_token", lookUp),
                mask(lookUp),
                Set.copyOf(ends));
    }

    /** The mask as the files spell it, or as BERT and RoBERTa do. */
    private int mask(ToIntFunction<String> lookUp) {
        int id = id("mask_token", lookUp);
        if (id < 0) id = lookUp.applyAsInt("[MASK]");
        return id >= 0 ? id : lookUp.applyAsInt("<mask>");
    }

    private int id(String role, ToIntFunction<String> lookUp) {
        String token = token(role, "");
        return token.isEmpty() ? -1 : lookUp.applyAsInt(token);
    }

    /** The id found, or the one that the model's files name. */
    private int or(int found, String name, int size) {
        if (found >= 0 || !config.isMissingNode()) return found;
        for (JsonNode source : List.of(generation, model)) {
            JsonNode value = source.path(name);
            JsonNode first = value.isArray() ? value.path(0) : value;
            if (first.canConvertToInt() && first.intValue() >= 0 && first.intValue() < size) return first.intValue();
        }
        return -1;
    }

    /** Added tokens of a folder without tokenizer.json: listed with ids, or only named and then in the vocabulary. */
    List<AddedToken> added(Vocabulary vocabulary, List<String> specials) {
        List<AddedToken> added = new ArrayList<>();
        Set<String> seen = new LinkedHashSet<>();
        for (Map.Entry<String, JsonNode> entry :
                config.path("added_tokens_decoder").properties()) {
            JsonNode token = entry.getValue();
            String content = token.path("content").asString("");
            OptionalInt id = number(entry.getKey());
            if (content.isEmpty() || id.isEmpty() || !seen.add(content)) continue;
            added.add(new AddedToken(
                    id.getAsInt(),
                    content,
                    token.path("single_word").asBoolean(false),
                    token.path("lstrip").asBoolean(false),
                    token.path("rstrip").asBoolean(false),
                    token.path("normalized").asBoolean(true),
                    token.path("special").asBoolean(false)));
        }
        Set<String> special = new LinkedHashSet<>(specials);
        for (String role :
                List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")) {
            special.add(token(role, ""));
        }
        for (JsonNode more : config.path("additional_special_tokens")) special.add(more.asString(""));
        for (JsonNode more : specialTokens.path("additional_special_tokens")) special.add(more.asString(""));
        for (Map.Entry<String, JsonNode> entry : addedTokens.properties()) {
            if (!entry.getValue().canConvertToInt() || !seen.add(entry.getKey())) continue;
            int id = entry.getValue().intValue();
            boolean isSpecial = special.contains(entry.getKey());
            added.add(new AddedToken(id, entry.getKey(), false, false, false, !isSpecial, isSpecial));
        }
        for (String content : special) {
            int id = content.isEmpty() ? -1 : vocabulary.id(content);
            if (id >= 0 && seen.add(content)) added.add(AddedToken.special(id, content));
        }
        return added;
    }

    private static OptionalInt number(String text) {
        try {
            int number = Integer.parseInt(text);
            return number < 0 || number >= 1 << 24 ? OptionalInt.empty() : OptionalInt.of(number);
        } catch (NumberFormatException notANumber) {
            return OptionalInt.empty();
        }
    }
}
