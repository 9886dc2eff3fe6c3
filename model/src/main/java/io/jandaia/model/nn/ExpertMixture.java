package io.jandaia.model.nn;

import io.jandaia.model.arch.ExpertsSpec;
import io.jandaia.model.arch.ExpertsSpec.Routing;
import io.jandaia.model.arch.ExpertsSpec.Score;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.kernel.Exp;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A mixture of experts: routes every row, then computes each expert once, for all rows that chose it. A row's sum is added in
 * the order of expert numbers, whoever else is in the batch.
 */
final class ExpertMixture {

    private final Compute compute;

    ExpertMixture(Compute compute) {
        this.compute = compute;
    }

    Matrix of(Layer.Experts e, Matrix x) {
        ExpertsSpec spec = e.spec();
        Matrix out = compute.matrix(x.rows(), x.cols());
        out.data().fill((byte) 0);
        long mark = compute.workspace.mark();
        Matrix logits = compute.linear(e.router(), x);
        float[][] weights = new float[x.rows()][];
        compute.team.run(x.rows(), (row, worker) -> weights[row] = weights(spec, logits.row(row), e.correction()));
        AdapterRows adapters = compute.adapters();
        for (int expert = 0; expert < spec.count(); expert++) {
            int[] rows = users(weights, expert);
            if (rows.length == 0) {
                continue;
            }
            long before = compute.workspace.mark();
            compute.adapters(adapters.select(rows));
            Matrix y = compute.mlp(e.experts().get(expert), compute.rows(x, rows));
            int number = expert;
            compute.team.run(rows.length, (i, worker) -> {
                compute.kernels.scale(y.data(), y.offset(i), weights[rows[i]][number], y.cols());
                compute.kernels.add(out.data(), out.offset(rows[i]), y.data(), y.offset(i), y.cols());
            });
            compute.workspace.release(before);
        }
        compute.adapters(adapters);
        if (e.shared() != null) {
            Matrix y = compute.mlp(e.shared(), x);
            if (e.sharedSwitch() != null) {
                Matrix open = compute.linear(e.sharedSwitch(), x);
                compute.kernels.activate(Activation.SIGMOID, open.data(), open.offset(0), open.rows());
                compute.team.run(
                        x.rows(),
                        (row, worker) -> compute.kernels.scale(y.data(), y.offset(row), open.get(row, 0), y.cols()));
            }
            compute.add(out, y, 1);
        }
        compute.workspace.release(mark);
        return out;
    }

    private static int[] users(float[][] weights, int expert) {
        int n = 0;
        int[] rows = new int[weights.length];
        for (int row = 0; row < weights.length; row++) {
            if (!Float.isNaN(weights[row][expert])) {
                rows[n++] = row;
            }
        }
        return Arrays.copyOf(rows, n);
    }

    /** The weight of each expert for one token; NaN for those that it does not use. */
    static float[] weights(ExpertsSpec spec, float[] logits, float @Nullable [] correction) {
        Routing routing = spec.routing();
        float[] scores = scores(routing.score(), logits);
        float[] rank = scores.clone();
        for (int i = 0; correction != null && i < rank.length; i++) {
            rank[i] += correction[i];
        }
        if (routing.groups() > 1) {
            keepBestGroups(rank, routing);
        }
        int[] chosen = best(rank, spec.perToken());
        float[] out = new float[scores.length];
        Arrays.fill(out, Float.NaN);
        float max = Float.NEGATIVE_INFINITY;
        float sum = 0;
        for (int i : chosen) {
            max = Math.max(max, scores[i]);
        }
        for (int i : chosen) {
            out[i] = routing.score() == Score.SOFTMAX_OF_CHOSEN ? Exp.exp(scores[i] - max) : scores[i];
            sum += out[i];
        }
        boolean divide = routing.normalized() || routing.score() == Score.SOFTMAX_OF_CHOSEN;
        for (int i : chosen) {
            out[i] = (float) ((divide ? out[i] / sum : out[i]) * routing.scale());
        }
        return out;
    }

    private static float[] scores(Score score, float[] logits) {
        float[] out = logits.clone();
        switch (score) {
            case SOFTMAX -> {
                float max = Float.NEGATIVE_INFINITY;
                for (float l : logits) {
                    max = Math.max(max, l);
                }
                float sum = 0;
                for (int i = 0; i < out.length; i++) {
                    out[i] = Exp.exp(logits[i] - max);
                    sum += out[i];
                }
                for (int i = 0; i < out.length; i++) {
                    out[i] /= sum;
                }
            }
            case SIGMOID -> {
                for (int i = 0; i < out.length; i++) {
                    out[i] = 1 / (1 + Exp.exp(-logits[i]));
                }
            }
            case SOFTMAX_OF_CHOSEN -> {}
        }
        return out;
    }

    /** Leaves minus infinity in the groups that are not among the best. */
    private static void keepBestGroups(float[] rank, Routing routing) {
        int size = rank.length / routing.groups();
        float[] groups = new float[routing.groups()];
        for (int g = 0; g < groups.length; g++) {
            float[] group = Arrays.copyOfRange(rank, g * size, (g + 1) * size);
            for (int i : best(group, Math.min(routing.groupRank(), size))) {
                groups[g] += group[i];
            }
        }
        boolean[] kept = new boolean[groups.length];
        for (int g : best(groups, routing.groupsChosen())) {
            kept[g] = true;
        }
        for (int i = 0; i < rank.length; i++) {
            if (!kept[i / size]) {
                rank[i] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    /** The places of the n largest values, the largest first; of equal ones the first. */
    private static int[] best(float[] values, int n) {
        int[] places = new int[n];
        boolean[] taken = new boolean[values.length];
        for (int k = 0; k < n; k++) {
            int best = -1;
            for (int i = 0; i < values.length; i++) {
                if (!taken[i] && (best < 0 || values[i] > values[best])) {
                    best = i;
                }
            }
            taken[best] = true;
            places[k] = best;
        }
        return places;
    }
}
