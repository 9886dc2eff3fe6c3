package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.util.Map;

final class GgufTokenizer {
    private final Map<String, Object> metadata;

    GgufTokenizer(Map<String, Object> metadata) {
        this.metadata = metadata;
    }

    Tokenizer build() {
        throw JandaiaException.unsupported("GGUF " + metadata.size());
    }
}
