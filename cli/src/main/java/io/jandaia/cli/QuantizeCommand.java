package io.jandaia.cli;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.ModelStore;
import io.jandaia.model.quantization.Mix;
import io.jandaia.model.quantization.Quantizer;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jandaia quantize}: a smaller file of the same model. */
@Command(
        name = "quantize",
        description = "Writes a model's GGUF file again with smaller weights.",
        mixinStandardHelpOptions = true)
final class QuantizeCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "SRC", description = "The .gguf file to read, in F32, F16 or BF16.")
    String source = "";

    @Parameters(index = "1", paramLabel = "DST", description = "The .gguf file to write.")
    Path target = Path.of("");

    @Option(
            names = "--to",
            required = true,
            paramLabel = "TYPE",
            description =
                    "q4_k_m is a good choice; q8_0 is closest to the original, q2_k smallest. All: f32, f16, bf16, q8_0,"
                            + " q4_0, q4_1, q5_0, q5_1, q2_k, q3_k_s, q3_k_m, q3_k_l, q4_k_s, q4_k_m, q5_k_s, q5_k_m, q6_k, iq4_nl,"
                            + " iq4_xs.")
    String to = "";

    @Option(names = "--threads", paramLabel = "N", description = "Threads that compute; default: one per core.")
    @Nullable
    Integer threads;

    @Option(names = "--force", description = "Replace DST if it is there.")
    boolean force;

    @Option(
            names = "--requantize",
            description = "Take weights that are quantised already, which adds to their errors.")
    boolean requantize;

    private final PrintStream out;
    private final PrintStream err;

    QuantizeCommand(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    @Override
    @SuppressWarnings("SystemConsoleNull") // it is null when standard input or output is no terminal
    public Integer call() {
        int workers = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        if (workers < 1 || workers > 1024) {
            throw JandaiaException.usage("--threads is " + workers + "; expected 1 to 1024.");
        }
        Mix mix = Mix.of(to);
        Path file = ModelStore.local().find(source);
        if (Files.isDirectory(file)) {
            throw JandaiaException.unsupported("Cannot quantise the folder " + file
                    + ": quantize reads a GGUF file; convert the model to GGUF in F16 or BF16 first.");
        }
        boolean terminal = System.console() != null && System.console().isTerminal();
        Quantizer.Result result;
        try (ProgressBar bar = new ProgressBar(err, "Quantising", ProgressBar.Unit.ITEMS, terminal)) {
            result = Quantizer.quantize(file, target, mix, new Quantizer.Options(workers, force, requantize), bar);
        }
        result.notes().forEach(n -> err.println("jandaia: " + n));
        String types = result.types().entrySet().stream()
                .map(e -> e.getValue() + " " + e.getKey())
                .collect(Collectors.joining(", "));
        out.printf(
                Locale.ROOT,
                "%s: %,d bytes, %.2f bits a weight; tensors: %s%n",
                target,
                result.bytes(),
                8.0 * result.bytes() / Math.max(1, result.numbers()),
                types);
        return 0;
    }
}
