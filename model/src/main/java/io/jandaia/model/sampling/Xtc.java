package io.jandaia.model.sampling;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * With a probability takes out all but the last of those at least as likely as the threshold, so that not always the
 * likeliest comes (XTC by p-e-w, as llama.cpp does it).
 */
record Xtc(double probability, double threshold) implements Step.Filter {

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put(Setting.XTC_PROBABILITY.name(), probability);
        out.put(Setting.XTC_THRESHOLD.name(), threshold);
        return out;
    }

    @Override
    public void apply(Candidates left, double coin) {
        if (coin >= probability) {
            return;
        }
        double least = threshold * left.total();
        int likely = 0;
        while (left.ranked(likely) && left.weightAt(likely) >= least) {
            likely++;
        }
        if (likely > 1) {
            left.dropRanks(likely - 1);
        }
    }
}
