package io.jandaia.server.openai;

import io.jandaia.model.engine.TokenEvent;
import io.jandaia.server.Exchange;
import tools.jackson.databind.node.ObjectNode;

/** The tokens of a request: each prompt once, however many answers it has. Any thread may add. */
final class Usage {
    private final int promptTokens;
    private int completionTokens;

    Usage(int promptTokens) {
        this.promptTokens = promptTokens;
    }

    synchronized void add(TokenEvent.Usage answer) {
        completionTokens += answer.completionTokens();
    }

    synchronized ObjectNode json() {
        return Exchange.object()
                .put("prompt_tokens", promptTokens)
                .put("completion_tokens", completionTokens)
                .put("total_tokens", promptTokens + completionTokens);
    }
}
