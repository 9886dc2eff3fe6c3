package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.model.convert.HubToGguf;
import io.jandaia.model.quantization.GgufSource;
import io.jandaia.model.quantization.Mix;
import io.jandaia.model.quantization.Quantizer;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jandaia quantize}: a smaller file of the same model. */
@Command(name = "quantize", mixinStandardHelpOptions = true)
final class QuantizeCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "SRC", descriptionKey = "jandaia.quantize.source")
    String source = "";

    @Parameters(index = "1", paramLabel = "DST", descriptionKey = "jandaia.quantize.target")
    Path target = Path.of("");

    @Option(names = "--to", required = true, paramLabel = "TYPE")
    String to = "";

    @Option(names = "--threads", paramLabel = "N")
    @Nullable
    Integer threads;

    @Option(names = "--force")
    boolean force;

    @Option(names = "--requantize")
    boolean requantize;

    @Mixin
    PullOptions pullOptions;

    private final PrintStream out;
    private final PrintStream err;

    private final Texts texts;
    private final Tty tty;

    QuantizeCommand(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        this.out = out;
        this.err = err;
        this.texts = texts;
        this.tty = tty;
        this.pullOptions = new PullOptions(err, texts, tty);
    }

    @Override
    public Integer call() {
        Mix mix = Mix.of(to);
        Quantizer.Options options = new Quantizer.Options(workers(threads, texts), force, requantize);
        Quantizer.Result result;
        try (GgufSource model = open(pullOptions.find(source));
                ProgressBar bar =
                        new ProgressBar(err, texts.get("quantize.progress"), ProgressBar.Unit.BYTES, tty.styled())) {
            result = Quantizer.quantize(model, target, mix, options, bar);
        }
        result.notes().forEach(n -> err.println("jandaia: " + n));
        out.println(texts.get("quantize.result", target, result.bytes(), result.bits(), result.typesText()));
        return 0;
    }

    /** A GGUF file, or a Hub folder that is converted on the way. */
    private static GgufSource open(Path path) {
        return Files.isDirectory(path) ? HubToGguf.open(path, HubToGguf.Options.DEFAULT) : GgufSource.open(path);
    }

    /** The threads asked for, or one per core. */
    static int workers(@Nullable Integer threads, Texts texts) {
        int workers = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        if (workers < 1 || workers > 1024) {
            throw texts.usage("threads.range", workers);
        }
        return workers;
    }
}
