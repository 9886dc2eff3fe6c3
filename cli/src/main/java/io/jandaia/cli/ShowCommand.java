package io.jandaia.cli;

import io.jandaia.model.LoadOptions;
import io.jandaia.model.ModelFiles;
import io.jandaia.model.ModelStore;
import io.jandaia.model.arch.AttentionSpec;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.arch.ExpertsSpec;
import io.jandaia.model.arch.FeedForwardSpec;
import io.jandaia.model.arch.LatentAttentionSpec;
import io.jandaia.model.arch.LayerSpec;
import io.jandaia.model.arch.MlpSpec;
import io.jandaia.model.arch.RopeSpec;
import io.jandaia.tensor.StoredTensor;
import java.io.PrintStream;
import java.util.IntSummaryStatistics;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jandaia show}: what a model is, without loading its weights. */
@Command(
        name = "show",
        description = "Shows what a model is made of, without loading its weights.",
        mixinStandardHelpOptions = true)
final class ShowCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "MODEL", description = "A .gguf file, a folder or the name of a model.")
    String name = "";

    @Option(names = "--tensors", description = "List every tensor with its type and shape.")
    boolean tensors;

    @Mixin
    ConfigOptions configOptions = new ConfigOptions();

    private final PrintStream out;

    ShowCommand(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() {
        try (ModelFiles files = ModelFiles.open(
                ModelStore.local().find(name),
                LoadOptions.DEFAULT.ignoredKeys(Set.copyOf(configOptions.ignoredKeys)))) {
            line("model", name);
            line("files", files.path().toString());
            line("architecture", files.architecture());
            describe(files.spec());
            Map<String, Long> bytes = new TreeMap<>();
            long parameters = 0;
            for (StoredTensor t : files.tensors().values()) {
                bytes.merge(t.type().name(), t.data().byteSize(), Long::sum);
                parameters += t.count();
            }
            line("parameters", String.format(Locale.ROOT, "%,d", parameters));
            bytes.forEach((type, n) -> line("  in " + type, String.format(Locale.ROOT, "%,d bytes", n)));
            line("chat template", files.text(null).hasTemplate() ? "yes" : "none");
            files.notes().forEach(n -> line("note", n));
            if (tensors) {
                out.println();
                files.tensors()
                        .values()
                        .forEach(t -> out.printf(Locale.ROOT, "%-8s %-20s %s%n", t.type(), t.shapeText(), t.name()));
            }
        }
        return 0;
    }

    private void describe(DecoderSpec s) {
        line("layers", Integer.toString(s.layers().size()));
        line("hidden size", Integer.toString(s.dim()));
        LayerSpec first = s.layers().getFirst();
        if (first.mixer() instanceof AttentionSpec a) {
            line("attention", a.heads() + " heads of " + a.headDim() + ", " + a.kvHeads() + " for keys and values");
            line("positions", positions(s, a));
        }
        IntSummaryStatistics windows = s.layers().stream()
                .flatMapToInt(l -> l.mixer() instanceof AttentionSpec a && a.window() > 0
                        ? IntStream.of(a.window())
                        : IntStream.empty())
                .summaryStatistics();
        if (windows.getCount() > 0) {
            line("windows", windows.getCount() + " layers see " + windows.getMax() + " positions");
        }
        if (first.mixer() instanceof LatentAttentionSpec a) {
            line("attention", a.heads() + " heads over latents of " + a.latent());
        }
        s.layers().stream().map(LayerSpec::feedForward).distinct().forEach(f -> line("feed-forward", feedForward(f)));
        line("blocks", first.residual().name().toLowerCase(Locale.ROOT));
        line("vocabulary", Integer.toString(s.vocabulary()));
        line("context", Integer.toString(s.contextLength()));
        line("head", s.head().tied() ? "the embedding" : "its own");
    }

    private static String feedForward(FeedForwardSpec f) {
        return switch (f) {
            case MlpSpec m ->
                m.inner() + ", " + (m.gated() ? "gated by " : "")
                        + m.activation().name().toLowerCase(Locale.ROOT);
            case ExpertsSpec e ->
                e.perToken() + " of " + e.count() + " experts of " + feedForward(e.expert())
                        + (e.shared() == null ? "" : ", one of " + e.shared().inner() + " for all");
        };
    }

    private static String positions(DecoderSpec s, AttentionSpec a) {
        if (s.embedding().positions() != null) {
            return "learned";
        }
        if (a.alibi() != null) {
            return "linear biases";
        }
        RopeSpec rope = a.rope();
        return rope == null
                ? "none"
                : "rotary, " + rope.rotary() + " numbers of a head, base " + rope.base() + ", scaling "
                        + rope.scaling();
    }

    private void line(String key, String value) {
        out.printf(Locale.ROOT, "%-16s %s%n", key, value);
    }
}
