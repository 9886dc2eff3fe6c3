package io.jandaia.bench;

import io.jandaia.model.Answer;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.jandaia.model.Speculate;
import io.jandaia.model.engine.Drafter;
import io.jandaia.model.engine.Handling;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * Decodes greedily without guesses, then with a scripted draft whose tokens are each right with a probability of 70 %, then
 * with one that is never right, in turn; prints one Markdown row for each with the median of the rounds after the first.
 * Ends with an error when a text differs.
 */
public final class SpeculationBench {

    private static final double[] RIGHT = {Double.NaN, 0.7, 0};

    private SpeculationBench() {}

    /** Arguments: model, tokens (128), rounds (5), most guesses in a step (8). */
    public static void main(String[] args) {
        int tokens = args.length > 1 ? Integer.parseInt(args[1]) : 128;
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 5;
        int most = args.length > 3 ? Integer.parseInt(args[3]) : 8;
        GenerateOptions options = GenerateOptions.DEFAULT
                .temperature(0)
                .maxTokens(tokens)
                .ignoreEnd(true)
                .handling(Handling.DEFAULT.reuse(false));
        try (Model model = Model.open(Path.of(args[0]), LoadOptions.DEFAULT.speculate(Speculate.OFF))) {
            int[] prompt =
                    model.tokenizer().encode("The history of birds begins").ids();
            int[] truth = model.generate(prompt, options, t -> {}).tokenIds();
            double[][] speed = new double[RIGHT.length][rounds];
            double[] accepted = new double[RIGHT.length];
            for (int round = -1; round < rounds; round++) {
                for (int i = 0; i < RIGHT.length; i++) {
                    double right = RIGHT[i];
                    long seed = round;
                    model.speculate(
                            Double.isNaN(right)
                                    ? r -> (t, n, k) -> Drafter.NONE
                                    : r -> scripted(
                                            prompt.length,
                                            truth,
                                            right,
                                            seed,
                                            model.spec().vocabulary()),
                            most,
                            true);
                    Answer a = model.generate(prompt, options, t -> {});
                    if (!Arrays.equals(a.tokenIds(), truth)) {
                        throw new IllegalStateException("The text differs with guesses that are right at " + right);
                    }
                    if (round >= 0) {
                        speed[i][round] =
                                (a.usage().completionTokens() - 1) / a.timings().decode();
                        accepted[i] = (double) a.usage().acceptedTokens()
                                / Math.max(1, a.usage().draftTokens());
                    }
                }
            }
            System.out.println("| draft | tokens/s | of plain | accepted of guessed, last round |");
            System.out.println("|---|---|---|---|");
            double plain = median(speed[0]);
            for (int i = 0; i < RIGHT.length; i++) {
                double median = median(speed[i]);
                System.out.printf(
                        Locale.ROOT,
                        "| %s | %.2f | %.3f | %.2f |%n",
                        i == 0 ? "none" : "right at " + RIGHT[i],
                        median,
                        median / plain,
                        accepted[i]);
            }
        }
    }

    private static Drafter scripted(int prompt, int[] truth, double right, long seed, int vocabulary) {
        Random random = new Random(seed);
        return (tokens, count, most) -> {
            int from = Math.min(count - prompt, truth.length);
            int[] out = Arrays.copyOfRange(truth, from, Math.min(truth.length, from + most));
            for (int i = 0; i < out.length; i++) {
                out[i] = random.nextDouble() < right ? out[i] : (out[i] + 1) % vocabulary;
            }
            return out;
        };
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
