package io.jandaia.spring;

import io.jandaia.Jandaia;
import io.jandaia.model.EmbedOptions;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * The models that the settings name, loaded when the application starts and closed with it. Beans of the application's own
 * go first; {@code spring.ai.model.chat} and {@code spring.ai.model.embedding} choose where there are several providers.
 */
@AutoConfiguration(beforeName = "org.springframework.ai.model.chat.client.autoconfigure.ChatClientAutoConfiguration")
@EnableConfigurationProperties(JandaiaProperties.class)
public class JandaiaAutoConfiguration {

    private static final String NAME = "jandaia";

    /** The model that answers. */
    @Bean(destroyMethod = "close")
    @ConditionalOnProperty("jandaia.model")
    @ConditionalOnMissingBean(name = "jandaiaModel")
    Model jandaiaModel(JandaiaProperties settings) {
        return load(settings.model(), settings.threads(), settings.template());
    }

    /** The model of vectors, where it is another one. */
    @Bean(destroyMethod = "close", defaultCandidate = false)
    @ConditionalOnProperty("jandaia.embedding-model")
    @ConditionalOnMissingBean(name = "jandaiaVectorModel")
    Model jandaiaVectorModel(JandaiaProperties settings) {
        return load(settings.embeddingModel(), settings.threads(), null);
    }

    private static Model load(@Nullable String name, int threads, @Nullable String template) {
        LoadOptions options = LoadOptions.DEFAULT.threads(threads);
        return Jandaia.load(String.valueOf(name), template == null ? options : options.template(template));
    }

    @Bean
    @ConditionalOnProperty("jandaia.model")
    @ConditionalOnProperty(name = "spring.ai.model.chat", havingValue = NAME, matchIfMissing = true)
    @ConditionalOnMissingBean(ChatModel.class)
    JandaiaChatModel jandaiaChatModel(
            @Qualifier("jandaiaModel") Model model,
            JandaiaProperties settings,
            ObjectProvider<ObservationRegistry> registry) {
        JandaiaProperties.Chat chat = settings.chat();
        return new JandaiaChatModel(
                model,
                JandaiaChatOptions.builder()
                        .temperature(chat.temperature())
                        .topP(chat.topP())
                        .topK(chat.topK())
                        .maxTokens(chat.maxTokens())
                        .seed(chat.seed())
                        .build(),
                registry.getIfUnique(() -> ObservationRegistry.NOOP));
    }

    @Bean
    @ConditionalOnProperty(name = "spring.ai.model.embedding", havingValue = NAME, matchIfMissing = true)
    @ConditionalOnMissingBean(EmbeddingModel.class)
    @ConditionalOnAnyModel
    JandaiaEmbeddingModel jandaiaEmbeddingModel(
            @Qualifier("jandaiaVectorModel") ObjectProvider<Model> vectors,
            @Qualifier("jandaiaModel") ObjectProvider<Model> model,
            ObjectProvider<ObservationRegistry> registry) {
        Model own = vectors.getIfAvailable();
        return new JandaiaEmbeddingModel(
                own == null ? model.getObject() : own,
                EmbedOptions.DEFAULT,
                registry.getIfUnique(() -> ObservationRegistry.NOOP));
    }
}
