package io.jandaia.model.arch;

/** What a tensor is for. Those of a layer occur once per layer. */
public enum Role {
    EMBEDDING(false),
    EMBEDDING_NORM(false),
    /** From the width of the embedding to that of the model. */
    EMBEDDING_PROJECTION(false),
    POSITIONS(false),
    FINAL_NORM(false),
    /** From the width of the model to that of the head. */
    HEAD_PROJECTION(false),
    HEAD(false),
    ATTENTION_NORM(true),
    QUERY(true),
    KEY(true),
    VALUE(true),
    /** Queries, keys and values in one. */
    QKV(true),
    QUERY_NORM(true),
    KEY_NORM(true),
    SINKS(true),
    ATTENTION_OUTPUT(true),
    ATTENTION_OUTPUT_NORM(true),
    MLP_NORM(true),
    GATE(true),
    UP(true),
    /** Gate and up in one. */
    GATE_UP(true),
    DOWN(true),
    MLP_OUTPUT_NORM(true);

    private final boolean perLayer;

    Role(boolean perLayer) {
        this.perLayer = perLayer;
    }

    public boolean perLayer() {
        return perLayer;
    }
}
