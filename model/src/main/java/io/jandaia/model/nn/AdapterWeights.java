package io.jandaia.model.nn;

import io.jandaia.model.state.Variant;
import io.jandaia.tensor.kernel.PackedMatrix;
import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an adapter changes of a decoder's linear maps and its embedding, ready to be computed beside them: the decoder's own
 * weights stay as they are and serve all adapters at once. Unchangeable. Its memory lives as long as it is reachable, so that
 * whoever still computes with it may go on after it was unloaded.
 */
public final class AdapterWeights implements Variant {

    /** A change of what a linear map gives. */
    public sealed interface Update permits LowRank, Shift, Replacement {}

    /**
     * Low-rank adaptation (Hu et al. 2022): {@code y += scaling * up(down(x))} in outputs {@code [from, from + up.outputs())}.
     * With factors it is weight-decomposed (Liu et al. 2024): {@code y = factor * (W x + scaling * up(down(x))) + b}.
     *
     * @param down {@code [rank, inputs]}
     * @param up {@code [outputs, rank]}
     * @param factors per output, the magnitude over the length of the changed row of W; null = none
     */
    public record LowRank(Linear down, Linear up, int from, float scaling, float @Nullable [] factors)
            implements Update {}

    /** {@code y += by}: another bias. */
    public record Shift(MemorySegment by, int outputs) implements Update {}

    /** {@code y = whole(x)}: the map was trained as a whole. */
    public record Replacement(Linear whole) implements Update {}

    /** A change of the rows of the embedding. */
    public sealed interface EmbeddingUpdate permits LowRankRows, ReplacedRows {}

    /**
     * {@code x += scaling * up(down[token])}.
     *
     * @param down {@code [vocabulary, rank]}
     * @param up {@code [width, rank]}
     */
    public record LowRankRows(PackedMatrix down, Linear up, float scaling) implements EmbeddingUpdate {}

    /** {@code x = table[token]}. */
    public record ReplacedRows(PackedMatrix table) implements EmbeddingUpdate {}

    private final IdentityHashMap<Linear, List<Update>> updates;
    private final List<EmbeddingUpdate> embedding;

    /** @param updates by the very instance of the map, in the order in which they are to be computed; so those of the embedding */
    public AdapterWeights(IdentityHashMap<Linear, List<Update>> updates, List<EmbeddingUpdate> embedding) {
        this.updates = new IdentityHashMap<>();
        updates.forEach((linear, list) -> this.updates.put(linear, List.copyOf(list)));
        this.embedding = List.copyOf(embedding);
    }

    List<Update> of(Linear linear) {
        return updates.getOrDefault(linear, List.of());
    }

    List<EmbeddingUpdate> embedding() {
        return embedding;
    }
}
