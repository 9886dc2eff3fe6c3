package io.jandaia.cli;

import io.jandaia.model.Answer;
import io.jandaia.model.sampling.LogProbs;
import io.jandaia.model.tokenizer.Tokenizer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** An answer as {@code run --json} prints it. */
final class AnswerJson {

    private AnswerJson() {}

    static String of(Answer a, Tokenizer tokenizer) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("text", a.text());
        json.set("token_ids", JsonMapper.shared().valueToTree(a.tokenIds()));
        json.set("prompt_token_ids", JsonMapper.shared().valueToTree(a.promptTokenIds()));
        json.put("finish_reason", a.finishReason().text());
        json.putObject("usage")
                .put("prompt_tokens", a.usage().promptTokens())
                .put("completion_tokens", a.usage().completionTokens())
                .put("total_tokens", a.usage().totalTokens())
                .put("draft_tokens", a.usage().draftTokens())
                .put("accepted_draft_tokens", a.usage().acceptedTokens());
        json.putObject("timings")
                .put("queue_seconds", a.timings().queue())
                .put("prefill_seconds", a.timings().prefill())
                .put("decode_seconds", a.timings().decode())
                .put("time_to_first_token_seconds", a.timings().timeToFirstToken())
                .put("decode_tokens_per_second", decodeSpeed(a));
        ObjectNode sampling = json.putObject("sampling");
        sampling.put("order", a.sampling().order().text());
        a.sampling()
                .settings()
                .forEach((name, value) ->
                        sampling.set(name.replace('-', '_'), JsonMapper.shared().valueToTree(value)));
        json.put("seed", a.sampling().seed());
        if (!a.logProbs().isEmpty()) {
            addLogProbs(a, tokenizer, json.putArray("logprobs"));
        }
        if (!a.alternatives().isEmpty()) {
            ArrayNode answers = json.putArray("answers");
            a.alternatives()
                    .forEach(x -> answers.addObject()
                            .put("text", x.text())
                            .put("score", x.score())
                            .set("token_ids", JsonMapper.shared().valueToTree(x.ids())));
        }
        return json.toString();
    }

    /** Natural logarithms; the text of a token alone may be a part of a character. */
    private static void addLogProbs(Answer a, Tokenizer tokenizer, ArrayNode out) {
        for (int i = 0; i < a.tokenIds().length; i++) {
            LogProbs.OfToken p = a.logProbs().get(i);
            ObjectNode one = add(out, a.tokenIds()[i], p.logProb(), tokenizer);
            ArrayNode top = one.putArray("top");
            p.top().forEach(t -> add(top, t.id(), t.logProb(), tokenizer));
        }
    }

    private static ObjectNode add(ArrayNode out, int id, double logProb, Tokenizer tokenizer) {
        return out.addObject()
                .put("token_id", id)
                .put("token", id < tokenizer.size() ? tokenizer.decode(new int[] {id}, false) : "")
                .put("logprob", logProb);
    }

    /** Tokens per second after the first; 0 when there is no second. */
    static double decodeSpeed(Answer a) {
        int n = a.usage().completionTokens() - 1;
        return n > 0 && a.timings().decode() > 0 ? n / a.timings().decode() : 0;
    }
}
