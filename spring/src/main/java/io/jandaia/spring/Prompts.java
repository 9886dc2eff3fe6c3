package io.jandaia.spring;

import io.jandaia.error.JandaiaException;
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
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.MediaContent;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What Spring AI asks for, as the model takes it. */
final class Prompts {

    private Prompts() {}

    /**
     * What is in effect for a prompt: its own options, else the defaults.
     *
     * @throws JandaiaException USAGE when it names another model
     */
    static JandaiaChatOptions options(Model model, JandaiaChatOptions defaults, Prompt prompt) {
        JandaiaChatOptions asked = defaults;
        if (prompt.getOptions() != null) {
            asked = defaults.mutate().combineWith(prompt.getOptions().mutate()).build();
            if (prompt.getOptions() instanceof StructuredOutputChatOptions o && o.getOutputSchema() != null) {
                asked = asked.mutate().outputSchema(o.getOutputSchema()).build();
            }
        }
        String name = asked.getModel();
        if (name != null && !name.equals(model.name())) {
            throw JandaiaException.usage("The prompt names the model '" + name + "', but this is '" + model.name()
                    + "', the only one here. Leave the name out.");
        }
        return asked.mutate().model(model.name()).build();
    }

    /** Starts the answer to a prompt. */
    static Reply reply(Model model, JandaiaChatOptions asked, Prompt prompt) {
        List<Message> messages = new ArrayList<>();
        prompt.getInstructions().forEach(m -> add(messages, m));
        return model.reply(model.dialogue(messages, Inputs.NONE.generate(true), tools(asked), options(asked), null));
    }

    private static GenerateOptions options(JandaiaChatOptions asked) {
        GenerateOptions options = GenerateOptions.DEFAULT
                .withGiven(Setting.TEMPERATURE, asked.getTemperature())
                .withGiven(Setting.TOP_P, asked.getTopP())
                .withGiven(Setting.TOP_K, asked.getTopK())
                .withGiven(Setting.FREQUENCY_PENALTY, asked.getFrequencyPenalty())
                .withGiven(Setting.PRESENCE_PENALTY, asked.getPresencePenalty())
                .withGiven(Setting.MAX_TOKENS, asked.getMaxTokens())
                .withGiven(Setting.SEED, asked.getSeed());
        if (asked.getStopSequences() != null && !asked.getStopSequences().isEmpty()) {
            options = options.stops(asked.getStopSequences());
        }
        return asked.getOutputSchema() == null
                ? options
                : options.grammar(Grammar.jsonSchema(json(asked.getOutputSchema(), "The schema of the answer")));
    }

    private static ToolUse tools(JandaiaChatOptions asked) {
        List<ToolCallback> given = asked.getToolCallbacks();
        List<Tool> tools = (given == null ? List.<ToolCallback>of() : given)
                .stream()
                        .map(ToolCallback::getToolDefinition)
                        .map(Prompts::tool)
                        .toList();
        ToolUse.Choice choice = asked.getToolChoice();
        if (choice == null) {
            choice = tools.isEmpty() ? ToolUse.Choice.NONE : ToolUse.Choice.AUTO;
        }
        return new ToolUse(tools, choice, null, true);
    }

    private static Tool tool(ToolDefinition tool) {
        return new Tool(
                tool.name(),
                tool.description(),
                json(tool.inputSchema(), "The schema of the tool '" + tool.name() + "'"),
                false);
    }

    private static JsonNode json(String text, String what) {
        try {
            return JsonMapper.shared().readTree(text);
        } catch (JacksonException e) {
            throw JandaiaException.usage(what + " is no JSON: " + e.getOriginalMessage() + ".");
        }
    }

    private static void add(List<Message> messages, org.springframework.ai.chat.messages.Message message) {
        if (message instanceof MediaContent media && !media.getMedia().isEmpty()) {
            throw new JandaiaException(
                    JandaiaException.Kind.UNSUPPORTED,
                    "A message holds " + media.getMedia().getFirst().getMimeType() + "; this model reads texts only.");
        }
        switch (message) {
            case SystemMessage m -> messages.add(Message.system(text(m)));
            case UserMessage m -> messages.add(Message.user(text(m)));
            case AssistantMessage m -> messages.add(assistant(m));
            case ToolResponseMessage m ->
                m.getResponses().forEach(r -> messages.add(Message.tool(r.id(), r.name(), r.responseData())));
            default ->
                throw new JandaiaException(
                        JandaiaException.Kind.UNSUPPORTED,
                        "A message of type " + message.getMessageType()
                                + " was given; expected system, user, assistant and tool results.");
        }
    }

    private static String text(org.springframework.ai.chat.messages.Message message) {
        String text = message.getText();
        return text == null ? "" : text;
    }

    private static Message assistant(AssistantMessage m) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("role", "assistant");
        fields.put("content", text(m).isEmpty() && m.hasToolCalls() ? null : text(m));
        if (m.getMetadata().get(Answers.REASONING) instanceof String reasoning && !reasoning.isEmpty()) {
            fields.put("reasoning_content", reasoning);
        }
        if (m.hasToolCalls()) {
            List<Object> calls = new ArrayList<>();
            m.getToolCalls()
                    .forEach(call -> calls.add(Map.of(
                            "id",
                            call.id(),
                            "type",
                            "function",
                            "function",
                            Map.of("name", call.name(), "arguments", call.arguments()))));
            fields.put("tool_calls", calls);
        }
        return Message.of(fields);
    }
}
