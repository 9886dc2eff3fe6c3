package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a decoder-only transformer is made of, as data. The decoder, the loader and {@code show} read the same spec.
 *
 * @param vocabulary rows of the embedding
 * @param dim numbers in a hidden state
 * @param contextLength positions the model may be used for
 * @param layers what each block is made of
 * @param finalNorm after the last block; null = none
 */
public record DecoderSpec(
        int vocabulary,
        int dim,
        int contextLength,
        EmbeddingSpec embedding,
        List<LayerSpec> layers,
        @Nullable NormSpec finalNorm,
        HeadSpec head) {

    /** Blocks are data too: a configuration that asks for more of them is damaged. */
    private static final int MAX_LAYERS = 10_000;

    public DecoderSpec {
        layers = List.copyOf(layers);
    }

    /** The blocks of a model, made one by one. */
    public static List<LayerSpec> layers(int count, IntFunction<LayerSpec> layer) {
        if (count > MAX_LAYERS) {
            throw JandaiaException.format(
                    "The configuration has " + count + " layers; expected at most " + MAX_LAYERS + ".");
        }
        return IntStream.range(0, count).mapToObj(layer).toList();
    }

    /**
     * How tokens become hidden states: a row of a table, scaled, mapped to the model's width, with its position added, normed.
     *
     * @param width numbers in a row of the table; where it is not the model's, a linear map follows
     * @param scale what rows are multiplied with
     * @param positions learned positions that are added; null = none
     * @param norm null = none
     */
    public record EmbeddingSpec(
            int width,
            float scale,
            @Nullable LearnedPositions positions,
            @Nullable NormSpec norm) {

        /** A table and nothing else. */
        public static EmbeddingSpec of(int width) {
            return new EmbeddingSpec(width, 1, null, null);
        }

        public EmbeddingSpec scaled(double factor) {
            return new EmbeddingSpec(width, (float) factor, positions, norm);
        }

        public EmbeddingSpec positions(int rows, int offset) {
            return new EmbeddingSpec(width, scale, new LearnedPositions(rows, offset), norm);
        }

        public EmbeddingSpec normed(NormSpec value) {
            return new EmbeddingSpec(width, scale, positions, value);
        }
    }

    /** A table of positions: position p has row {@code p + offset}. */
    public record LearnedPositions(int rows, int offset) {}

    /**
     * How hidden states become logits: {@code cap * tanh((W x + b) * scale / cap)}.
     *
     * @param tied whether W is the embedding's table
     * @param cap 0 = none
     */
    public record HeadSpec(boolean tied, boolean bias, float scale, float cap) {

        public static HeadSpec of(boolean tied) {
            return new HeadSpec(tied, false, 1, 0);
        }

        public HeadSpec biased() {
            return new HeadSpec(tied, true, scale, cap);
        }

        public HeadSpec scaled(double factor) {
            return new HeadSpec(tied, bias, (float) factor, cap);
        }

        public HeadSpec capped(double limit) {
            return new HeadSpec(tied, bias, scale, (float) limit);
        }
    }
}
