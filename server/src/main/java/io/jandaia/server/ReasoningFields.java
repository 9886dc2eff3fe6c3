package io.jandaia.server;

import io.jandaia.model.chat.Inputs;
import org.jspecify.annotations.Nullable;

/**
 * How much a model is to reason, as requests say it.
 *
 * @param inputs for the template: {@code enable_thinking}, {@code thinking} and {@code reasoning_effort} are the variables that
 *     templates have for it
 * @param tokens the most tokens; null = no limit
 */
public record ReasoningFields(Inputs inputs, @Nullable Integer tokens) {

    /** OpenAI's {@code reasoning_effort} and {@code reasoning}, vLLM's and llama.cpp's limits of tokens. */
    public static ReasoningFields read(Fields f, Inputs inputs) {
        String effort = f.text("reasoning_effort");
        Integer tokens = f.whole("thinking_token_budget");
        tokens = tokens == null ? f.whole("thinking_budget_tokens") : tokens;
        Fields reasoning = f.object("reasoning");
        if (reasoning != null) {
            effort = effort == null ? reasoning.text("effort") : effort;
            tokens = tokens == null ? reasoning.whole("max_tokens") : tokens;
        }
        return of(inputs, effort, tokens);
    }

    /**
     * The same from its parts.
     *
     * @param effort {@code none}, {@code low} ...; null = the template's own
     */
    public static ReasoningFields of(Inputs inputs, @Nullable String effort, @Nullable Integer tokens) {
        if (tokens != null && tokens < 0) { // -1: as much as it likes
            return new ReasoningFields(effort(inputs, effort), null);
        }
        boolean none = "none".equals(effort) || (tokens != null && tokens == 0);
        return new ReasoningFields(
                none ? enabled(inputs, false) : effort(inputs, effort), none ? Integer.valueOf(0) : tokens);
    }

    private static Inputs effort(Inputs inputs, @Nullable String effort) {
        return effort == null ? inputs : inputs.set("reasoning_effort", effort);
    }

    /** Tells a template whether the model is to reason, unless the request has said so in its variables. */
    public static Inputs enabled(Inputs inputs, boolean on) {
        Inputs out = inputs;
        for (String name : new String[] {"enable_thinking", "thinking"}) {
            out = out.variables().containsKey(name) ? out : out.set(name, on);
        }
        return out;
    }
}
