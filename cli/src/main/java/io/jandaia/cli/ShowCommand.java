package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.SafeText;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.ModelFiles;
import io.jandaia.model.adapter.Adapter;
import io.jandaia.model.arch.AttentionSpec;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.SinusoidalPositions;
import io.jandaia.model.arch.EncoderDecoderSpec;
import io.jandaia.model.arch.EncoderSpec;
import io.jandaia.model.arch.ExpertsSpec;
import io.jandaia.model.arch.FeedForwardSpec;
import io.jandaia.model.arch.LatentAttentionSpec;
import io.jandaia.model.arch.LayerSpec;
import io.jandaia.model.arch.MlpSpec;
import io.jandaia.model.arch.RopeSpec;
import io.jandaia.model.arch.TaskSpec;
import io.jandaia.tensor.StoredTensor;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jandaia show}: what a model is, without loading its weights. */
@Command(name = "show", mixinStandardHelpOptions = true)
final class ShowCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "MODEL", descriptionKey = "model")
    String name = "";

    @Option(names = "--tensors")
    boolean tensors;

    @Mixin
    ConfigOptions configOptions = new ConfigOptions();

    @Mixin
    PullOptions pullOptions;

    private final PrintStream out;
    private final Texts texts;

    ShowCommand(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        this.out = out;
        this.texts = texts;
        this.pullOptions = new PullOptions(err, texts, tty);
    }

    @Override
    public Integer call() {
        Path path = pullOptions.find(name);
        if (Adapter.isAt(path)) {
            try (Adapter adapter = Adapter.open(path)) {
                describe(adapter);
            }
            return 0;
        }
        try (ModelFiles files =
                ModelFiles.open(path, LoadOptions.DEFAULT.ignoredKeys(Set.copyOf(configOptions.ignoredKeys)))) {
            line("model", name);
            line("files", files.path().toString());
            line("architecture", files.architecture());
            switch (files.modelSpec()) {
                case DecoderSpec d -> describe(d);
                case EncoderSpec e -> describe(e);
                case EncoderDecoderSpec b -> describe(b);
            }
            Map<String, Long> bytes = new TreeMap<>();
            for (StoredTensor t : files.stored().values()) {
                bytes.merge(t.type().name(), t.data().byteSize(), Long::sum);
            }
            line("parameters", String.format(Locale.ROOT, "%,d", files.parameters()));
            if (files.quantization() != null) {
                line("quantization", files.quantization());
            }
            bytes.forEach((type, n) -> line("in", type, texts.get("show.bytes", n)));
            line("template", texts.get(files.text(null).hasTemplate() ? "show.yes" : "show.none"));
            files.notes().forEach(n -> line("note", n));
            if (tensors) {
                out.println();
                files.stored()
                        .values()
                        .forEach(t -> out.printf(Locale.ROOT, "%-8s %-20s %s%n", t.type(), t.shapeText(), t.name()));
            }
        }
        return 0;
    }

    private void describe(Adapter a) {
        line("adapter", name);
        line("files", a.path().toString());
        line("kind", a.kind().name());
        line("base", a.base());
        line("size", texts.get("show.bytes", a.bytes()));
        List<Adapter.LowRank> lowRank = a.changes().stream()
                .map(Adapter.Change::lowRank)
                .filter(Objects::nonNull)
                .toList();
        long whole = a.changes().stream().filter(c -> c.weight() != null).count();
        line("modules", texts.get("show.changes", a.changes().size(), whole));
        line("rank", values(lowRank.stream().map(Adapter.LowRank::rank)));
        line("scaling", values(lowRank.stream().map(l -> (float) l.scaling())));
        line("dora", texts.get(lowRank.stream().anyMatch(l -> l.magnitude() != null) ? "show.yes" : "show.none"));
        a.notes().forEach(n -> line("note", n));
        if (tensors) {
            out.println();
            a.changes()
                    .forEach(c -> out.printf(
                            Locale.ROOT,
                            "%-8s %s%n",
                            c.lowRank() == null ? "" : c.lowRank().rank(),
                            SafeText.of(c.module())));
        }
    }

    private static String values(Stream<?> all) {
        return all.map(String::valueOf).distinct().collect(Collectors.joining(", "));
    }

    private void describe(DecoderSpec s) {
        line("layers", Integer.toString(s.layers().size()));
        line("hidden", Integer.toString(s.dim()));
        describe(s.layers());
        line("positions", positions(s.embedding(), s.layers()));
        line("vocabulary", Integer.toString(s.vocabulary()));
        line("context", Integer.toString(s.contextLength()));
        line("head", texts.get(s.head().tied() ? "show.tied" : "show.own"));
    }

    private void describe(EncoderSpec s) {
        line("encoder.layers", Integer.toString(s.layers().size()));
        line("hidden", Integer.toString(s.dim()));
        describe(s.layers());
        line("positions", positions(s.embedding(), s.layers()));
        line("vocabulary", Integer.toString(s.vocabulary()));
        line("context", Integer.toString(s.contextLength()));
        TaskSpec task = s.task();
        line(
                "task",
                task == null
                        ? texts.get("show.task.none")
                        : switch (task.task()) {
                            case FILL -> texts.get("show.task.fill");
                            case TEXT_LABELS -> texts.get("show.task.texts", String.join(", ", task.labels()));
                            case TOKEN_LABELS -> texts.get("show.task.tokens", String.join(", ", task.labels()));
                        });
    }

    private void describe(EncoderDecoderSpec s) {
        line("encoder.layers", Integer.toString(s.encoder().layers().size()));
        line("decoder.layers", Integer.toString(s.decoder().layers().size()));
        line("hidden", Integer.toString(s.decoder().dim()));
        describe(s.decoder().layers());
        line("positions", positions(s.encoder().embedding(), s.encoder().layers()));
        line("vocabulary", Integer.toString(s.decoder().vocabulary()));
        line("head", texts.get(s.decoder().head().tied() ? "show.tied" : "show.own"));
    }

    private void describe(List<LayerSpec> layers) {
        LayerSpec first = layers.getFirst();
        if (first.mixer() instanceof AttentionSpec a) {
            line("attention", texts.get("show.heads", a.heads(), a.headDim(), a.kvHeads()));
        }
        IntSummaryStatistics windows = layers.stream()
                .flatMapToInt(l -> l.mixer() instanceof AttentionSpec a && a.window() > 0
                        ? IntStream.of(a.window())
                        : IntStream.empty())
                .summaryStatistics();
        if (windows.getCount() > 0) {
            line("windows", texts.get("show.see", windows.getCount(), windows.getMax()));
        }
        if (first.mixer() instanceof LatentAttentionSpec a) {
            line("attention", texts.get("show.latent", a.heads(), a.latent()));
        }
        layers.stream().map(LayerSpec::feedForward).distinct().forEach(f -> line("mlp", feedForward(f)));
        line("blocks", first.residual().name().toLowerCase(Locale.ROOT));
    }

    private String feedForward(FeedForwardSpec f) {
        return switch (f) {
            case MlpSpec m ->
                texts.get(
                        m.gated() ? "show.gated" : "show.plain",
                        m.inner(),
                        m.activation().name().toLowerCase(Locale.ROOT));
            case ExpertsSpec e ->
                texts.get("show.experts", e.perToken(), e.count(), feedForward(e.expert()))
                        + (e.shared() == null
                                ? ""
                                : texts.get("show.shared", e.shared().inner()));
        };
    }

    private String positions(EmbeddingSpec embedding, List<LayerSpec> layers) {
        if (embedding.positions() != null) {
            return texts.get(embedding.positions() instanceof SinusoidalPositions ? "show.sinusoidal" : "show.learned");
        }
        if (!(layers.getFirst().mixer() instanceof AttentionSpec a)) {
            return texts.get("show.none");
        }
        if (a.distanceBias() != null) {
            return texts.get(a.distanceBias() instanceof AttentionSpec.Alibi ? "show.alibi" : "show.buckets");
        }
        RopeSpec rope = a.rope();
        return rope == null
                ? texts.get("show.none")
                : texts.get("show.rotary", rope.rotary(), rope.base(), rope.scaling());
    }

    private void line(String key, String value) {
        line(key, "", value);
    }

    /** @param name what the label of {@code key} speaks of, if anything */
    private void line(String key, String name, String value) {
        // names, notes and paths come from files that anybody may have made
        out.printf(Locale.ROOT, "%-20s %s%n", texts.get("show." + key, name), SafeText.of(value));
    }
}
