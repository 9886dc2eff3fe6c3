package io.jandaia.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessageToolCall;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.models.Model;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** openai-java. */
@Timeout(120)
class OpenAiJavaTest {

    @TempDir
    static Path folder;

    private static Served served;
    private static OpenAIClient client;

    /** What an answer has to look like. */
    record Person(String name, BigInteger age, List<String> languages) {}

    /** A tool as openai-java declares them. */
    @JsonClassDescription("The weather of a city")
    record Weather(String city, BigInteger days) {}

    @BeforeAll
    static void start() {
        served = new Served(folder);
        client = client(served.key());
    }

    @AfterAll
    static void stop() {
        client.close();
        served.close();
    }

    private static OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(served.url() + "/v1")
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    private static ChatCompletionCreateParams.Builder chat(String model) {
        return ChatCompletionCreateParams.builder()
                .model(model)
                .addSystemMessage("Tell stories.")
                .addUserMessage("Once upon a time")
                .maxCompletionTokens(24)
                .temperature(0)
                .putAdditionalBodyProperty("seed", JsonValue.from(7));
    }

    private static ChatCompletion streamed(ChatCompletionCreateParams params) {
        ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();
        try (StreamResponse<ChatCompletionChunk> chunks =
                client.chat().completions().createStreaming(params)) {
            chunks.stream().forEach(whole::accumulate);
        }
        return whole.chatCompletion();
    }

    @Test
    void anAnswerIsTheSameWholeAndStreamed() {
        ChatCompletionCreateParams params = chat("plain").build();
        ChatCompletion whole = client.chat().completions().create(params);
        String text = whole.choices().get(0).message().content().orElseThrow();
        assertThat(text).isNotEmpty();
        assertThat(whole.usage().orElseThrow().completionTokens()).isBetween(1L, 24L);
        assertThat(streamed(params).choices().get(0).message().content()).contains(text);
        ChatCompletion alias = client.chat().completions().create(chat("gpt-4o").build());
        assertThat(alias.choices().get(0).message().content()).contains(text);
    }

    @Test
    void severalAnswersWithLogProbabilities() {
        ChatCompletion several = client.chat()
                .completions()
                .create(chat("plain")
                        .temperature(1)
                        .n(3)
                        .logprobs(true)
                        .topLogprobs(2)
                        .build());
        assertThat(several.choices())
                .hasSize(3)
                .allSatisfy(choice -> assertThat(
                                choice.logprobs().orElseThrow().content().orElseThrow())
                        .isNotEmpty()
                        .allSatisfy(token -> assertThat(token.topLogprobs()).hasSize(2)));
    }

    @Test
    void anAnswerHasTheFormOfAClass() {
        for (int seed = 0; seed < 5; seed++) {
            var params = chat("plain")
                    .temperature(1.5)
                    .putAdditionalBodyProperty("seed", JsonValue.from(seed))
                    .maxCompletionTokens(120)
                    .responseFormat(Person.class)
                    .build();
            Person person = client.chat()
                    .completions()
                    .create(params)
                    .choices()
                    .get(0)
                    .message()
                    .content()
                    .orElseThrow();
            assertThat(person.name()).isNotNull();
            assertThat(person.languages()).isNotNull();
        }
    }

    @Test
    void toolsAreCalledWithArgumentsOfTheirClass() {
        ChatCompletionCreateParams.Builder asked = chat("tools")
                .temperature(1.5)
                .maxCompletionTokens(160)
                .addTool(Weather.class)
                .toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED);
        ChatCompletion answer = client.chat().completions().create(asked.build());
        assertThat(answer.choices().get(0).finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
        List<ChatCompletionMessageToolCall> calls =
                answer.choices().get(0).message().toolCalls().orElseThrow();
        assertThat(calls)
                .isNotEmpty()
                .allSatisfy(call -> assertThat(call.asFunction()
                                .function()
                                .arguments(Weather.class)
                                .city())
                        .isNotNull());
        ChatCompletion same = streamed(asked.build());
        assertThat(same.choices().get(0).message().toolCalls().orElseThrow())
                .extracting(call -> call.asFunction().function().arguments())
                .containsExactlyElementsOf(calls.stream()
                        .map(call -> call.asFunction().function().arguments())
                        .toList());

        asked.addMessage(answer.choices().get(0).message());
        calls.forEach(call -> asked.addMessage(ChatCompletionToolMessageParam.builder()
                .toolCallId(call.asFunction().id())
                .content("sunny")
                .build()));
        ChatCompletion last = client.chat()
                .completions()
                .create(asked.toolChoice(ChatCompletionToolChoiceOption.Auto.NONE)
                        .build());
        assertThat(last.choices().get(0).message().content()).isPresent();
    }

    @Test
    void completionsEchoWhatTheyWereGiven() {
        Completion completion = client.completions()
                .create(CompletionCreateParams.builder()
                        .model("plain")
                        .prompt("Once upon a time")
                        .echo(true)
                        .logprobs(1)
                        .maxTokens(4)
                        .temperature(0)
                        .build());
        assertThat(completion.choices().get(0).text()).startsWith("Once upon a time");
        assertThat(completion.choices().get(0).logprobs().orElseThrow().tokenLogprobs())
                .isPresent();
    }

    @Test
    void responsesComeWholeAndAsEvents() {
        ResponseCreateParams params = ResponseCreateParams.builder()
                .model("plain")
                .instructions("Tell stories.")
                .input("Once upon a time")
                .maxOutputTokens(24)
                .temperature(0)
                .build();
        Response whole = client.responses().create(params);
        ResponseAccumulator streamed = ResponseAccumulator.create();
        try (StreamResponse<ResponseStreamEvent> events = client.responses().createStreaming(params)) {
            events.stream().forEach(streamed::accumulate);
        }
        assertThat(text(whole)).isNotEmpty().isEqualTo(text(streamed.response()));
    }

    private static String text(Response response) {
        StringBuilder text = new StringBuilder();
        response.output().stream()
                .flatMap(item -> item.message().stream())
                .flatMap(message -> message.content().stream())
                .forEach(content -> text.append(content.asOutputText().text()));
        return text.toString();
    }

    @Test
    void embeddingsAreOfUnitLength() {
        var embeddings = client.embeddings()
                .create(EmbeddingCreateParams.builder()
                        .model("plain")
                        .inputOfArrayOfStrings(List.of("The cat", "A dog"))
                        .build());
        assertThat(embeddings.data()).hasSize(2).allSatisfy(one -> {
            double square = 0;
            for (float x : one.embedding()) {
                square += x * x;
            }
            assertThat(square).isEqualTo(1, within(1e-3));
        });
    }

    @Test
    void modelsAreListed() {
        assertThat(client.models().list().data()).extracting(Model::id).contains("plain", "tools", "thinks");
        assertThat(client.models().retrieve("tools").id()).isEqualTo("tools");
    }

    @Test
    void errorsAreThoseOfTheApi() {
        assertThatThrownBy(
                        () -> client.chat().completions().create(chat("absent").build()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("absent");
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(chat("plain").temperature(-1).build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("temperature");
        OpenAIClient stranger = client("sk-wrong");
        assertThatThrownBy(() -> stranger.models().list()).isInstanceOf(UnauthorizedException.class);
        stranger.close();
    }
}
