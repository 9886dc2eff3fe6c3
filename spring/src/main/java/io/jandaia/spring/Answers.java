package io.jandaia.spring;

import io.jandaia.model.Model;
import io.jandaia.model.Reply;
import io.jandaia.model.answer.WholeAnswer;
import io.jandaia.model.engine.TokenEvent;
import java.util.List;
import java.util.Map;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;

/** What the model answered, as Spring AI takes it. */
final class Answers {

    /** The property of a message that holds its reasoning. */
    static final String REASONING = "reasoningContent";

    private Answers() {}

    /** All of an answer. */
    static ChatResponse whole(Model model, Reply.Whole whole) {
        return end(model, whole, whole.answer().content(), whole.answer().reasoning());
    }

    /** A piece of an answer. */
    static ChatResponse piece(Model model, String text, String reasoning) {
        return new ChatResponse(
                List.of(new Generation(message(text, reasoning, List.of()))),
                ChatResponseMetadata.builder().model(model.name()).build());
    }

    /** What comes after the pieces. */
    static ChatResponse last(Model model, Reply.Whole whole) {
        return end(model, whole, "", "");
    }

    private static ChatResponse end(Model model, Reply.Whole whole, String text, String reasoning) {
        List<AssistantMessage.ToolCall> calls =
                whole.answer().calls().stream().map(Answers::call).toList();
        TokenEvent.Usage usage = whole.finished().usage();
        return new ChatResponse(
                List.of(new Generation(
                        message(text, reasoning, calls),
                        ChatGenerationMetadata.builder()
                                .finishReason(
                                        switch (whole.finished().reason()) {
                                            case STOP -> calls.isEmpty() ? "STOP" : "TOOL_CALLS";
                                            case LENGTH -> "LENGTH";
                                            case CANCELLED -> "CANCELLED";
                                        })
                                .build())),
                ChatResponseMetadata.builder()
                        .model(model.name())
                        .usage(new DefaultUsage(
                                usage.promptTokens(),
                                usage.completionTokens(),
                                usage.totalTokens(),
                                usage,
                                (long) usage.cachedTokens(),
                                null))
                        .build());
    }

    private static AssistantMessage message(String text, String reasoning, List<AssistantMessage.ToolCall> calls) {
        return AssistantMessage.builder()
                .content(text)
                .properties(reasoning.isEmpty() ? Map.of() : Map.of(REASONING, reasoning))
                .toolCalls(calls)
                .build();
    }

    private static AssistantMessage.ToolCall call(WholeAnswer.Call call) {
        return new AssistantMessage.ToolCall(call.id(), "function", call.name(), call.arguments());
    }
}
