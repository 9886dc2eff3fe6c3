package io.jandaia.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.Jandaia;
import io.jandaia.error.JandaiaException;
import io.jandaia.model.EmbedOptions;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.jandaia.model.answer.ToolUse;
import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.ai.chat.client.AdvisorParams;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.MessageAggregator;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.document.Document;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.function.FunctionToolCallback;
import org.springframework.ai.tool.metadata.ToolMetadata;
import reactor.core.publisher.Flux;
import tools.jackson.databind.json.JsonMapper;

/** The starter as Spring AI sees it. */
@Timeout(120)
class JandaiaModelsTest {

    private static final String STARTER = "../models/starter";
    private static final JandaiaChatOptions GREEDY =
            JandaiaChatOptions.builder().temperature(0.0).maxTokens(24).build();
    private static final JandaiaChatOptions SAMPLED = JandaiaChatOptions.builder()
            .temperature(1.5)
            .maxTokens(200)
            .seed(3L)
            .build();

    private static Model plain;
    private static Model tools;
    private static Model thinks;

    /** What a tool is given. */
    record City(String city) {}

    @BeforeAll
    static void open() {
        plain = Jandaia.load(STARTER);
        tools = withTemplate("tools");
        thinks = withTemplate("thinks");
    }

    @AfterAll
    static void close() {
        plain.close();
        tools.close();
        thinks.close();
    }

    private static Model withTemplate(String name) {
        return Jandaia.load(
                STARTER, LoadOptions.DEFAULT.template("../server/src/test/resources/templates/" + name + ".jinja"));
    }

    private static AssistantMessage message(ChatResponse response) {
        return Objects.requireNonNull(response.getResult()).getOutput();
    }

