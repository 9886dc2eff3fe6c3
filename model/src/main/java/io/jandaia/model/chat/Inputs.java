package io.jandaia.model.chat;

import io.jandaia.error.JandaiaException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a template is given beside the messages. Build it from {@link #NONE}: {@code Inputs.NONE.tools(list).generate(true)}.
 *
 * @param tools JSON schemas of functions; null means the conversation has none, which templates see as {@code none}
 * @param documents texts to answer from, for templates that know them; null for none
 * @param addGenerationPrompt end with the opening of an assistant turn
 * @param continueFinalMessage leave the last message open, so that the model goes on writing it
 * @param specialTokens {@code bos_token}, {@code eos_token} ... as the template's variables: never marked as a user's
 * @param variables further variables such as {@code enable_thinking}; their strings are marked as a user's
 */
public record Inputs(
        @Nullable List<Map<String, @Nullable Object>> tools,
        @Nullable List<Map<String, @Nullable Object>> documents,
        boolean addGenerationPrompt,
        boolean continueFinalMessage,
        Map<String, String> specialTokens,
        Map<String, @Nullable Object> variables) {

    private static final List<String> RESERVED = List.of("messages", "tools", "documents", "add_generation_prompt");

    public static final Inputs NONE = new Inputs(null, null, false, false, Map.of(), Map.of());

    public Inputs {
        for (String name : RESERVED) {
            if (variables.containsKey(name) || specialTokens.containsKey(name)) {
                throw JandaiaException.usage("The template variable '" + name
                        + "' has an input of its own and cannot be set by name; pass it there.");
            }
        }
        specialTokens = Map.copyOf(specialTokens);
        variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
    }

    public Inputs tools(@Nullable List<Map<String, @Nullable Object>> list) {
        return new Inputs(list, documents, addGenerationPrompt, continueFinalMessage, specialTokens, variables);
    }

    public Inputs documents(@Nullable List<Map<String, @Nullable Object>> list) {
        return new Inputs(tools, list, addGenerationPrompt, continueFinalMessage, specialTokens, variables);
    }

    public Inputs generate(boolean on) {
        return new Inputs(tools, documents, on, continueFinalMessage, specialTokens, variables);
    }

    public Inputs continueFinal(boolean on) {
        return new Inputs(tools, documents, addGenerationPrompt, on, specialTokens, variables);
    }

    /** Names the text of special tokens: {@code Map.of("bos_token", "<s>", "eos_token", "</s>")}. */
    public Inputs specialTokens(Map<String, String> tokens) {
        return new Inputs(tools, documents, addGenerationPrompt, continueFinalMessage, tokens, variables);
    }

    /** One more variable, or another value for it. */
    public Inputs set(String name, @Nullable Object value) {
        Map<String, @Nullable Object> copy = new LinkedHashMap<>(variables);
        copy.put(name, value);
        return new Inputs(tools, documents, addGenerationPrompt, continueFinalMessage, specialTokens, copy);
    }
}
