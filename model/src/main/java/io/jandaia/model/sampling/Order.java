package io.jandaia.model.sampling;

import java.util.Locale;

/** In which order the filters come, and how far back penalties look where nobody says. */
public enum Order {
    /** That of transformers: temperature first, so that top-p and the like see the probabilities it made; penalties see all. */
    HF,
    /** That of llama.cpp: temperature last; penalties see the last 64 tokens. */
    LLAMA;

    /** As it is written: {@code hf}, {@code llama}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
