package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.model.convert.GgufToHub;
import io.jandaia.model.convert.HubToGguf;
import io.jandaia.model.format.WeightsWriter;
import io.jandaia.model.quantization.Mix;
import io.jandaia.model.quantization.Quantizer;
import io.jandaia.tensor.ElementType;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jandaia convert}: a Hub folder as a GGUF file, or a GGUF file as a Hub folder. */
@Command(name = "convert", mixinStandardHelpOptions = true)
final class ConvertCommand implements Callable<Integer> {

    private static final Set<ElementType> HUB_TYPES = Set.of(ElementType.F32, ElementType.F16, ElementType.BF16);

    @Parameters(index = "0", paramLabel = "SRC", descriptionKey = "jandaia.convert.source")
    String source = "";

    @Parameters(index = "1", paramLabel = "DST", descriptionKey = "jandaia.convert.target")
    Path target = Path.of("");

    @Option(names = "--type", paramLabel = "TYPE")
    @Nullable
    String type;

    @Option(names = "--pre", paramLabel = "NAME")
    @Nullable
    String pre;

    @Option(names = "--threads", paramLabel = "N")
    @Nullable
    Integer threads;

    @Option(names = "--force")
    boolean force;

    @Mixin
    ConfigOptions configOptions = new ConfigOptions();

    @Mixin
    PullOptions pullOptions;

    private final PrintStream out;
    private final PrintStream err;
    private final Texts texts;
    private final Tty tty;

    ConvertCommand(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        this.out = out;
        this.err = err;
        this.texts = texts;
        this.tty = tty;
        this.pullOptions = new PullOptions(err, texts, tty);
    }

    @Override
    public Integer call() {
        Mix mix = type == null ? null : Mix.of(type);
        Path from = pullOptions.find(source);
        try (ProgressBar bar =
                new ProgressBar(err, texts.get("convert.progress"), ProgressBar.Unit.BYTES, tty.styled())) {
            if (Files.isDirectory(from)) {
                toGguf(from, mix, bar);
            } else {
                toHub(from, mix, bar);
            }
        }
        return 0;
    }

    private void toGguf(Path folder, @Nullable Mix mix, ProgressBar bar) {
        int workers = QuantizeCommand.workers(threads, texts);
        HubToGguf.Options options = new HubToGguf.Options(Set.copyOf(configOptions.ignoredKeys), pre);
        try (HubToGguf model = HubToGguf.open(folder, options)) {
            Mix chosen = mix == null ? model.mix() : mix;
            // Quantised checkpoints are unpacked to a plain type without more ado, but not quantised again.
            Quantizer.Options how =
                    new Quantizer.Options(workers, force, !chosen.type().quantized());
            Quantizer.Result result = Quantizer.quantize(model, target, chosen, how, bar);
            bar.close();
            result.notes().forEach(n -> err.println("jandaia: " + n));
            out.println(texts.get("quantize.result", target, result.bytes(), result.bits(), result.typesText()));
        }
    }

    private void toHub(Path file, @Nullable Mix mix, ProgressBar bar) {
        if (mix != null && !HUB_TYPES.contains(mix.type())) {
            throw texts.usage("convert.hub-type", mix);
        }
        GgufToHub.Result result = GgufToHub.convert(
                file, target, new GgufToHub.Options(mix == null ? null : mix.type(), WeightsWriter.SHARD_BYTES), bar);
        bar.close();
        result.notes().forEach(n -> err.println("jandaia: " + n));
        out.println(texts.get(
                "convert.result", target, result.architecture(), result.tensors(), result.type(), result.bytes()));
    }
}
