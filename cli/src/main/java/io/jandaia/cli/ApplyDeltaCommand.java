package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.model.DeltaWeights;
import io.jandaia.model.VocabularyResize.NewRows;
import io.jandaia.model.format.WeightsWriter;
import io.jandaia.tensor.ElementType;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jandaia apply-delta}: a model from its base and the published difference to it. */
@Command(name = "apply-delta", mixinStandardHelpOptions = true)
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

    @Parameters(index = "0", paramLabel = "BASE", descriptionKey = "jandaia.apply-delta.base")
    String base = "";

    @Parameters(index = "1", paramLabel = "DELTA", descriptionKey = "jandaia.apply-delta.delta")
    String delta = "";

    @Parameters(index = "2", paramLabel = "OUT", descriptionKey = "jandaia.apply-delta.out")
    Path out = Path.of("");

    @Option(names = "--dtype", paramLabel = "TYPE")
    @Nullable
    Type type;

    @Option(names = "--new-rows", paramLabel = "RULE")
    Rows newRows = Rows.mean;

    @Option(names = "--expect-sum", paramLabel = "X")
    @Nullable
    Double expectedSum;

    @Option(names = "--shard-size", paramLabel = "GB")
    double shardGigabytes = WeightsWriter.SHARD_BYTES / 1e9;

    @Mixin
    PullOptions pullOptions;

    private final PrintStream stdout;
    private final PrintStream err;

    private final Texts texts;
    private final Tty tty;

    ApplyDeltaCommand(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        this.stdout = out;
        this.err = err;
        this.texts = texts;
        this.tty = tty;
        this.pullOptions = new PullOptions(err, texts, tty);
    }

    @Override
    public Integer call() {
        if (!(shardGigabytes > 0 && shardGigabytes <= 1e6)) {
            throw texts.usage("apply-delta.shard", shardGigabytes);
        }
        DeltaWeights.Options options = new DeltaWeights.Options(
                type == null ? null : type.type,
                newRows == Rows.mean ? NewRows.MEAN : NewRows.ZEROS,
                (long) (shardGigabytes * 1e9),
                expectedSum);
        Path baseFiles = pullOptions.find(base);
        Path deltaFiles = pullOptions.find(delta);
        DeltaWeights.Result result;
        try (ProgressBar bar =
                new ProgressBar(err, texts.get("apply-delta.adding"), ProgressBar.Unit.BYTES, tty.styled())) {
            result = DeltaWeights.apply(baseFiles, deltaFiles, out, options, bar);
        }
        result.notes().forEach(n -> err.println("jandaia: " + n));
        stdout.println(texts.get("apply-delta.result", out, result.tensors(), result.bytes(), result.sum()));
        return 0;
    }
}
