package io.jandaia.model.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Templates of published models, rendered as transformers renders them, byte for byte. */
class RealTemplatesTest {

    private static final Path FOLDER = Path.of("..", "..", "shared", "real", "templates");
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-23T10:30:00Z"), ZoneOffset.UTC);

    /** They use the filter from_json, which the reference does not have and Jandaia does. */
    private static final Set<String> BEYOND_THE_REFERENCE =
            Set.of("deepseek-ai-DeepSeek-V3.2.jinja", "deepseek-ai-DeepSeek-V4.jinja");

    private final JsonMapper json = new JsonMapper();

    @Test
    void rendersOrRefusesAsTransformers() throws IOException {
        Path file = FOLDER.resolve("expected.json");
        if (!Files.exists(file)) {
            System.out.println("NOT RUN: real chat templates needs ../shared/real/templates/expected.json");
        }
        assumeTrue(Files.exists(file));
        JsonNode root = json.readTree(file.toFile());
        Map<String, String> tokens = new HashMap<>();
        root.path("variables")
                .properties()
                .forEach(e -> tokens.put(e.getKey(), e.getValue().stringValue()));
        int rendered = 0;
        int refused = 0;
        for (Map.Entry<String, JsonNode> template : root.path("expected").properties()) {
            ChatTemplate chat =
                    ChatTemplate.of(Files.readString(FOLDER.resolve(template.getKey())), CLOCK, Limits.DEFAULT);
            for (Map.Entry<String, JsonNode> entry : template.getValue().properties()) {
                int slash = entry.getKey().indexOf('/');
                JsonNode conversation =
                        root.path("conversations").path(entry.getKey().substring(0, slash));
                List<Message> messages = new ArrayList<>();
                maps(conversation.path("messages")).forEach(map -> messages.add(Message.of(map)));
                JsonNode tools = conversation.path("tools");
                Inputs inputs = Inputs.NONE
                        .tools(tools.isArray() ? maps(tools) : null)
                        .generate(entry.getKey().endsWith("/generate"))
                        .specialTokens(tokens);
                String label = template.getKey() + " " + entry.getKey();
                if (entry.getValue().isString()) {
                    Prompt prompt = chat.render(messages, inputs);
                    assertThat(prompt.text())
                            .as(label)
                            .isEqualTo(entry.getValue().stringValue());
                    Spans.check(prompt);
                    rendered++;
                } else if (!BEYOND_THE_REFERENCE.contains(template.getKey())) {
                    assertThatThrownBy(() -> chat.render(messages, inputs))
                            .as(label)
                            .isInstanceOf(JandaiaException.class)
                            .hasMessageContaining(firstLine(entry.getValue()));
                    refused++;
                }
            }
        }
        assertThat(rendered).isEqualTo(694);
        assertThat(refused).isGreaterThan(40);
    }

    private static String firstLine(JsonNode error) {
        return error.path("message").stringValue().lines().findFirst().orElse("");
    }

    private List<Map<String, @Nullable Object>> maps(JsonNode array) {
        return json.convertValue(array, new TypeReference<>() {});
    }
}
