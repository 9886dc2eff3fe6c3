package io.jandaia.spring;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The settings {@code jandaia.*}.
 *
 * @param model the model that answers: a {@code .gguf} file, a folder, or the name of one that is here
 * @param embeddingModel the model of vectors; null = the one that answers
 * @param threads that compute; 0 = one per core
 * @param template the chat template, as a file or by name; null = the model's own
 * @param chat what is asked for where prompts are silent
 */
@ConfigurationProperties("jandaia")
public record JandaiaProperties(
        @Nullable String model,
        @Nullable String embeddingModel,
        @DefaultValue("0") int threads,
        @Nullable String template,
        @DefaultValue Chat chat) {

    /** The settings {@code jandaia.chat.*}; null = the model's own. */
    public record Chat(
            @Nullable Double temperature,
            @Nullable Double topP,
            @Nullable Integer topK,
            @Nullable Integer maxTokens,
            @Nullable Long seed) {}
}
