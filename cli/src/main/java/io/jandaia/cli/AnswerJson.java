package io.jandaia.cli;

import io.jandaia.model.Answer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** An answer as {@code run --json} prints it. */
final class AnswerJson {

    private AnswerJson() {}

    static String of(Answer a) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("text", a.text());
        json.set("token_ids", JsonMapper.shared().valueToTree(a.tokenIds()));
        json.set("prompt_token_ids", JsonMapper.shared().valueToTree(a.promptTokenIds()));
        json.put("finish_reason", a.finishReason().text());
        json.putObject("usage")
                .put("prompt_tokens", a.usage().promptTokens())
                .put("completion_tokens", a.usage().completionTokens())
                .put("total_tokens", a.usage().totalTokens());
        json.putObject("timings")
                .put("queue_seconds", a.timings().queue())
                .put("prefill_seconds", a.timings().prefill())
                .put("decode_seconds", a.timings().decode())
                .put("time_to_first_token_seconds", a.timings().timeToFirstToken())
                .put("decode_tokens_per_second", decodeSpeed(a));
        json.put("seed", a.sampling().seed());
        return json.toString();
    }

    /** Tokens per second after the first; 0 when there is no second. */
    static double decodeSpeed(Answer a) {
        int n = a.usage().completionTokens() - 1;
        return n > 0 && a.timings().decode() > 0 ? n / a.timings().decode() : 0;
    }
}