    private static ChatResponse streamed(JandaiaChatModel model, Prompt prompt) {
        List<ChatResponse> all = new ArrayList<>();
        Flux<ChatResponse> pieces = model.stream(prompt);
        new MessageAggregator().aggregate(pieces, all::add).blockLast();
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    @Test
    void anAnswerIsTheSameWholeAndStreamed() {
        JandaiaChatModel model = new JandaiaChatModel(plain, GREEDY);
        ChatResponse whole = model.call(new Prompt("Once upon a time"));
        assertThat(message(whole).getText()).isNotEmpty();
        assertThat(whole.getMetadata().getUsage().getCompletionTokens()).isBetween(1, 24);
        ChatResponse same = streamed(model, new Prompt("Once upon a time"));
        assertThat(message(same).getText()).isEqualTo(message(whole).getText());
        assertThat(same.getMetadata().getUsage().getTotalTokens())
                .isEqualTo(whole.getMetadata().getUsage().getTotalTokens());
    }

    @Test
    void answersAndVectorsAreObserved() {
        List<Observation.Context> seen = new ArrayList<>();
        ObservationRegistry registry = ObservationRegistry.create();
        registry.observationConfig().observationHandler(new ObservationHandler<>() {
            @Override
            public void onStop(Observation.Context context) {
                seen.add(context);
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
        JandaiaChatModel model = new JandaiaChatModel(plain, GREEDY, registry);
        ChatResponse whole = model.call(new Prompt("Once upon a time"));
        streamed(model, new Prompt("Once upon a time"));
        assertThat(seen).hasSize(2).allSatisfy(context -> {
            assertThat(context.getContextualName()).isEqualTo("chat starter");
            assertThat(value(context, "gen_ai.system")).isEqualTo("jandaia");
            assertThat(value(context, "gen_ai.request.model")).isEqualTo("starter");
            assertThat(value(context, "gen_ai.usage.output_tokens"))
                    .isEqualTo(
                            whole.getMetadata().getUsage().getCompletionTokens().toString());
            assertThat(context.getError()).isNull();
        });
        seen.clear();
        Prompt wrong = new Prompt(
                "Once", JandaiaChatOptions.builder().temperature(-1.0).build());
        assertThatThrownBy(() -> model.call(wrong)).isInstanceOf(JandaiaException.class);
        assertThatThrownBy(() -> model.stream(wrong).blockLast()).isInstanceOf(JandaiaException.class);
        assertThat(seen)
                .hasSize(2)
                .allSatisfy(context -> assertThat(context.getError()).isInstanceOf(JandaiaException.class));
        seen.clear();
        new JandaiaEmbeddingModel(plain, EmbedOptions.DEFAULT, registry).embed(List.of("one", "two"));
        assertThat(seen).singleElement().satisfies(context -> {
            assertThat(context.getContextualName()).isEqualTo("embedding starter");
            assertThat(Integer.parseInt(value(context, "gen_ai.usage.input_tokens")))
                    .isPositive();
        });
    }

    private static String value(Observation.Context context, String key) {
        return context.getAllKeyValues().stream()
                .filter(v -> v.getKey().equals(key))
                .map(KeyValue::getValue)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void optionsOfAPromptGoBeforeTheModels() {
        JandaiaChatModel model = new JandaiaChatModel(plain, GREEDY);
        ChatResponse shorter = model.call(new Prompt(
                "Once upon a time", JandaiaChatOptions.builder().maxTokens(2).build()));
        assertThat(shorter.getMetadata().getUsage().getCompletionTokens()).isLessThanOrEqualTo(2);
        assertThatThrownBy(() -> model.call(new Prompt(
                        "Once", JandaiaChatOptions.builder().temperature(-1.0).build())))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("temperature");
        assertThatThrownBy(() -> model.call(new Prompt(
                        "Once", JandaiaChatOptions.builder().model("gpt-4o").build())))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("starter");
    }

    @Test
    void callsAreReturnedWholeAndStreamed() {
        ToolCallback weather = FunctionToolCallback.builder("weather", (City city) -> "sunny")
                .description("The weather of a city")
                .inputType(City.class)
                .build();
        JandaiaChatModel model = new JandaiaChatModel(tools, SAMPLED);
        Prompt prompt = new Prompt(
                "Weather?",
                JandaiaChatOptions.builder()
                        .toolCallbacks(weather)
                        .toolChoice(ToolUse.Choice.REQUIRED)
                        .build());
        AssistantMessage answer = message(model.call(prompt));
        assertThat(answer.getToolCalls())
                .isNotEmpty()
                .allSatisfy(call -> assertThat(JsonMapper.shared()
                                .readTree(call.arguments())
                                .get("city")
                                .isString())
                        .isTrue());
        assertThat(message(streamed(model, prompt)).getToolCalls())
                .extracting(AssistantMessage.ToolCall::arguments)
                .containsExactlyElementsOf(answer.getToolCalls().stream()
                        .map(AssistantMessage.ToolCall::arguments)
                        .toList());
    }

    @Test
    void aChatClientMakesTheCalls() {
        List<String> asked = new ArrayList<>();
        ToolCallback weather = FunctionToolCallback.builder("weather", (City city) -> {
                    asked.add(city.city());
                    return "sunny";
                })
                .description("The weather of a city")
                .inputType(City.class)
                .toolMetadata(ToolMetadata.builder().returnDirect(true).build())
                .build();
        String last = ChatClient.create(new JandaiaChatModel(tools, SAMPLED))
                .prompt("Weather?")
                .options(JandaiaChatOptions.builder().toolChoice(ToolUse.Choice.REQUIRED))
                .tools(weather)
                .call()
                .content();
        assertThat(asked).isNotEmpty();
        assertThat(last).contains("sunny");
    }

    @Test
    void aChatClientFillsAClass() {
        record Person(String name, int age) {}
        Person person = ChatClient.create(new JandaiaChatModel(plain, SAMPLED))
                .prompt("Who?")
                .advisors(AdvisorParams.ENABLE_NATIVE_STRUCTURED_OUTPUT)
                .call()
                .entity(Person.class);
        assertThat(person).isNotNull();
        assertThat(Objects.requireNonNull(person).name()).isNotNull();
    }

    @Test
    void reasoningIsAProperty() {
        JandaiaChatModel model = new JandaiaChatModel(thinks, SAMPLED);
        AssistantMessage whole = message(model.call(new Prompt("Why?")));
        assertThat(whole.getMetadata().get("reasoningContent")).asString().isNotEmpty();
    }

    @Test
    void aSubscriberThatLeavesEndsTheAnswer() {
        JandaiaChatModel model = new JandaiaChatModel(
                plain, JandaiaChatOptions.builder().temperature(1.0).build());
        assertThat(model.stream(new Prompt("Once upon a time"))
                        .take(1)
                        .collectList()
                        .block())
                .hasSize(1);
    }

    @Test
    void embeddingsAreThoseOfTheModel() {
        JandaiaEmbeddingModel model = new JandaiaEmbeddingModel(plain);
        float[] expected =
                plain.embed(List.of("A dog"), EmbedOptions.DEFAULT).vectors().getFirst();
        assertThat(model.embed("A dog")).isEqualTo(expected);
        assertThat(model.embed(new Document("A dog"))).isEqualTo(expected);
        assertThat(model.dimensions()).isEqualTo(expected.length);
    }
}
