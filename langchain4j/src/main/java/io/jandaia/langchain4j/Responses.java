package io.jandaia.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.jandaia.model.Model;
import io.jandaia.model.Reply;
import io.jandaia.model.answer.WholeAnswer;
import io.jandaia.model.engine.TokenEvent.Usage;
import java.util.List;

/** What the model answered, as LangChain4j takes it. */
final class Responses {

    private Responses() {}

    static ChatResponse of(Model model, Reply.Whole whole) {
        WholeAnswer answer = whole.answer();
        List<ToolExecutionRequest> calls = answer.calls().stream()
                .map(call -> ToolExecutionRequest.builder()
                        .id(call.id())
                        .name(call.name())
                        .arguments(call.arguments())
                        .build())
                .toList();
        AiMessage.Builder message = AiMessage.builder().toolExecutionRequests(calls);
        if (!answer.content().isEmpty() || calls.isEmpty()) {
            message.text(answer.content());
        }
        if (!answer.reasoning().isEmpty()) {
            message.thinking(answer.reasoning());
        }
        Usage usage = whole.finished().usage();
        return ChatResponse.builder()
                .aiMessage(message.build())
                .modelName(model.name())
                .tokenUsage(new TokenUsage(usage.promptTokens(), usage.completionTokens(), usage.totalTokens()))
                .finishReason(
                        switch (whole.finished().reason()) {
                            case STOP -> calls.isEmpty() ? FinishReason.STOP : FinishReason.TOOL_EXECUTION;
                            case LENGTH -> FinishReason.LENGTH;
                            case CANCELLED -> FinishReason.OTHER;
                        })
                .build();
    }
}
