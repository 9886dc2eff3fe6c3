package io.jandaia.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.ollama.OllamaChatModel;
import dev.langchain4j.model.ollama.OllamaEmbeddingModel;
import dev.langchain4j.model.ollama.OllamaStreamingChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** LangChain4j's modules for OpenAI and for Ollama. */
@Timeout(120)
class LangChain4jTest {

    @TempDir
    static Path folder;

    private static Served served;

    /** Which of LangChain4j's modules speaks. */
    enum Module {
        OPENAI,
        OLLAMA;

        ChatModel chat(String model) {
            return this == OPENAI
                    ? OpenAiChatModel.builder()
                            .baseUrl(served.url() + "/v1")
                            .apiKey(served.key())
                            .modelName(model)
                            .maxRetries(0)
                            .temperature(0.0)
                            .seed(7)
                            .maxCompletionTokens(160)
                            .strictJsonSchema(true)
                            .build()
                    : OllamaChatModel.builder()
                            .baseUrl(served.url())
                            .customHeaders(Map.of("Authorization", "Bearer " + served.key()))
                            .modelName(model)
                            .maxRetries(0)
                            .temperature(0.0)
                            .seed(7)
                            .numPredict(160)
                            .build();
        }

        StreamingChatModel streaming(String model) {
            return this == OPENAI
                    ? OpenAiStreamingChatModel.builder()
                            .baseUrl(served.url() + "/v1")
                            .apiKey(served.key())
                            .modelName(model)
                            .temperature(0.0)
                            .seed(7)
                            .maxCompletionTokens(160)
                            .build()
                    : OllamaStreamingChatModel.builder()
                            .baseUrl(served.url())
                            .customHeaders(Map.of("Authorization", "Bearer " + served.key()))
                            .modelName(model)
                            .temperature(0.0)
                            .seed(7)
                            .numPredict(160)
                            .build();
        }

        EmbeddingModel embedding(String model) {
            return this == OPENAI
                    ? OpenAiEmbeddingModel.builder()
                            .baseUrl(served.url() + "/v1")
                            .apiKey(served.key())
                            .modelName(model)
                            .build()
                    : OllamaEmbeddingModel.builder()
                            .baseUrl(served.url())
                            .customHeaders(Map.of("Authorization", "Bearer " + served.key()))
                            .modelName(model)
                            .build();
        }
    }

    @BeforeAll
    static void start() {
        served = new Served(folder);
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    private static ChatResponse streamed(StreamingChatModel model, ChatRequest request, StringBuilder text)
            throws Exception {
        CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
        model.chat(request, new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String partial) {
                text.append(partial);
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                whole.complete(response);
            }

            @Override
            public void onError(Throwable error) {
                whole.completeExceptionally(error);
            }
        });
        return whole.get(60, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerIsTheSameWholeAndStreamed(Module module) throws Exception {
        ChatRequest request = ChatRequest.builder()
                .messages(UserMessage.from("Once upon a time"))
                .build();
        ChatResponse whole = module.chat("plain").chat(request);
        assertThat(whole.aiMessage().text()).isNotEmpty();
        assertThat(whole.tokenUsage().outputTokenCount()).isPositive();
        StringBuilder text = new StringBuilder();
        ChatResponse same = streamed(module.streaming("plain"), request, text);
        assertThat(text.toString()).isEqualTo(whole.aiMessage().text());
        assertThat(same.aiMessage()).isEqualTo(whole.aiMessage());
        assertThat(same.finishReason()).isEqualTo(whole.finishReason());
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerHasTheFormOfASchema(Module module) {
        ChatRequest request = ChatRequest.builder()
                .messages(UserMessage.from("Who?"))
                .responseFormat(ResponseFormat.builder()
                        .type(ResponseFormatType.JSON)
                        .jsonSchema(JsonSchema.builder()
                                .name("person")
                                .rootElement(JsonObjectSchema.builder()
                                        .addStringProperty("name")
                                        .addIntegerProperty("age")
                                        .required("name", "age")
                                        .additionalProperties(false)
                                        .build())
                                .build())
                        .build())
                .build();
        JsonNode person = JsonMapper.shared()
                .readTree(module.chat("plain").chat(request).aiMessage().text());
        assertThat(person.get("name").isString()).isTrue();
        assertThat(person.get("age").isIntegralNumber()).isTrue();
        assertThat(person.size()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    void toolsAreCalledAndTheirResultsTaken(Module module) throws Exception {
        ToolSpecification weather = ToolSpecification.builder()
                .name("weather")
                .description("The weather of a city")
                .parameters(JsonObjectSchema.builder()
                        .addStringProperty("city")
                        .required("city")
                        .build())
                .build();
        List<ChatMessage> messages = new ArrayList<>(List.of(UserMessage.from("Weather?")));
        ChatRequest.Builder request = ChatRequest.builder().messages(messages).toolSpecifications(weather);
        if (module == Module.OPENAI) {
            AiMessage answer = module.chat("tools")
                    .chat(request.toolChoice(ToolChoice.REQUIRED).build())
                    .aiMessage();
            assertThat(answer.toolExecutionRequests()).isNotEmpty().allSatisfy(call -> {
                assertThat(call.name()).isEqualTo("weather");
                assertThat(JsonMapper.shared()
                                .readTree(call.arguments())
                                .get("city")
                                .isString())
                        .isTrue();
            });
            AiMessage same = streamed(module.streaming("tools"), request.build(), new StringBuilder())
                    .aiMessage();
            assertThat(same.toolExecutionRequests())
                    .extracting(call -> call.arguments())
                    .containsExactlyElementsOf(answer.toolExecutionRequests().stream()
                            .map(call -> call.arguments())
                            .toList());
            messages.add(answer);
            answer.toolExecutionRequests()
                    .forEach(call -> messages.add(ToolExecutionResultMessage.from(call, "sunny")));
        }
        // Ollama's API cannot ask for a call.
        ChatResponse last = module.chat("tools")
                .chat(ChatRequest.builder()
                        .messages(messages)
                        .toolSpecifications(weather)
                        .build());
        assertThat(last.tokenUsage().inputTokenCount()).isGreaterThan(20);
        assertThat(last.aiMessage().text() == null ? "" : last.aiMessage().text())
                .doesNotContain("<call>");
    }

    @ParameterizedTest
    @EnumSource
    void embeddingsAreThereForEveryText(Module module) {
        EmbeddingModel model = module.embedding("plain");
        List<TextSegment> texts = List.of(TextSegment.from("The cat"), TextSegment.from("A dog"));
        assertThat(model.embedAll(texts).content())
                .hasSize(2)
                .allSatisfy(one -> assertThat(one.vector()).isNotEmpty());
    }

    @ParameterizedTest
    @EnumSource
    void aModelThatIsNotThereIsNotFound(Module module) {
        assertThatThrownBy(() -> module.chat("absent").chat("Hi"))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("absent");
    }
}
