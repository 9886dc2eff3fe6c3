package io.jandaia.model.sampling;

import java.util.LinkedHashMap;
import java.util.Map;

/** How one token, or the whole answer, is chosen from what is left. */
public sealed interface Choice {

    /** What is in effect, by name. */
    Map<String, Object> settings();

    /** Always the likeliest. */
    record Greedy() implements Choice {
        @Override
        public Map<String, Object> settings() {
            return Map.of(Setting.TEMPERATURE.name(), 0.0);
        }
    }

    /** By chance, in proportion to the probabilities. */
    record Draw() implements Choice {
        @Override
        public Map<String, Object> settings() {
            return Map.of();
        }
    }

    /**
     * By chance among so many that the surprise stays near a target (Basu et al. 2021).
     *
     * @param version 1 estimates how many from the 100 likeliest; 2 cuts by surprise
     * @param tau the target in bits
     * @param eta how fast it follows
     */
    record Mirostat(int version, double tau, double eta) implements Choice {
        @Override
        public Map<String, Object> settings() {
            Map<String, Object> out = new LinkedHashMap<>();
            out.put(Setting.MIROSTAT.name(), version);
            out.put(Setting.MIROSTAT_TAU.name(), tau);
            out.put(Setting.MIROSTAT_ETA.name(), eta);
            return out;
        }
    }

    /**
     * The whole answer that is likeliest among those that {@code beams} prefixes lead to.
     *
     * @param lengthPenalty the exponent of the length by which a sum of log-probabilities is divided
     * @param returned how many answers are wanted
     * @param renormalize whether probabilities sum to 1 again after processors changed them
     */
    record Beams(
            int beams, double lengthPenalty, BeamSearch.EarlyStopping earlyStopping, int returned, boolean renormalize)
            implements Choice {
        @Override
        public Map<String, Object> settings() {
            Map<String, Object> out = new LinkedHashMap<>();
            out.put(Setting.BEAMS.name(), beams);
            out.put(Setting.LENGTH_PENALTY.name(), lengthPenalty);
            out.put(Setting.EARLY_STOPPING.name(), earlyStopping.text());
            if (returned > 1) {
                out.put(Setting.RETURNED_BEAMS.name(), returned);
            }
            if (renormalize) {
                out.put(Setting.RENORMALIZE.name(), true);
            }
            return out;
        }
    }
}
