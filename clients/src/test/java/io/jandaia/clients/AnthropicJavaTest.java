package io.jandaia.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.errors.NotFoundException;
import com.anthropic.errors.UnauthorizedException;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.ContentBlock;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.StopReason;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolChoiceAny;
import com.anthropic.models.messages.ToolResultBlockParam;
import com.anthropic.models.messages.ToolUseBlock;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** anthropic-java. */
@Timeout(120)
class AnthropicJavaTest {

    @TempDir
    static Path folder;

    private static Served served;
    private static AnthropicClient client;

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

    private static AnthropicClient client(String key) {
        return AnthropicOkHttpClient.builder()
                .baseUrl(served.url())
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    private static MessageCreateParams.Builder ask(String model) {
        return MessageCreateParams.builder()
                .model(model)
                .maxTokens(24)
                .putAdditionalBodyProperty("temperature", JsonValue.from(0))
                .system("Tell stories.")
                .addUserMessage("Once upon a time");
    }

    private static Message streamed(MessageCreateParams params) {
        MessageAccumulator whole = MessageAccumulator.create();
        try (StreamResponse<RawMessageStreamEvent> events = client.messages().createStreaming(params)) {
            events.stream().forEach(whole::accumulate);
        }
        return whole.message();
    }

    @Test
    void anAnswerIsTheSameWholeAndStreamed() {
        Message whole = client.messages().create(ask("plain").build());
        String text = whole.content().get(0).asText().text();
        assertThat(text).isNotEmpty();
        assertThat(whole.usage().outputTokens()).isBetween(1L, 24L);
        Message same = streamed(ask("plain").build());
        assertThat(same.content().get(0).asText().text()).isEqualTo(text);
        assertThat(same.stopReason()).isEqualTo(whole.stopReason());
        assertThat(same.usage().outputTokens()).isEqualTo(whole.usage().outputTokens());
    }

    @Test
    void toolsAreUsedAndTheirResultsTaken() {
        MessageCreateParams.Builder asked = ask("tools")
                .maxTokens(200)
                .addTool(Tool.builder()
                        .name("weather")
                        .description("The weather of a city")
                        .inputSchema(Tool.InputSchema.builder()
                                .properties(Tool.InputSchema.Properties.builder()
                                        .putAdditionalProperty(
                                                "city", JsonValue.from(Map.of("type", "string", "maxLength", 12)))
                                        .putAdditionalProperty(
                                                "days",
                                                JsonValue.from(Map.of("type", "integer", "minimum", 1, "maximum", 9)))
                                        .build())
                                .required(List.of("city"))
                                .build())
                        .build())
                .toolChoice(ToolChoiceAny.builder().build());
        Message answer = client.messages().create(asked.build());
        assertThat(answer.stopReason()).contains(StopReason.TOOL_USE);
        List<ToolUseBlock> uses = uses(answer);
        assertThat(uses).isNotEmpty().allSatisfy(use -> assertThat(use.name()).isEqualTo("weather"));
        assertThat(uses(streamed(asked.build())))
                .extracting(ToolUseBlock::_input)
                .containsExactlyElementsOf(
                        uses.stream().map(ToolUseBlock::_input).toList());

        List<ContentBlockParam> results = new ArrayList<>();
        uses.forEach(use -> results.add(ContentBlockParam.ofToolResult(ToolResultBlockParam.builder()
                .toolUseId(use.id())
                .content("sunny")
                .build())));
        Message last = client.messages()
                .create(asked.addMessage(answer)
                        .addUserMessageOfContentBlockParams(results)
                        .build());
        assertThat(promptTokens(last)).isGreaterThan(promptTokens(answer));
    }

    private static List<ToolUseBlock> uses(Message message) {
        return message.content().stream()
                .filter(ContentBlock::isToolUse)
                .map(ContentBlock::asToolUse)
                .toList();
    }

    @Test
    void tokensAreCountedBeforehand() {
        long counted = client.messages()
                .countTokens(MessageCountTokensParams.builder()
                        .model("plain")
                        .system("Tell stories.")
                        .addUserMessage("Once upon a time")
                        .build())
                .inputTokens();
        assertThat(promptTokens(client.messages().create(ask("plain").build()))).isEqualTo(counted);
    }

    /** This API counts what was there already apart. */
    private static long promptTokens(Message message) {
        return message.usage().inputTokens()
                + message.usage().cacheReadInputTokens().orElse(0L);
    }

    @Test
    void errorsAreThoseOfTheApi() {
        assertThatThrownBy(() -> client.messages().create(ask("absent").build()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("absent");
        AnthropicClient stranger = client("sk-wrong");
        assertThatThrownBy(() -> stranger.messages().create(ask("plain").build()))
                .isInstanceOf(UnauthorizedException.class);
        stranger.close();
    }
}
