package io.jandaia.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.errors.NotFoundException;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.jandaia.server.ApiServer;
import io.jandaia.server.Models;
import io.jandaia.server.ServeOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.ai.chat.client.AdvisorParams;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.OpenAiEmbeddingModel;
import org.springframework.ai.openai.OpenAiEmbeddingOptions;
import org.springframework.ai.tool.function.FunctionToolCallback;
import org.springframework.ai.tool.metadata.ToolMetadata;

/** Spring AI's own OpenAI client, unchanged, against the server. */
@Timeout(120)
class SpringAiClientTest {

    private static Model plain;
    private static Model tools;
    private static ApiServer server;

    @BeforeAll
    static void start() {
        Path starter = Path.of("../models/starter");
        plain = Model.open(starter, LoadOptions.DEFAULT);
        tools = Model.open(starter, LoadOptions.DEFAULT.template("../server/src/test/resources/templates/tools.jinja"));
        Models models = new Models(Map.of("plain", () -> plain, "tools", () -> tools), Map.of());
        models.open();
        server = ApiServer.start(ServeOptions.DEFAULT.address("127.0.0.1", 0), models, record -> {});
    }

    @AfterAll
    static void stop() {
        server.close();
        plain.close();
        tools.close();
    }

    private static OpenAiChatOptions.Builder options(String model) {
        return OpenAiChatOptions.builder()
                .baseUrl(server.uri() + "/v1")
                .apiKey("none")
                .maxRetries(0)
                .model(model)
                .temperature(0.0)
                .seed(7)
                .maxCompletionTokens(120);
    }

    private static ChatClient client(OpenAiChatOptions options) {
        return ChatClient.create(OpenAiChatModel.builder().options(options).build());
    }

    @Test
    void anAnswerIsTheSameWholeAndStreamed() {
        ChatClient client = client(options("plain").build());
        String whole = client.prompt("Once upon a time").call().content();
        assertThat(whole).isNotEmpty();
        List<String> pieces = client.prompt("Once upon a time").stream()
                .content()
                .collectList()
                .block();
        assertThat(String.join("", Objects.requireNonNull(pieces))).isEqualTo(whole);
    }

    @Test
    void anAnswerFillsAClass() {
        record Person(String name, List<String> languages) {}
        Person person = client(options("plain").build())
                .prompt("Who?")
                .advisors(AdvisorParams.ENABLE_NATIVE_STRUCTURED_OUTPUT)
                .call()
                .entity(Person.class);
        assertThat(person).isNotNull();
        assertThat(Objects.requireNonNull(person).languages()).isNotNull();
    }

    @Test
    void toolsAreCalled() {
        List<String> asked = new ArrayList<>();
        String last = client(options("tools").temperature(1.5).build())
                .prompt("Weather?")
                .options(options("tools").temperature(1.5).toolChoice("required"))
                .tools(FunctionToolCallback.builder("weather", (JandaiaModelsTest.City city) -> {
                            asked.add(city.city());
                            return "sunny";
                        })
                        .description("The weather of a city")
                        .inputType(JandaiaModelsTest.City.class)
                        .toolMetadata(ToolMetadata.builder().returnDirect(true).build())
                        .build())
                .call()
                .content();
        assertThat(asked).isNotEmpty();
        assertThat(last).contains("sunny");
    }

    @Test
    void embeddingsAreThoseOfTheModel() {
        OpenAiEmbeddingModel model = OpenAiEmbeddingModel.builder()
                .options(OpenAiEmbeddingOptions.builder()
                        .baseUrl(server.uri() + "/v1")
                        .apiKey("none")
                        .model("plain")
                        .build())
                .build();
        assertThat(model.embed("A dog")).isNotEmpty();
    }

    @Test
    void aModelThatIsNotThereIsNotFound() {
        assertThatThrownBy(() ->
                        client(options("absent").build()).prompt("Hi").call().content())
                .isInstanceOf(NotFoundException.class);
    }
}
