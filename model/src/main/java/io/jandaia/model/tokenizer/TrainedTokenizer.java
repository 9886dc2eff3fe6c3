package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A tokenizer that has been trained, ready for use and for writing in the format of the tokenizers library. The tokenizer
 * is the one that reading the file gives.
 */
public final class TrainedTokenizer {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final String json;
    private final SpecialTokens special;
    private final Tokenizer tokenizer;

    /**
     * @param components what {@code tokenizer.json} says of {@code normalizer}, {@code pre_tokenizer}, {@code decoder} and
     *     {@code model}, as maps, lists, strings, numbers and booleans; what is absent is null there
     */
    TrainedTokenizer(Map<String, Object> components, SpecialTokens special) {
        this.special = special;
        json = write(components);
        Tokenizer.Parts parts = TokenizerJson.read(json.getBytes(StandardCharsets.UTF_8), "the trained tokenizer")
                .parts(Tokenizer.SpecialIds.NONE);
        int eos = special.id(special.eos());
        tokenizer = new Tokenizer(new Tokenizer.Parts(
                parts.model(),
                parts.normalizer(),
                parts.preTokenizer(),
                parts.added(),
                parts.postProcessor(),
                parts.decoder(),
                new Tokenizer.SpecialIds(
                        special.id(special.bos()),
                        eos,
                        special.id(special.pad()),
                        -1,
                        -1,
                        eos < 0 ? Set.of() : Set.of(eos))));
    }

    private String write(Map<String, Object> components) {
        List<Map<String, Object>> added = new ArrayList<>();
        for (String token : special.tokens()) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("id", added.size());
            entry.put("content", token);
            entry.put("single_word", false);
            entry.put("lstrip", false);
            entry.put("rstrip", false);
            entry.put("normalized", false);
            entry.put("special", true);
            added.add(entry);
        }
        Map<String, @Nullable Object> file = new LinkedHashMap<>();
        file.put("version", "1.0");
        file.put("truncation", null);
        file.put("padding", null);
        file.put("added_tokens", added);
        for (String name : List.of("normalizer", "pre_tokenizer", "post_processor", "decoder", "model")) {
            file.put(name, components.get(name));
        }
        return json(file);
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JacksonException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.INTERNAL,
                    "Writing a trained tokenizer failed: " + e.getOriginalMessage() + "; please report it.",
                    e);
        }
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** The text of {@code tokenizer.json}. */
    public String toJson() {
        return json;
    }

    /**
     * Writes {@code tokenizer.json}, and {@code tokenizer_config.json} with the roles of the special tokens, so that
     * {@link Tokenizer#load} gives this tokenizer back. A folder that is not there is made; a file that is there is replaced
     * when the new one is complete.
     *
     * @throws JandaiaException RESOURCE where a file cannot be written
     */
    public void save(Path folder) {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("tokenizer_class", "PreTrainedTokenizerFast");
        if (special.bos() != null) config.put("bos_token", special.bos());
        if (special.eos() != null) config.put("eos_token", special.eos());
        if (special.pad() != null) config.put("pad_token", special.pad());
        config.put("clean_up_tokenization_spaces", false);
        write(folder, "tokenizer.json", json);
        write(folder, "tokenizer_config.json", json(config));
    }

    private static void write(Path folder, String name, String text) {
        Path file = folder.resolve(name);
        Path part = folder.resolve(name + ".part");
        try {
            Files.createDirectories(folder);
            Files.writeString(part, text);
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE,
                    "Saving a tokenizer: writing " + file + " failed (" + e.getMessage()
                            + "); make room or choose another folder.",
                    e);
        }
    }
}
