package io.jandaia.spring;

import io.jandaia.model.answer.ToolUse;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.model.tool.DefaultToolCallingChatOptions;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.tool.ToolCallback;

/** What a prompt may ask for: Spring AI's portable options, tools, a JSON schema for the answer, a seed, and
 * whether tools are called. */
public final class JandaiaChatOptions extends DefaultToolCallingChatOptions implements StructuredOutputChatOptions {

    private final @Nullable String outputSchema;
    private final @Nullable Long seed;
    private final ToolUse.@Nullable Choice toolChoice;

    private JandaiaChatOptions(
            List<ToolCallback> toolCallbacks,
            Map<String, Object> toolContext,
            @Nullable String model,
            @Nullable Double frequencyPenalty,
            @Nullable Integer maxTokens,
            @Nullable Double presencePenalty,
            @Nullable List<String> stopSequences,
            @Nullable Double temperature,
            @Nullable Integer topK,
            @Nullable Double topP,
            @Nullable String outputSchema,
            @Nullable Long seed,
            ToolUse.@Nullable Choice toolChoice) {
        super(
                toolCallbacks,
                toolContext,
                model,
                frequencyPenalty,
                maxTokens,
                presencePenalty,
                stopSequences,
                temperature,
                topK,
                topP);
        this.outputSchema = outputSchema;
        this.seed = seed;
        this.toolChoice = toolChoice;
    }

    public static Builder builder() {
        return new Builder();
    }

    @Override
    public @Nullable String getOutputSchema() {
        return outputSchema;
    }

    /** Which random numbers are drawn; null = others each time. */
    public @Nullable Long getSeed() {
        return seed;
    }

    /** Whether tools are called; null = as the model likes. */
    public ToolUse.@Nullable Choice getToolChoice() {
        return toolChoice;
    }

    @Override
    public Builder mutate() {
        return new Builder()
                .model(getModel())
                .frequencyPenalty(getFrequencyPenalty())
                .maxTokens(getMaxTokens())
                .presencePenalty(getPresencePenalty())
                .stopSequences(getStopSequences())
                .temperature(getTemperature())
                .topK(getTopK())
                .topP(getTopP())
                .toolCallbacks(getToolCallbacks())
                .toolContext(getToolContext())
                .outputSchema(outputSchema)
                .seed(seed)
                .toolChoice(toolChoice);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JandaiaChatOptions o
                && super.equals(o)
                && Objects.equals(outputSchema, o.outputSchema)
                && Objects.equals(seed, o.seed)
                && toolChoice == o.toolChoice;
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), outputSchema, seed, toolChoice);
    }

    /** Makes options; what is not set is left to the model. */
    public static final class Builder extends DefaultToolCallingChatOptions.Builder<Builder>
            implements StructuredOutputChatOptions.Builder<Builder> {

        private @Nullable String outputSchema;
        private @Nullable Long seed;
        private ToolUse.@Nullable Choice toolChoice;

        private Builder() {}

        /** A JSON schema that the answer must fit; null = any answer. */
        @Override
        public Builder outputSchema(@Nullable String value) {
            outputSchema = value;
            return this;
        }

        public Builder seed(@Nullable Long value) {
            seed = value;
            return this;
        }

        public Builder toolChoice(ToolUse.@Nullable Choice value) {
            toolChoice = value;
            return this;
        }

        @Override
        public Builder clone() {
            return super.clone();
        }

        /** What the other has set goes before what this one has. */
        @Override
        public Builder combineWith(ChatOptions.Builder<?> other) {
            super.combineWith(other);
            if (other instanceof Builder o) {
                outputSchema = o.outputSchema == null ? outputSchema : o.outputSchema;
                seed = o.seed == null ? seed : o.seed;
                toolChoice = o.toolChoice == null ? toolChoice : o.toolChoice;
            }
            return this;
        }

        @Override
        public JandaiaChatOptions build() {
            return new JandaiaChatOptions(
                    toolCallbacks == null ? List.of() : toolCallbacks,
                    toolContext == null ? Map.of() : toolContext,
                    model,
                    frequencyPenalty,
                    maxTokens,
                    presencePenalty,
                    stopSequences,
                    temperature,
                    topK,
                    topP,
                    outputSchema,
                    seed,
                    toolChoice);
        }
    }
}
