package io.jandaia.model.arch;

/** What a tensor is for. Those of a layer occur once per layer. */
public enum Role {
    EMBEDDING(false),
    EMBEDDING_NORM(false),
    /** From the width of the embedding to that of the model. */
    EMBEDDING_PROJECTION(false),
    POSITIONS(false),
    /** A row for each type of token. */
    TOKEN_TYPES(false),
    /** What scores get by the class of a distance, in all layers. */
    DISTANCE_BIAS(false),
    FINAL_NORM(false),
    /** From the width of the model to that of the head. */
    HEAD_PROJECTION(false),
    HEAD(false),
    /** What is added to logits, where it is no part of the head. */
    LOGITS_BIAS(false),
    /** Before the outputs of an encoder's task. */
    TASK_TRANSFORM(false),
    TASK_NORM(false),
    TASK_OUTPUT(false),
    /** The bias of these outputs where it is no part of them. */
    TASK_OUTPUT_BIAS(false),
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
    CROSS_NORM(true),
    CROSS_QUERY(true),
    CROSS_KEY(true),
    CROSS_VALUE(true),
    CROSS_OUTPUT(true),
    MLP_NORM(true),
    GATE(true),
    UP(true),
    /** Gate and up in one. */
    GATE_UP(true),
    DOWN(true),
    MLP_OUTPUT_NORM(true),
    ROUTER(true),
    /** What is added to the router's scores for choosing. */
    ROUTER_CORRECTION(true),
    EXPERT_GATE(true),
    EXPERT_UP(true),
    EXPERT_GATE_UP(true),
    EXPERT_DOWN(true),
    SHARED_GATE(true),
    SHARED_UP(true),
    SHARED_GATE_UP(true),
    SHARED_DOWN(true),
    /** The sigmoid that the shared expert's result is multiplied with. */
    SHARED_SWITCH(true),
    /** Compresses queries. */
    QUERY_DOWN(true),
    QUERY_DOWN_NORM(true),
    /** From compressed queries to those of all heads. */
    QUERY_UP(true),
    /** From hidden states to the latent of keys and values and the shared rotated key. */
    LATENT(true),
    LATENT_NORM(true),
    /** From the latent to keys and values of all heads. */
    LATENT_UP(true),
    /** Its part for keys, a transposed matrix a head. */
    LATENT_KEYS(true),
    /** Its part for values, a matrix a head. */
    LATENT_VALUES(true),
    /** Into a recurrent mixer. */
    RECURRENT_IN(true),
    /** The strengths and decays of a delta rule. */
    RECURRENT_RATES(true),
    CONVOLUTION(true),
    DECAY(true),
    STEP_BIAS(true),
    /** What of the input goes past the state. */
    SKIP(true),
    RECURRENT_NORM(true),
    RECURRENT_OUTPUT(true);

    private final boolean perLayer;

    Role(boolean perLayer) {
        this.perLayer = perLayer;
    }

    /** Whether its name stands alone, without what names of the transformer begin with. */
    boolean outside() {
        return switch (this) {
            case HEAD, LOGITS_BIAS, TASK_TRANSFORM, TASK_NORM, TASK_OUTPUT, TASK_OUTPUT_BIAS -> true;
            default -> false;
        };
    }

    public boolean perLayer() {
        return perLayer;
    }
}
