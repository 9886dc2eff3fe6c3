package io.jandaia.cli;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.DeltaWeights;
import io.jandaia.model.ModelStore;
import io.jandaia.model.VocabularyResize.NewRows;
import io.jandaia.model.format.WeightsWriter;
import io.jandaia.tensor.ElementType;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jandaia apply-delta}: a model from its base and the published difference to it. */
@Command(
        name = "apply-delta",
        description = "Makes a model from its base and the published difference to it, as Alpaca and Vicuna came.",
        mixinStandardHelpOptions = true)
final class ApplyDeltaCommand implements Callable<Integer> {

    enum Type {
        f32(ElementType.F32),
        f16(ElementType.F16),
        bf16(ElementType.BF16);

        private final ElementType type;

        Type(ElementType type) {
            this.type = type;
        }
    }

    enum Rows {
        mean,
        zeros
    }

    @Parameters(index = "0", paramLabel = "BASE", description = "The model that the difference was made from.")
    String base = "";

    @Parameters(index = "1", paramLabel = "DELTA", description = "The folder with the difference.")
    String delta = "";

    @Parameters(index = "2", paramLabel = "OUT", description = "The folder to write; it must not exist.")
    Path out = Path.of("");

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "f32, f16 or bf16; that of the difference by default.")
    @Nullable
    Type type;

    @Option(
            names = "--new-rows",
            paramLabel = "RULE",
            description =
                    "What the base has for tokens that only the difference knows: mean (as for Alpaca, default) or"
                            + " zeros (as for the first Vicuna).")
    Rows newRows = Rows.mean;

    @Option(
            names = "--expect-sum",
            paramLabel = "X",
            description = "Keep the result only if its numbers add up to X within 0.01; 50637.1836 for Alpaca 7B.")
    @Nullable
    Double expectedSum;

    @Option(
            names = "--shard-size",
            paramLabel = "GB",
            description = "The most gigabytes in one file of weights (default: 5).")
    double shardGigabytes = WeightsWriter.SHARD_BYTES / 1e9;

    private final PrintStream stdout;
    private final PrintStream err;

    ApplyDeltaCommand(PrintStream out, PrintStream err) {
        this.stdout = out;
        this.err = err;
    }

    @Override
    @SuppressWarnings("SystemConsoleNull") // it is null when standard input or output is no terminal
    public Integer call() {
        if (!(shardGigabytes > 0 && shardGigabytes <= 1e6)) {
            throw JandaiaException.usage("The size of a shard is " + shardGigabytes + " GB; expected more than 0.");
        }
        DeltaWeights.Options options = new DeltaWeights.Options(
                type == null ? null : type.type,
                newRows == Rows.mean ? NewRows.MEAN : NewRows.ZEROS,
                (long) (shardGigabytes * 1e9),
                expectedSum);
        ModelStore store = ModelStore.local();
        boolean terminal = System.console() != null && System.console().isTerminal();
        DeltaWeights.Result result;
        try (ProgressBar bar = new ProgressBar(err, "Adding", ProgressBar.Unit.BYTES, terminal)) {
            result = DeltaWeights.apply(store.find(base), store.find(delta), out, options, bar);
        }
        result.notes().forEach(n -> err.println("jandaia: " + n));
        stdout.printf(
                Locale.ROOT,
                "%s: %d tensors, %,d bytes, sum of all numbers %.4f%n",
                out,
                result.tensors(),
                result.bytes(),
                result.sum());
        return 0;
    }
}
