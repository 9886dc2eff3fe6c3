package io.jandaia.cli.bench;

import io.jandaia.model.nn.Decoder;
import io.jandaia.model.nn.Linear;
import java.util.Arrays;
import java.util.List;

/**
 * How fast something was, and how fast it could have been. The work counted is that with weights alone: every weight is read
 * once a step and multiplied with every token; keys and values are left out.
 *
 * @param best tokens per second
 * @param median of the rounds
 * @param bytes of weights read per second at the median's speed
 * @param operations with weights per second at the median's speed
 * @param limit tokens per second that the machine's limits allow
 * @param byMemory whether memory is the tighter limit, else arithmetic
 */
public record Result(
        Workload workload,
        double best,
        double median,
        double bytes,
        double operations,
        double limit,
        boolean byMemory) {

    static Result of(Workload workload, List<Double> speeds, Decoder decoder, Limits limits) {
        double[] sorted =
                speeds.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        double median = median(sorted);
        boolean prefill = workload.kind() == Workload.Kind.PREFILL;
        // Tokens that are computed while the weights are read once, and the logits of each of them.
        double together = prefill ? workload.tokens() : workload.batch();
        double logits = prefill ? 1.0 / workload.tokens() : 1;
        double bytes = decoder.bytesPerToken() / together;
        double operations = 2
                * (decoder.perToken(Linear::numbers) + logits * decoder.output().numbers());
        double seconds = decoder.perToken(l -> limits.seconds(l.weight()))
                + logits * limits.seconds(decoder.output().weight());
        double byMemory = limits.bytes() / bytes;
        double byArithmetic = 1 / seconds;
        return new Result(
                workload,
                sorted[sorted.length - 1],
                median,
                median * bytes,
                median * operations,
                Math.min(byMemory, byArithmetic),
                byMemory <= byArithmetic);
    }

    /** The middle one, or the mean of the two in the middle. */
    static double median(double[] sorted) {
        int n = sorted.length;
        return Arrays.stream(sorted, (n - 1) / 2, n / 2 + 1).average().orElseThrow();
    }

    /** The part of the limit that the median reaches. */
    public double share() {
        return median / limit;
    }
}
