package io.jandaia.server.openai;

import io.jandaia.model.engine.TokenEvent;
import io.jandaia.model.sampling.LogProbs;
import io.jandaia.model.tokenizer.StreamDecoder;
import io.jandaia.model.tokenizer.Tokenizer;
import io.jandaia.server.Exchange;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Log-probabilities as the two endpoints write them. A token that is a part of a character has a replacement character. */
final class TokenLogProbs {
    private TokenLogProbs() {}

    static String text(Tokenizer tokenizer, int id) {
        return id < tokenizer.size() ? tokenizer.decode(new int[] {id}, false) : "";
    }

    /** {@code {token, logprob, bytes, top_logprobs}}, one token. */
    static ObjectNode chat(TokenEvent.Token t, Tokenizer tokenizer) {
        LogProbs.OfToken p = Objects.requireNonNull(t.logProbs());
        ObjectNode json = one(text(tokenizer, t.id()), p.logProb());
        ArrayNode top = json.putArray("top_logprobs");
        p.top().forEach(a -> top.add(one(text(tokenizer, a.id()), a.logProb())));
        return json;
    }

    private static ObjectNode one(String token, double logProb) {
        ObjectNode json = Exchange.object().put("token", token).put("logprob", finite(logProb));
        ArrayNode bytes = json.putArray("bytes");
        for (byte b : token.getBytes(StandardCharsets.UTF_8)) {
            bytes.add(b & 0xff);
        }
        return json;
    }

    /** JSON has no infinity; -9999 is what OpenAI's API writes. */
    private static double finite(double logProb) {
        return Double.isInfinite(logProb) ? -9999 : logProb;
    }

    /** Of the tokens of a prompt; the first has none. */
    static List<Scored> prompt(int[] ids, List<LogProbs.OfToken> found, Tokenizer tokenizer) {
        List<Scored> all = new ArrayList<>();
        StreamDecoder decoder = tokenizer.streamDecoder(true);
        for (int i = 0; i < ids.length; i++) {
            all.add(new Scored(ids[i], decoder.add(ids[i]), i == 0 ? null : found.get(i - 1)));
        }
        return all;
    }

    /**
     * A token at its place.
     *
     * @param text what it adds
     */
    record Scored(int id, String text, LogProbs.@Nullable OfToken logProbs) {
        static Scored of(TokenEvent.Token t) {
            return new Scored(t.id(), t.text(), t.logProbs());
        }
    }

    /** {@code {tokens, token_logprobs, top_logprobs, text_offset}} of several. */
    static ObjectNode completion(List<Scored> all, Tokenizer tokenizer, int offset) {
        ObjectNode json = Exchange.object();
        ArrayNode tokens = json.putArray("tokens");
        ArrayNode logProbs = json.putArray("token_logprobs");
        ArrayNode tops = json.putArray("top_logprobs");
        ArrayNode offsets = json.putArray("text_offset");
        int at = offset;
        for (Scored t : all) {
            LogProbs.OfToken p = t.logProbs();
            tokens.add(text(tokenizer, t.id()));
            if (p == null) {
                logProbs.addNull();
                tops.addNull();
            } else {
                logProbs.add(finite(p.logProb()));
                ObjectNode top = tops.addObject();
                p.top().forEach(a -> top.put(text(tokenizer, a.id()), finite(a.logProb())));
            }
            offsets.add(at);
            at += t.text().length();
        }
        return json;
    }
}
