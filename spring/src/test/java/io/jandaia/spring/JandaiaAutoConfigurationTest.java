package io.jandaia.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.model.Model;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.model.chat.client.autoconfigure.ChatClientAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What an application finds. */
@Timeout(120)
class JandaiaAutoConfigurationTest {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(JandaiaAutoConfiguration.class, ChatClientAutoConfiguration.class));

    @Test
    void theStarterNamesItsConfiguration() {
        assertThat(ImportCandidates.load(
                        org.springframework.boot.autoconfigure.AutoConfiguration.class,
                        EnableAutoConfiguration.class.getClassLoader()))
                .contains(JandaiaAutoConfiguration.class.getName());
    }

    /** The example of the README. */
    @Test
    void oneSettingMakesAChatClient() {
        runner.withPropertyValues("jandaia.model=../models/starter", "jandaia.chat.max-tokens=16")
                .run(context -> {
                    ChatClient client =
                            context.getBean(ChatClient.Builder.class).build();
                    assertThat(client.prompt("Tell me a story.").call().content())
                            .isNotEmpty();
                    assertThat(context.getBean(EmbeddingModel.class).embed("A dog"))
                            .isNotEmpty();
                    assertThat(Objects.requireNonNull(
                                            context.getBean(ChatModel.class).getOptions())
                                    .getMaxTokens())
                            .isEqualTo(16);
                });
    }

    @Test
    void withoutASettingNothingIsLoaded() {
        runner.run(context -> assertThat(context)
                .hasNotFailed()
                .doesNotHaveBean(Model.class)
                .doesNotHaveBean(ChatModel.class)
                .doesNotHaveBean(EmbeddingModel.class));
    }

    @Test
    void vectorsMayComeFromAModelOfTheirOwn() {
        runner.withPropertyValues("jandaia.embedding-model=../models/starter").run(context -> {
            assertThat(context).doesNotHaveBean(ChatModel.class);
            assertThat(context.getBean(EmbeddingModel.class).embed("A dog")).isNotEmpty();
        });
        runner.withPropertyValues("jandaia.model=../models/starter", "jandaia.embedding-model=../models/starter")
                .run(context -> {
                    assertThat(context.getBean(EmbeddingModel.class).embed("A dog"))
                            .isNotEmpty();
                    assertThat(context.getBean(Model.class)).isSameAs(context.getBean("jandaiaModel"));
                });
    }

    @Test
    void anotherProviderMayBeChosen() {
        runner.withPropertyValues("jandaia.model=../models/starter", "spring.ai.model.chat=openai")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(ChatModel.class));
        runner.withPropertyValues("jandaia.model=../models/starter")
                .withUserConfiguration(Own.class)
                .run(context ->
                        assertThat(context).hasSingleBean(ChatModel.class).hasBean("own"));
    }

    @Test
    void aModelThatIsNotThereIsNamed() {
        runner.withPropertyValues("jandaia.model=absent")
                .run(context ->
                        assertThat(context).hasFailed().getFailure().rootCause().hasMessageContaining("absent"));
    }

    /** An application with a model of its own. */
    @Configuration(proxyBeanMethods = false)
    static class Own {
        @Bean
        ChatModel own() {
            return prompt -> {
                throw new UnsupportedOperationException();
            };
        }
    }
}
