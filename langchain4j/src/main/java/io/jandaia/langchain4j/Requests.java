package io.jandaia.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.Model;
import io.jandaia.model.Reply;
import io.jandaia.model.answer.Tool;
import io.jandaia.model.answer.ToolUse;
import io.jandaia.model.chat.Inputs;
import io.jandaia.model.chat.Message;
import io.jandaia.model.grammar.Grammar;
import io.jandaia.model.sampling.Setting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What LangChain4j asks for, as the model takes it. */
final class Requests {

    private Requests() {}

    /** Starts the answer to a request. */
    static Reply reply(Model model, GenerateOptions options, ChatRequest request) {
        ChatRequestParameters asked = request.parameters();
        String name = asked.modelName();
        if (name != null && !name.equals(model.name())) {
            throw new UnsupportedFeatureException("The request names the model '" + name + "', but this is '"
                    + model.name() + "', the only one here. Leave the name out.");
        }
        List<Message> messages =
                request.messages().stream().map(Requests::message).toList();
        return model.reply(
                model.dialogue(messages, Inputs.NONE.generate(true), tools(asked), options(options, asked), null));
    }

    private static GenerateOptions options(GenerateOptions options, ChatRequestParameters asked) {
        options = options.withGiven(Setting.TEMPERATURE, asked.temperature())
                .withGiven(Setting.TOP_P, asked.topP())
                .withGiven(Setting.TOP_K, asked.topK())
                .withGiven(Setting.FREQUENCY_PENALTY, asked.frequencyPenalty())
                .withGiven(Setting.PRESENCE_PENALTY, asked.presencePenalty())
                .withGiven(Setting.MAX_TOKENS, asked.maxOutputTokens());
        if (!asked.stopSequences().isEmpty()) {
            options = options.stops(asked.stopSequences());
        }
        ResponseFormat format = asked.responseFormat();
        if (format != null && format.type() == ResponseFormatType.JSON) {
            options = options.grammar(
                    format.jsonSchema() == null
                            ? Grammar.json()
                            : Grammar.jsonSchema(schema(format.jsonSchema().rootElement())));
        }
        return options;
    }

    private static ToolUse tools(ChatRequestParameters asked) {
        List<Tool> tools =
                asked.toolSpecifications().stream().map(Requests::tool).toList();
        ToolUse.Choice choice = switch (asked.toolChoice()) {
            case null -> tools.isEmpty() ? ToolUse.Choice.NONE : ToolUse.Choice.AUTO;
            case AUTO -> ToolUse.Choice.AUTO;
            case REQUIRED -> ToolUse.Choice.REQUIRED;
            case NONE -> ToolUse.Choice.NONE;
        };
        return new ToolUse(tools, choice, null, true);
    }

    private static Tool tool(ToolSpecification tool) {
        JsonNode parameters = tool.parameters() == null
                ? JsonMapper.shared().createObjectNode().put("type", "object")
                : schema(tool.parameters());
        return new Tool(tool.name(), tool.description(), parameters, Boolean.TRUE.equals(tool.strict()));
    }

    private static JsonNode schema(JsonSchemaElement element) {
        return JsonMapper.shared().valueToTree(JsonSchemaElementUtils.toMap(element));
    }

    private static Message message(ChatMessage message) {
        return switch (message) {
            case SystemMessage m -> Message.system(m.text());
            case UserMessage m -> user(m);
            case AiMessage m -> assistant(m);
            case ToolExecutionResultMessage m -> Message.tool(m.id(), m.toolName(), text(m.contents()));
            default ->
                throw new UnsupportedFeatureException("A message of type " + message.type()
                        + " was given; expected system, user, ai and tool results.");
        };
    }

    private static Message user(UserMessage m) {
        Message message = Message.user(text(m.contents()));
        return m.name() == null ? message : message.with("name", m.name());
    }

    private static Message assistant(AiMessage m) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("role", "assistant");
        fields.put("content", m.text());
        if (m.thinking() != null) {
            fields.put("reasoning_content", m.thinking());
        }
        if (m.hasToolExecutionRequests()) {
            List<Object> calls = new ArrayList<>();
            for (ToolExecutionRequest call : m.toolExecutionRequests()) {
                Map<String, @Nullable Object> function = new LinkedHashMap<>();
                function.put("name", call.name());
                function.put("arguments", call.arguments());
                Map<String, @Nullable Object> fieldsOfCall = new LinkedHashMap<>();
                fieldsOfCall.put("id", call.id());
                fieldsOfCall.put("type", "function");
                fieldsOfCall.put("function", function);
                calls.add(fieldsOfCall);
            }
            fields.put("tool_calls", calls);
        }
        return Message.of(fields);
    }

    private static String text(List<Content> contents) {
        return contents.stream()
                .map(content -> {
                    if (content instanceof TextContent text) {
                        return text.text();
                    }
                    throw new UnsupportedFeatureException(
                            "A message holds " + content.type() + "; this model reads texts only.");
                })
                .collect(Collectors.joining("\n"));
    }
}
