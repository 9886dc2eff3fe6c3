package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.model.EmbedOptions;
import io.jandaia.model.Embeddings;
import io.jandaia.model.Model;
import io.jandaia.model.TextTokens;
import io.jandaia.model.engine.Pooling;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code jandaia embed}: vectors of texts. */
@Command(name = "embed", mixinStandardHelpOptions = true)
final class EmbedCommand implements Callable<Integer> {

    /** Numbers of a vector that are shown where not all are. */
    private static final int SHOWN = 6;

    @Parameters(index = "0", paramLabel = "MODEL", descriptionKey = "model")
    String name = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "TEXT", descriptionKey = "texts")
    List<String> words = List.of();

    @Option(names = "--pooling", paramLabel = "mean|cls|last")
    @Nullable
    String pooling;

    @Option(names = "--no-normalize")
    boolean unnormalized;

    @Option(names = "--dimensions", paramLabel = "N")
    @Nullable
    Integer dimensions;

    @Option(names = "--prompt", paramLabel = "NAME")
    @Nullable
    String prompt;

    @Option(names = "--truncate")
    boolean truncate;

    @Option(names = "--json")
    boolean json;

    @Mixin
    TokenIdOptions tokenIds = new TokenIdOptions();

    @Mixin
    ServerOptions serverOptions = new ServerOptions();

    @Mixin
    ModelOptions modelOptions = new ModelOptions();

    @Mixin
    PullOptions pullOptions;

    private final PrintStream out;
    private final PrintStream err;
    private final Texts texts;
    private final Tty tty;

    EmbedCommand(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        this.out = out;
        this.err = err;
        this.texts = texts;
        this.tty = tty;
        this.pullOptions = new PullOptions(err, texts, tty);
    }

    @Override
    public Integer call() {
        EmbedOptions options = options();
        TextTokens ids = tokenIds.given(words, texts);
        List<String> given = ids == null ? InputTexts.of(words, texts, tty) : List.of();
        boolean possible = ids == null && pooling == null && !unnormalized && !modelOptions.given();
        if (serverOptions.ask(
                name,
                possible,
                err,
                texts,
                server -> show(given, new ServerTexts(server, texts).embed(given, options)))) {
            return 0;
        }
        try (Model model = Model.open(pullOptions.find(name), modelOptions.toLoad(texts))) {
            model.notes().forEach(err::println);
            show(
                    given,
                    ids == null
                            ? model.embed(given, options)
                            : new Embeddings(List.of(model.embed(ids, options)), ids.size(), List.of()));
        }
        return 0;
    }

    private void show(List<String> given, Embeddings e) {
        e.notes().forEach(err::println);
        if (json) {
            out.println(toJson(e));
        } else {
            print(given, e);
        }
    }

    private EmbedOptions options() {
        EmbedOptions o = EmbedOptions.DEFAULT.truncate(truncate);
        if (pooling != null) {
            o = o.pooling(poolingOf(pooling));
        }
        if (unnormalized) {
            o = o.normalize(false);
        }
        if (dimensions != null) {
            if (dimensions < 1) {
                throw texts.usage("embed.dimensions", dimensions);
            }
            o = o.dimensions(dimensions);
        }
        return prompt == null ? o : o.prompt(prompt);
    }

    private Pooling poolingOf(String name) {
        return Arrays.stream(Pooling.values())
                .filter(p -> p.text().equals(name))
                .findFirst()
                .orElseThrow(() -> texts.usage("embed.pooling", name));
    }

    /** The beginning of each vector, and for several texts how alike they are. */
    private void print(List<String> given, Embeddings e) {
        for (int i = 0; i < e.vectors().size(); i++) {
            float[] v = e.vectors().get(i);
            StringBuilder line = new StringBuilder();
            for (int k = 0; k < Math.min(SHOWN, v.length); k++) {
                line.append(String.format(Locale.ROOT, "%9.5f", v[k]));
            }
            out.println(texts.get(
                    "embed.vector",
                    i + 1,
                    line + (v.length > SHOWN ? " ..." : ""),
                    v.length,
                    given.isEmpty() ? "" : given.get(i)));
        }
        if (e.vectors().size() > 1) {
            out.println();
            out.println(texts.get("embed.alike"));
            for (int i = 0; i < e.vectors().size(); i++) {
                StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%4d ", i + 1));
                for (int j = 0; j <= i; j++) {
                    line.append(String.format(
                            Locale.ROOT,
                            " %6.3f",
                            cosine(e.vectors().get(i), e.vectors().get(j))));
                }
                out.println(line);
            }
        }
    }

    private static double cosine(float[] a, float[] b) {
        double dot = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            dot += (double) a[i] * b[i];
            aa += (double) a[i] * a[i];
            bb += (double) b[i] * b[i];
        }
        return dot / Math.max(Math.sqrt(aa * bb), 1e-12);
    }

    private static String toJson(Embeddings e) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.set("embeddings", JsonMapper.shared().valueToTree(e.vectors()));
        json.putObject("usage").put("prompt_tokens", e.tokens()).put("total_tokens", e.tokens());
        return json.toString();
    }
}
