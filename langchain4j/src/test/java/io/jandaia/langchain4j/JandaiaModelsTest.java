package io.jandaia.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.jandaia.Jandaia;
import io.jandaia.error.JandaiaException;
import io.jandaia.model.EmbedOptions;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The starter as LangChain4j sees it. */
@Timeout(120)
class JandaiaModelsTest {

    private static final String STARTER = "../models/starter";
    private static final GenerateOptions GREEDY = GenerateOptions.DEFAULT.temperature(0);
    private static final GenerateOptions SAMPLED =
            GenerateOptions.DEFAULT.temperature(1.5).seed(3);
    private static final ToolSpecification WEATHER = ToolSpecification.builder()
            .name("weather")
            .description("The weather of a city")
            .parameters(JsonObjectSchema.builder()
                    .addStringProperty("city")
                    .required("city")
                    .build())
            .build();

    private static Model plain;
    private static Model tools;
    private static Model thinks;

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

    /** The example of the README. */
    @Test
    void twoLines() {
        ChatModel model = new JandaiaChatModel(Jandaia.load(STARTER));
        assertThat(model.chat("Tell me a story.")).isNotEmpty();
    }

    /** Keeps what it is told. */
    private static class Listener implements StreamingChatResponseHandler {
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder thinking = new StringBuilder();
        private final List<CompleteToolCall> calls = new ArrayList<>();
        private final CompletableFuture<ChatResponse> whole = new CompletableFuture<>();

        @Override
        public void onPartialResponse(String piece) {
            text.append(piece);
        }

        @Override
        public void onPartialThinking(PartialThinking piece) {
            thinking.append(piece.text());
        }

        @Override
        public void onCompleteToolCall(CompleteToolCall call) {
            calls.add(call);
        }

        @Override
        public void onCompleteResponse(ChatResponse response) {
            whole.complete(response);
        }

        @Override
        public void onError(Throwable error) {
            whole.completeExceptionally(error);
        }

        ChatResponse response() throws Exception {
            return whole.get(60, TimeUnit.SECONDS);
        }
    }

    private static ChatRequest.Builder ask(String text) {
        return ChatRequest.builder().messages(SystemMessage.from("Tell stories."), UserMessage.from(text));
    }

    @Test
    void anAnswerIsTheModelsOwnWholeAndStreamed() throws Exception {
        ChatRequest request = ask("Once upon a time").maxOutputTokens(24).build();
        ChatResponse whole = new JandaiaChatModel(plain, GREEDY).chat(request);
        assertThat(whole.tokenUsage().outputTokenCount()).isBetween(1, 24);
        assertThat(whole.finishReason()).isIn(FinishReason.STOP, FinishReason.LENGTH);
        Listener listener = new Listener();
        new JandaiaStreamingChatModel(plain, GREEDY).chat(request, listener);
        assertThat(listener.response().aiMessage()).isEqualTo(whole.aiMessage());
        assertThat(listener.text.toString()).isEqualTo(whole.aiMessage().text());
    }

