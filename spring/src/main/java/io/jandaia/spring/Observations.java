package io.jandaia.spring;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.ai.chat.observation.ChatModelObservationContext;
import org.springframework.ai.chat.observation.ChatModelObservationDocumentation;
import org.springframework.ai.chat.observation.DefaultChatModelObservationConvention;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.observation.DefaultEmbeddingModelObservationConvention;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationContext;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationDocumentation;

/** What Micrometer is told of requests: as by Spring AI's other models, so that the same dashboards show them. */
final class Observations {

    /** {@code gen_ai.system}. */
    private static final String PROVIDER = "jandaia";

    private Observations() {}

    /** @param asked all that is in effect, with the model's name */
    static ChatModelObservationContext of(Prompt prompt, JandaiaChatOptions asked, boolean streaming) {
        return ChatModelObservationContext.builder()
                .prompt(new Prompt(prompt.getInstructions(), asked))
                .provider(PROVIDER)
                .streaming(streaming)
                .build();
    }

    static Observation observation(ChatModelObservationContext context, ObservationRegistry registry) {
        return ChatModelObservationDocumentation.CHAT_MODEL_OPERATION.observation(
                null, new DefaultChatModelObservationConvention(), () -> context, registry);
    }

    static EmbeddingModelObservationContext of(EmbeddingRequest request, EmbeddingOptions asked) {
        return EmbeddingModelObservationContext.builder()
                .embeddingRequest(new EmbeddingRequest(request.getInstructions(), asked))
                .provider(PROVIDER)
                .build();
    }

    static Observation observation(EmbeddingModelObservationContext context, ObservationRegistry registry) {
        return EmbeddingModelObservationDocumentation.EMBEDDING_MODEL_OPERATION.observation(
                null, new DefaultEmbeddingModelObservationConvention(), () -> context, registry);
    }
}
