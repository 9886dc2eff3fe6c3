package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.model.LoadOptions.NamedAdapter;
import io.jandaia.model.MergedAdapter;
import io.jandaia.model.ModelStore;
import io.jandaia.model.format.WeightsWriter;
import io.jandaia.tensor.ElementType;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jandaia merge-adapter}: a model with an adapter built into its weights. */
@Command(name = "merge-adapter", mixinStandardHelpOptions = true)
final class MergeAdapterCommand implements Callable<Integer> {

    enum Type {
        f32(ElementType.F32),
        f16(ElementType.F16),
        bf16(ElementType.BF16);

        private final ElementType type;

        Type(ElementType type) {
            this.type = type;
        }
    }

    @Parameters(index = "0", paramLabel = "BASE", descriptionKey = "jandaia.merge-adapter.base")
    String base = "";

    @Parameters(index = "1", paramLabel = "ADAPTER[@SCALE]", descriptionKey = "jandaia.merge-adapter.adapter")
    String adapter = "";

    @Parameters(index = "2", paramLabel = "OUT", descriptionKey = "jandaia.merge-adapter.out")
    Path out = Path.of("");

    @Option(names = "--dtype", paramLabel = "TYPE")
    @Nullable
    Type type;

    @Option(names = "--shard-size", paramLabel = "GB")
    double shardGigabytes = WeightsWriter.SHARD_BYTES / 1e9;

    private final PrintStream stdout;
    private final PrintStream err;
    private final Texts texts;
    private final Tty tty;

    MergeAdapterCommand(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        this.stdout = out;
        this.err = err;
        this.texts = texts;
        this.tty = tty;
    }

    @Override
    public Integer call() {
        if (!(shardGigabytes > 0 && shardGigabytes <= 1e6)) {
            throw texts.usage("apply-delta.shard", shardGigabytes);
        }
        NamedAdapter a = AdapterOptions.parse(adapter, texts);
        MergedAdapter.Options options =
                new MergedAdapter.Options(type == null ? null : type.type, (long) (shardGigabytes * 1e9), a.scale());
        MergedAdapter.Result result;
        try (ProgressBar bar =
                new ProgressBar(err, texts.get("merge-adapter.merging"), ProgressBar.Unit.BYTES, tty.styled())) {
            result = MergedAdapter.merge(ModelStore.local().find(base), a.path(), out, options, bar);
        }
        stdout.println(texts.get(
                "merge-adapter.result", out, result.tensors(), result.changed(), result.bytes(), result.difference()));
        return 0;
    }
}
