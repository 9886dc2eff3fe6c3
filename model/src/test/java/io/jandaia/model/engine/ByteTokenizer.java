package io.jandaia.model.engine;

import io.jandaia.model.tokenizer.Tokenizer;
import java.util.HashMap;
import java.util.Map;

/** A tokenizer whose tokens are bytes, and some unused ones up to the vocabulary of the tiny decoder. */
final class ByteTokenizer {

    private ByteTokenizer() {}

    static Tokenizer create() {
        String[] tokens = new String[384];
        long[] types = new long[384];
        int n = 0;
        int shifted = 256;
        for (int b = 0; b < 256; b++) {
            boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
            tokens[n] = Character.toString(printable ? b : shifted++);
            types[n++] = 1;
        }
        for (; n < tokens.length; n++) {
            tokens[n] = "<unused" + n + ">";
            types[n] = 5;
        }
        Map<String, Object> metadata = new HashMap<>();
        metadata.put("tokenizer.ggml.model", "gpt2");
        metadata.put("tokenizer.ggml.pre", "gpt-2");
        metadata.put("tokenizer.ggml.tokens", tokens);
        metadata.put("tokenizer.ggml.token_type", types);
        metadata.put("tokenizer.ggml.merges", new String[0]);
        return Tokenizer.ofGguf(metadata);
    }
}
