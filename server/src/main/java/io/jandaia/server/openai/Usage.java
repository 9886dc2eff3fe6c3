package io.jandaia.server.openai;

import io.jandaia.model.answer.AnswerPart;
import io.jandaia.model.engine.Prefix;
import io.jandaia.model.engine.TokenEvent;
import io.jandaia.server.Exchange;
import io.jandaia.server.Work;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** The tokens of a request: each prompt once, however many answers it has. Any thread may add. */
final class Usage {
    private final int promptTokens;
    private int completionTokens;
    private int reasoningTokens;
    private int cachedTokens;
    private Prefix prefix = Prefix.UNKNOWN;

    Usage(int promptTokens) {
        this.promptTokens = promptTokens;
    }

    synchronized void add(TokenEvent.Usage answer) {
        completionTokens += answer.completionTokens();
        if (answer.cachedTokens() >= cachedTokens) { // of several answers to a prompt, the others reuse the first's
            cachedTokens = answer.cachedTokens();
            prefix = answer.prefix();
        }
    }

    /** Counts one token, if it was of reasoning. */
    synchronized void reasons(List<AnswerPart> parts) {
        if (parts.stream().anyMatch(p -> p instanceof AnswerPart.Reasoning)) {
            reasoningTokens++;
        }
    }

    synchronized ObjectNode json(Work work) {
        ObjectNode json = Exchange.object()
                .put("prompt_tokens", promptTokens)
                .put("completion_tokens", completionTokens)
                .put("total_tokens", promptTokens + completionTokens);
        json.putObject("prompt_tokens_details")
                .put("cached_tokens", Math.min(cachedTokens, promptTokens))
                .put("cache", prefix.text());
        json.putObject("completion_tokens_details").put("reasoning_tokens", reasoningTokens);
        return work.priced(json, promptTokens, Math.min(cachedTokens, promptTokens), completionTokens);
    }
}
