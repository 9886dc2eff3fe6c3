package io.jandaia.model.nn;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.state.SequenceState;
import java.util.ArrayList;
import java.util.List;

/**
 * Tokens of any number of sequences back to back, without padding: a prompt, a chunk of one, single tokens of many
 * sequences, or all of these together. Row r of every activation belongs to token r.
 */
public final class Batch {

    /** Consecutive tokens of one sequence: rows {@code [row, row + count)}, positions from {@code position} on. */
    public record Slice(SequenceState state, int row, int count, int position) {}

    private final int[] tokens;
    private final int[] positions;
    private final Slice[] sliceOf;
    private final List<Slice> slices;

    private Batch(int[] tokens, int[] positions, Slice[] sliceOf, List<Slice> slices) {
        this.tokens = tokens;
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

    public int position(int row) {
        return positions[row];
    }

    public Slice slice(int row) {
        return sliceOf[row];
    }

    public List<Slice> slices() {
        return slices;
    }

    /** Collects the next tokens of sequences; one entry a sequence. */
    public static final class Builder {
        private final List<SequenceState> states = new ArrayList<>();
        private final List<int[]> parts = new ArrayList<>();
        private int size;

        public Builder add(SequenceState state, int... tokens) {
            if (tokens.length == 0 || states.contains(state)) {
                throw JandaiaException.usage("A batch takes each sequence once, with at least one token.");
            }
            states.add(state);
            parts.add(tokens);
            size += tokens.length;
            return this;
        }

        public int size() {
            return size;
        }

        public Batch build() {
            int[] tokens = new int[size];
            int[] positions = new int[size];
            Slice[] sliceOf = new Slice[size];
            List<Slice> slices = new ArrayList<>();
            int row = 0;
            for (int i = 0; i < states.size(); i++) {
                int[] part = parts.get(i);
                Slice slice =
                        new Slice(states.get(i), row, part.length, states.get(i).length());
                slices.add(slice);
                for (int j = 0; j < part.length; j++, row++) {
                    tokens[row] = part[j];
                    positions[row] = slice.position() + j;
                    sliceOf[row] = slice;
                }
            }
            return new Batch(tokens, positions, sliceOf, List.copyOf(slices));
        }
    }
}
