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
        HeadSpec head)
        implements ModelSpec {

    /** Blocks are data too: a configuration that asks for more of them is damaged. */
    private static final int MAX_LAYERS = 10_000;

    public DecoderSpec {
        layers = List.copyOf(layers);
    }

    /** The same with the embedding as head, whatever files say: for those that have none. */
    public DecoderSpec withTiedHead() {
        HeadSpec tied = new HeadSpec(true, false, head.scale(), head.cap());
        return new DecoderSpec(vocabulary, dim, contextLength, embedding, layers, finalNorm, tied);
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
     * How tokens become hidden states: a row of a table, scaled, mapped to the model's width, with its position and its type
     * added, normed.
     *
     * @param width numbers in a row of the table; where it is not the model's, a linear map follows
     * @param scale what rows are multiplied with
     * @param positions what is added for its place; null = nothing
     * @param types kinds of token, such as first and second text, each with a row that is added; 0 = none
     * @param norm null = none
     */
    public record EmbeddingSpec(
            int width,
            float scale,
            @Nullable Positions positions,
            int types,
            @Nullable NormSpec norm) {

        /** A table and nothing else. */
        public static EmbeddingSpec of(int width) {
            return new EmbeddingSpec(width, 1, null, 0, null);
        }

        public EmbeddingSpec scaled(double factor) {
            return new EmbeddingSpec(width, (float) factor, positions, types, norm);
        }

        public EmbeddingSpec positions(int rows, int offset) {
            return new EmbeddingSpec(width, scale, new LearnedPositions(rows, offset, -1), types, norm);
        }

        public EmbeddingSpec normed(NormSpec value) {
            return new EmbeddingSpec(width, scale, positions, types, value);
        }

        public EmbeddingSpec positions(Positions value) {
            return new EmbeddingSpec(width, scale, value, types, norm);
        }

        public EmbeddingSpec types(int value) {
            return new EmbeddingSpec(width, scale, positions, value, norm);
        }
    }

    /** A table with a row for each position. */
    public sealed interface Positions {
        /** Positions that it reaches. */
        int rows();
    }

    /**
     * Learned: position p has row {@code p + offset}.
     *
     * @param uncounted a token that has no position of its own but row {@code offset - 1}, and that others do not count, as
     *     RoBERTa does with padding; -1 = none
     */
    public record LearnedPositions(int rows, int offset, int uncounted) implements Positions {}

    /** Sines in the first half of the row, cosines in the second: {@code p / 10000^(2i / dim)}. */
    public record SinusoidalPositions(int rows) implements Positions {}

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
