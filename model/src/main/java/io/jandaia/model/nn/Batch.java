package io.jandaia.model.nn;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.state.SequenceState;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tokens of any number of sequences back to back, without padding: a prompt, a chunk of one, single tokens of many
 * sequences, or all of these together. Row r of every activation belongs to token r.
 */
public final class Batch {

    /**
     * Consecutive tokens of one sequence: rows {@code [row, row + count)}, positions from {@code position} on.
     *
     * @param memory what is remembered of the sequence; null = nothing, the tokens are a whole text for an encoder
     * @param source of a text for an encoder, where its keys and values go; of an answer, where those of the text are that it
     *     looks at; null = nowhere
     */
    public record Slice(
            @Nullable SequenceState memory, @Nullable SequenceState source, int row, int count, int position) {

        /** What is remembered of the sequence. */
        public SequenceState state() {
            return Objects.requireNonNull(memory, "nothing is remembered of a text for an encoder");
        }

        /** The length of the sequence that is known beforehand. */
        int reach() {
            return memory == null ? count : memory.reach();
        }
    }

    private final int[] tokens;
    private final int[] types;
    private final int[] positions;
    private final Slice[] sliceOf;
    private final List<Slice> slices;

    private Batch(int[] tokens, int[] types, int[] positions, Slice[] sliceOf, List<Slice> slices) {
        this.tokens = tokens;
        this.types = types;
        this.positions = positions;
        this.sliceOf = sliceOf;
        this.slices = slices;
    }

    public static Builder builder() {
        return new Builder();
    }

    /** One sequence's next tokens. */
    public static Batch of(SequenceState state, int... tokens) {
        return builder().add(state, tokens).build();
    }

    /** Rows. */
    public int size() {
        return tokens.length;
    }

    public int token(int row) {
        return tokens[row];
    }

    /** The type of a row's token: 0, or 1 in the second of two texts. */
    public int type(int row) {
        return types[row];
    }

    public int position(int row) {
        return positions[row];
    }

    public Slice slice(int row) {
        return sliceOf[row];
    }

    public List<Slice> slices() {
        return slices;
    }

    /** Collects the next tokens of sequences, one entry a sequence, or whole texts. */
    public static final class Builder {

        private record Part(
                @Nullable SequenceState state, @Nullable SequenceState source, int[] tokens, int @Nullable [] types) {}

        private final List<Part> parts = new ArrayList<>();
        private int size;

        /** The next tokens of a sequence. */
        public Builder add(SequenceState state, int... tokens) {
            return add(state, null, tokens);
        }

        /** The next tokens of a sequence whose blocks look at a source. */
        public Builder add(SequenceState state, @Nullable SequenceState source, int... tokens) {
            if (parts.stream().anyMatch(p -> p.state == state)) {
                throw JandaiaException.usage("A batch takes each sequence once, with at least one token.");
            }
            return add(new Part(state, source, tokens, null));
        }

        /**
         * A whole text, for an encoder.
         *
         * @param types of its tokens; null = all 0
         */
        public Builder addText(int[] tokens, int @Nullable [] types) {
            return add(new Part(null, null, tokens, types));
        }

        /** A whole text that decoders will look at. */
        public Builder addSource(SequenceState source, int... tokens) {
            return add(new Part(null, source, tokens, null));
        }

        private Builder add(Part part) {
            if (part.tokens.length == 0) {
                throw JandaiaException.usage("A batch takes each sequence once, with at least one token.");
            }
            parts.add(part);
            size += part.tokens.length;
            return this;
        }

        public int size() {
            return size;
        }

        public Batch build() {
            int[] tokens = new int[size];
            int[] types = new int[size];
            int[] positions = new int[size];
            Slice[] sliceOf = new Slice[size];
            List<Slice> slices = new ArrayList<>();
            int row = 0;
            for (Part part : parts) {
                int position = part.state == null ? 0 : part.state.length();
                Slice slice = new Slice(part.state, part.source, row, part.tokens.length, position);
                slices.add(slice);
                for (int j = 0; j < part.tokens.length; j++, row++) {
                    tokens[row] = part.tokens[j];
                    types[row] = part.types == null ? 0 : part.types[j];
                    positions[row] = position + j;
                    sliceOf[row] = slice;
                }
            }
            return new Batch(tokens, types, positions, sliceOf, List.copyOf(slices));
        }
    }
}
