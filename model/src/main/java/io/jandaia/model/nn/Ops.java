package io.jandaia.model.nn;

import io.jandaia.tensor.Activation;
import io.jandaia.tensor.Matrix;

/**
 * The coarse operations of which transformers are made. Each owns its fusion: a definition never names an intermediate that
 * would forbid it. All matrices are {@code [rows of the batch, width]}.
 */
public interface Ops {

    /** Starts a batch; what the last one returned is no longer valid. */
    void begin(Batch batch);

    /** A point to which {@link #release} returns: everything made since is no longer needed. */
    long mark();

    void release(long mark);

    /** The embedding of every token of the batch, at its position. */
    Matrix embed(Embedding embedding);

    Matrix norm(Layer.Norm norm, Matrix x);

    /** {@code x = norm(x)}, in x's own place. */
    void normInPlace(Layer.Norm norm, Matrix x);

    /** Queries {@code [rows, heads * headDim]}, normed and rotated; keys and values go to the sequences' state. */
    Matrix qkvRope(Layer.Attention attention, Matrix x);

    /** What every query head sees of its sequence, {@code [rows, heads * headDim]}. */
    Matrix attend(Layer.Attention attention, Matrix queries);

    /** What every head sees of its whole text, or of a window around it; keys and values are kept only for this. */
    Matrix attendBothWays(Layer.Attention attention, Matrix x);

    /** Keeps the keys and values of hidden states with the batch's sources, for sequences that will look at them. */
    void remember(Layer.Attention attention, Matrix hidden);

    /** What every head sees of its sequence's source. */
    Matrix attendSource(Layer.Attention attention, Matrix x);

    /** What every head sees through latents, {@code [rows, heads * valueDim]}; latents go to the sequences' state. */
    Matrix latentAttend(Layer.LatentAttention attention, Matrix x);

    /** {@code sigmoid(gate(x)) * y}. */
    Matrix gated(Linear gate, Matrix x, Matrix y);

    /** What a recurrent mixer gives before its output map; its state goes on. */
    Matrix recur(Layer.Recurrent mixer, Matrix x);

    Matrix linear(Linear w, Matrix x);

    /** A feed-forward block: {@code down(f(up(x)))} or {@code down(f(gate(x)) * up(x))}. */
    Matrix mlp(Layer.Mlp mlp, Matrix x);

    /** The weighted sum of each token's experts, and the shared one. */
    Matrix experts(Layer.Experts experts, Matrix x);

    /** {@code x += scale * y}, in x's own place; y is no longer valid. */
    void add(Matrix x, Matrix y, float scale);

    /** The chosen rows of x, which has one for each of the batch, in the order given; what follows is computed of these rows. */
    Matrix rows(Matrix x, int[] rows);

    /** The mean of each sequence's rows, {@code [sequences, width]}. */
    Matrix means(Matrix x);

    /** {@code x = f(x)}, in x's own place. */
    void activate(Activation f, Matrix x);

    /** The logits {@code [rows, vocabulary]} of hidden states. */
    Matrix logits(Head head, Matrix x);
}