    @Test
    void parametersAreHonoured() {
        ChatModel model = new JandaiaChatModel(plain, GREEDY);
        assertThat(model.chat(ask("Once").maxOutputTokens(3).build())
                        .tokenUsage()
                        .outputTokenCount())
                .isLessThanOrEqualTo(3);
        String whole = model.chat(ask("Once upon a time").maxOutputTokens(40).build())
                .aiMessage()
                .text();
        String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 3);
        assertThat(model.chat(ask("Once upon a time")
                                .maxOutputTokens(40)
                                .stopSequences(List.of(stop))
                                .build())
                        .aiMessage()
                        .text())
                .isEqualTo(whole.substring(0, whole.indexOf(stop)));
        assertThatThrownBy(() -> model.chat(ask("Once").temperature(-1.0).build()))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("temperature");
        assertThatThrownBy(() -> model.chat(ask("Once").modelName("gpt-4o").build()))
                .isInstanceOf(UnsupportedFeatureException.class)
                .hasMessageContaining("starter");
    }

    @Test
    void jsonHasTheFormOfItsSchema() {
        ChatRequest request = ask("Who?")
                .maxOutputTokens(80)
                .responseFormat(ResponseFormat.builder()
                        .type(ResponseFormatType.JSON)
                        .jsonSchema(JsonSchema.builder()
                                .name("person")
                                .rootElement(JsonObjectSchema.builder()
                                        .addStringProperty("name")
                                        .addIntegerProperty("age")
                                        .required("name", "age")
                                        .build())
                                .build())
                        .build())
                .build();
        JsonNode person = JsonMapper.shared()
                .readTree(new JandaiaChatModel(plain, SAMPLED)
                        .chat(request)
                        .aiMessage()
                        .text());
        assertThat(person.get("name").isString()).isTrue();
        assertThat(person.get("age").isIntegralNumber()).isTrue();
    }

    @Test
    void toolsAreCalledAndTheirResultsTaken() throws Exception {
        List<ChatMessage> messages = new ArrayList<>(List.of(UserMessage.from("Weather?")));
        ChatRequest request = ChatRequest.builder()
                .messages(messages)
                .toolSpecifications(WEATHER)
                .toolChoice(ToolChoice.REQUIRED)
                .maxOutputTokens(160)
                .build();
        ChatModel model = new JandaiaChatModel(tools, SAMPLED);
        ChatResponse answer = model.chat(request);
        assertThat(answer.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
        AiMessage called = answer.aiMessage();
        assertThat(called.toolExecutionRequests()).isNotEmpty().allSatisfy(call -> {
            assertThat(call.name()).isEqualTo("weather");
            assertThat(JsonMapper.shared()
                            .readTree(call.arguments())
                            .get("city")
                            .isString())
                    .isTrue();
        });
        Listener listener = new Listener();
        new JandaiaStreamingChatModel(tools, SAMPLED).chat(request, listener);
        assertThat(listener.response().aiMessage().toolExecutionRequests())
                .extracting(call -> call.arguments())
                .containsExactlyElementsOf(called.toolExecutionRequests().stream()
                        .map(call -> call.arguments())
                        .toList());
        assertThat(listener.calls)
                .extracting(CompleteToolCall::toolExecutionRequest)
                .isEqualTo(listener.response().aiMessage().toolExecutionRequests());

        messages.add(called);
        called.toolExecutionRequests().forEach(call -> messages.add(ToolExecutionResultMessage.from(call, "sunny")));
        ChatResponse last = model.chat(ChatRequest.builder()
                .messages(messages)
                .toolSpecifications(WEATHER)
                .maxOutputTokens(16)
                .build());
        assertThat(last.tokenUsage().inputTokenCount())
                .isGreaterThan(answer.tokenUsage().inputTokenCount());
        assertThatThrownBy(() -> new JandaiaChatModel(plain).chat(request))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("does not show how it writes calls");
    }

    @Test
    void reasoningIsApart() throws Exception {
        ChatRequest request = ask("Why?").maxOutputTokens(40).build();
        ChatResponse whole = new JandaiaChatModel(thinks, SAMPLED).chat(request);
        assertThat(whole.aiMessage().thinking()).isNotEmpty();
        Listener listener = new Listener();
        new JandaiaStreamingChatModel(thinks, SAMPLED).chat(request, listener);
        assertThat(listener.response().aiMessage().thinking())
                .isEqualTo(whole.aiMessage().thinking())
                .isEqualTo(listener.thinking.toString());
    }

    @Test
    void aHandlerMayCancelAndErrorsReachIt() throws Exception {
        StringBuilder text = new StringBuilder();
        Listener cancelling = new Listener() {
            @Override
            public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
                text.append(piece.text());
                context.streamingHandle().cancel();
            }
        };
        new JandaiaStreamingChatModel(plain, GenerateOptions.DEFAULT.ignoreEnd(true))
                .chat(ask("Once").maxOutputTokens(400).build(), cancelling);
        assertThat(cancelling.response().tokenUsage().outputTokenCount()).isLessThan(400);
        assertThat(text).isNotEmpty();

        Listener failing = new Listener();
        new JandaiaStreamingChatModel(plain)
                .chat(
                        ChatRequest.builder()
                                .messages(UserMessage.from(ImageContent.from("http://127.0.0.1/a.png")))
                                .build(),
                        failing);
        assertThatThrownBy(failing::response).hasRootCauseInstanceOf(UnsupportedFeatureException.class);
    }

    @Test
    void embeddingsAreThoseOfTheModel() {
        var embedded = new JandaiaEmbeddingModel(plain)
                .embedAll(List.of(TextSegment.from("The cat"), TextSegment.from("A dog")));
        assertThat(embedded.content()).hasSize(2);
        assertThat(embedded.content().get(1).vector())
                .isEqualTo(plain.embed(List.of("A dog"), EmbedOptions.DEFAULT)
                        .vectors()
                        .get(0));
        assertThat(embedded.tokenUsage())
                .isNotNull()
                .extracting(TokenUsage::inputTokenCount)
                .isEqualTo(4);
    }
}
