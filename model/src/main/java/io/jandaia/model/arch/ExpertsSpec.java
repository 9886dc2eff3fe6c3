package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import org.jspecify.annotations.Nullable;

/**
 * Many feed-forward blocks of which each token uses a few (Shazeer et al. 2017).
 *
 * @param count experts
 * @param perToken experts that a token uses
 * @param expert what each of them is
 * @param routing how a token's experts are chosen and weighted
 * @param storage how their weights lie in files
 * @param shared a block that every token uses beside them; null = none
 * @param sharedGate whether its result is multiplied with a learned sigmoid
 */
public record ExpertsSpec(
        int count,
        int perToken,
        MlpSpec expert,
        Routing routing,
        Storage storage,
        @Nullable MlpSpec shared,
        boolean sharedGate)
        implements FeedForwardSpec {

    /** How the weights of experts lie in files. */
    public enum Storage {
        /** A tensor for each expert and map. */
        EACH,
        /** One tensor a map, {@code [experts, outputs, inputs]}. */
        STACKED,
        /** One tensor a map, {@code [experts, inputs, outputs]}, gate and up alternating in one (gpt-oss). */
        STACKED_ALTERNATING
    }

    /** How scores of experts are made of the router's results. */
    public enum Score {
        /** Softmax over all experts. */
        SOFTMAX,
        /** Softmax over those that are chosen. */
        SOFTMAX_OF_CHOSEN,
        /** A sigmoid each. */
        SIGMOID
    }

    /**
     * How a token's experts are chosen and weighted.
     *
     * @param bias whether the router has a bias
     * @param correction whether something learned is added to scores for choosing, but not for weighting
     * @param groups experts are divided into; 1 = no division
     * @param groupsChosen groups whose experts may be chosen
     * @param groupRank how many of a group's best scores are summed to rank it
     * @param normalized whether the weights of chosen experts are divided by their sum
     * @param scale what weights are multiplied with
     */
    public record Routing(
            Score score,
            boolean bias,
            boolean correction,
            int groups,
            int groupsChosen,
            int groupRank,
            boolean normalized,
            double scale) {

        /** The best by score, without groups. */
        public static Routing best(Score score, boolean normalized) {
            return new Routing(score, false, false, 1, 1, 1, normalized, 1);
        }

        public Routing biased() {
            return new Routing(score, true, correction, groups, groupsChosen, groupRank, normalized, scale);
        }

        public Routing corrected() {
            return new Routing(score, bias, true, groups, groupsChosen, groupRank, normalized, scale);
        }

        /** Only experts of the {@code chosen} best of so many groups; a group's rank is the sum of its {@code rank} best. */
        public Routing grouped(int count, int chosen, int rank) {
            return new Routing(score, bias, correction, count, chosen, rank, normalized, scale);
        }

        public Routing scaled(double factor) {
            return new Routing(score, bias, correction, groups, groupsChosen, groupRank, normalized, factor);
        }
    }

    public ExpertsSpec {
        int allowed = count / Math.max(1, routing.groups()) * routing.groupsChosen();
        if (count % routing.groups() != 0 || perToken > allowed) {
            throw JandaiaException.format("The configuration has " + count + " experts in " + routing.groups()
                    + " groups, of which " + routing.groupsChosen() + " are used, and takes " + perToken
                    + " experts for a token; expected equal groups with enough experts.");
        }
    }

    /** Experts in tensors of their own. */
    public static ExpertsSpec of(int count, int perToken, MlpSpec expert, Routing routing) {
        return new ExpertsSpec(count, perToken, expert, routing, Storage.EACH, null, false);
    }

    public ExpertsSpec stored(Storage value) {
        return new ExpertsSpec(count, perToken, expert, routing, value, shared, sharedGate);
    }

    public ExpertsSpec shared(MlpSpec mlp, boolean gate) {
        return new ExpertsSpec(count, perToken, expert, routing, storage, mlp, gate);
    }
}
