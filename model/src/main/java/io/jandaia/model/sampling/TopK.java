package io.jandaia.model.sampling;

import java.util.Map;

/** Leaves the k likeliest, and those exactly as likely as the last of them, as transformers does. */
record TopK(int k) implements Step.Filter {

    @Override
    public Map<String, Object> settings() {
        return Map.of(Setting.TOP_K.name(), k);
    }

    @Override
    public void apply(Candidates left, double coin) {
        left.keepTop(k);
    }
}
