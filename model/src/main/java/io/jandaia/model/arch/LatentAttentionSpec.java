package io.jandaia.model.arch;

/**
 * Attention over compressed keys and values (multi-head latent attention, DeepSeek-AI 2024): what is kept of a position is one
 * latent and one rotated key, which all heads share.
 *
 * @param queryRank width that queries are compressed to; 0 = they are not
 * @param latent numbers in the latent of keys and values
 * @param plainDim numbers of a head's key that come from the latent
 * @param rope the rotation of the other numbers, of which there are {@code rope.rotary()}
 * @param valueDim numbers of a head's value
 * @param norm of the compressed queries and of the latent
 * @param bias whether the compressing projections and the output have a bias
 */
public record LatentAttentionSpec(
        int heads,
        int queryRank,
        int latent,
        int plainDim,
        RopeSpec rope,
        int valueDim,
        NormSpec norm,
        boolean bias,
        float scale)
        implements MixerSpec {

    public LatentAttentionSpec {
        rope.validate();
    }

    /** Numbers in a query or key of one head. */
    public int headDim() {
        return plainDim + rope.rotary();
    }
}
