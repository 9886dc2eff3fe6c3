package io.jandaia.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.model.convert.HubToGguf;
import io.jandaia.model.nn.Batch;
import io.jandaia.model.nn.Decoder;
import io.jandaia.model.nn.InferenceOps;
import io.jandaia.model.quantization.Mix;
import io.jandaia.model.quantization.Quantizer;
import io.jandaia.model.state.KvLayout;
import io.jandaia.model.state.PagePool;
import io.jandaia.model.state.SequenceState;
import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.KernelSets;
import io.jandaia.tensor.kernel.Kernels;
import io.jandaia.tensor.kernel.KvType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How far fast numerics go from the original model: the Kullback-Leibler divergence of the next token's distribution and the
 * squared error of logits, beside those of the same quantised file in exact numerics. What is added must not be more than what
 * llama.cpp adds on the same file (docs/BENCHMARKS.md has the measurement).
 *
 * <p>{@code -Djandaia.divergence.text=FILE} measures on a text of one's own, {@code -Djandaia.divergence.folder=FOLDER} with
 * files {@code Q8_0.gguf} and so on that are there.
 */
class FastNumericsTest {

    private static final Path STARTER = Path.of("../models/starter");
    private static final int CONTEXT = 512;

    /** How much fast numerics may add to the divergence of exact ones, measured with llama.cpp. */
    @ParameterizedTest
    @CsvSource({"q8_0, 8.3e-5", "q4_0, 3e-4", "q4_k_m, 3e-4"})
    void stayAsCloseAsThePeers(String mix, double allowed, @TempDir Path folder) throws IOException {
        Path file = folder.resolve("model.gguf");
        String given = System.getProperty("jandaia.divergence.folder");
        if (given != null) {
            file = Path.of(given).resolve(mix.toUpperCase(Locale.ROOT) + ".gguf");
        } else {
            try (var source = HubToGguf.open(STARTER, HubToGguf.Options.DEFAULT)) {
                Quantizer.quantize(source, file, Mix.of(mix), new Quantizer.Options(2, false, false), Progress.NONE);
            }
        }
        int[] ids = text();
        for (Kernels kernels : KernelSets.available()) {
            if (kernels.usual() != Numerics.FAST) {
                continue;
            }
            double[] exact = new double[2];
            double[] fast = new double[2];
            int n = 0;
            for (int from = 0; from < ids.length; from += CONTEXT) {
                int[] part = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + CONTEXT));
                float[][] reference = logits(STARTER, part, kernels, Numerics.EXACT, KvType.F32);
                add(exact, reference, logits(file, part, kernels, Numerics.EXACT, KvType.F32));
                add(fast, reference, logits(file, part, kernels, Numerics.FAST, KvType.F16));
                n += part.length;
            }
            System.out.printf(
                    Locale.ROOT,
                    "%s, %s: divergence %.3g exact, %.3g fast; squared error %.3g exact, %.3g fast; %d tokens%n",
                    mix,
                    kernels.name(),
                    exact[0] / n,
                    fast[0] / n,
                    exact[1] / n,
                    fast[1] / n,
                    n);
            assertThat(fast[0] / n).isLessThan(exact[0] / n + allowed);
        }
    }

    private static int[] text() throws IOException {
        String file = System.getProperty("jandaia.divergence.text");
        String text = file == null
                ? "Once upon a time there was a little bird who lived in a tall tree. Every morning she sang to the sun. "
                        + "O menino foi ao mercado comprar pão e leite para a sua mãe. The king had three daughters, and "
                        + "the youngest was so beautiful that the sun itself wondered whenever it shone on her face. "
                        + "Summarize the following text. Where do whales live? Whales live in the sea."
                : Files.readString(Path.of(file));
        try (Model m = Model.open(STARTER, LoadOptions.DEFAULT)) {
            return m.tokenizer().encode(text).ids();
        }
    }

    private static float[][] logits(Path model, int[] ids, Kernels kernels, Numerics numerics, KvType type) {
        LoadOptions options = LoadOptions.DEFAULT.kernels(kernels.name()).numerics(numerics);
        try (LoadedModel loaded = LoadedModel.open(model, options);
                ComputeTeam team = ComputeTeam.of(2)) {
            Decoder decoder = loaded.decoder();
            KvLayout layout = InferenceOps.layout(decoder.spec(), type);
            try (PagePool pool = new PagePool(layout, 64 << 20);
                    InferenceOps ops = new InferenceOps(decoder.spec(), layout, loaded.kernels(), team);
                    SequenceState state = pool.open()) {
                state.reserve(ids.length);
                Matrix hidden = decoder.forward(Batch.of(state, ids), ops);
                Matrix out =
                        decoder.logits(hidden, IntStream.range(0, ids.length).toArray(), ops);
                return IntStream.range(0, ids.length).mapToObj(out::row).toArray(float[][]::new);
            }
        }
    }

    /** Adds divergence and squared error, the latter without what all logits of a token have in common. */
    private static void add(double[] sums, float[][] reference, float[][] found) {
        for (int t = 0; t < reference.length; t++) {
            double[] p = logProbabilities(reference[t]);
            double[] q = logProbabilities(found[t]);
            double squares = 0;
            double mean = 0;
            for (int i = 0; i < p.length; i++) {
                sums[0] += Math.exp(p[i]) * (p[i] - q[i]);
                double d = reference[t][i] - found[t][i];
                squares += d * d;
                mean += d;
            }
            sums[1] += squares / p.length - Math.pow(mean / p.length, 2);
        }
    }

    private static double[] logProbabilities(float[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (float l : logits) {
            max = Math.max(max, l);
        }
        double sum = 0;
        for (float l : logits) {
            sum += Math.exp(l - max);
        }
        double[] out = new double[logits.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = logits[i] - max - Math.log(sum);
        }
        return out;
    }
}
