package io.jandaia.model.arch;

/** What a tensor is for. Those of a layer occur once per layer. */
public enum Role {
    EMBEDDING(false),
    FINAL_NORM(false),
    HEAD(false),
    ATTENTION_NORM(true),
    QUERY(true),
    KEY(true),
    VALUE(true),
    ATTENTION_OUTPUT(true),
    QUERY_NORM(true),
    KEY_NORM(true),
    MLP_NORM(true),
    GATE(true),
    UP(true),
    DOWN(true);

    private final boolean perLayer;

    Role(boolean perLayer) {
        this.perLayer = perLayer;
    }

    public boolean perLayer() {
        return perLayer;
    }
}
