package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.model.Classification;
import io.jandaia.model.Model;
import io.jandaia.model.TextTokens;
import io.jandaia.model.TokenLabels;
import io.jandaia.model.tokenizer.Tokenizer;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code jandaia classify}: labels of texts or of their tokens. */
@Command(name = "classify", mixinStandardHelpOptions = true)
final class ClassifyCommand implements Callable<Integer> {

    /** Texts whose labels are printed together. */
    private static final int AT_ONCE = 64;

    @Parameters(index = "0", paramLabel = "MODEL", descriptionKey = "model")
    String name = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "TEXT", descriptionKey = "texts")
    List<String> words = List.of();

    @Option(names = "--logits")
    boolean logits;

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

    ClassifyCommand(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        this.out = out;
        this.err = err;
        this.texts = texts;
        this.tty = tty;
        this.pullOptions = new PullOptions(err, texts, tty);
    }

    @Override
    public Integer call() {
        TextTokens ids = tokenIds.given(words, texts);
        List<String> given = ids == null ? InputTexts.of(words, texts, tty) : List.of();
        boolean possible = ids == null && (!logits || json) && !modelOptions.given();
        if (serverOptions.ask(name, possible, err, texts, server -> ask(server, given))) {
            return 0;
        }
        try (Model model = Model.open(pullOptions.find(name), modelOptions.toLoad(texts))) {
            model.notes().forEach(err::println);
            List<TextTokens> tokens = new ArrayList<>();
            if (ids != null) {
                tokens.add(ids);
            }
            for (String text : given) {
                tokens.add(tokens(model, text, tokens.size() + 1));
            }
            if (model.labelsTokens()) {
                for (int i = 0; i < tokens.size(); i++) {
                    String text = ids == null ? given.get(i) : null;
                    print(model.tokenizer(), model.classifyTokens(tokens.get(i), text), text);
                }
                return 0;
            }
            for (int from = 0; from < tokens.size(); from += AT_ONCE) {
                int to = Math.min(from + AT_ONCE, tokens.size());
                List<Classification> labels = model.classifyAll(tokens.subList(from, to));
                for (int i = from; i < to; i++) {
                    print(labels.get(i - from), tokens.size() > 1 ? given.get(i) : null);
                }
            }
        }
        return 0;
    }

    private void ask(RunningServer server, List<String> given) {
        List<Object> labels = new ServerTexts(server, texts).classify(given, truncate, err::println);
        for (int i = 0; i < labels.size(); i++) {
            switch (labels.get(i)) {
                case TokenLabels t -> print(null, t, given.get(i));
                case Classification c -> print(c, given.size() > 1 ? given.get(i) : null);
                default -> throw new AssertionError(labels.get(i));
            }
        }
    }

    private TextTokens tokens(Model model, String text, int number) {
        TextTokens tokens = model.tokens(text);
        if (!truncate) {
            return tokens;
        }
        List<String> notes = new ArrayList<>();
        TextTokens cut = model.cut(tokens, texts.get("text.number", number), notes);
        notes.forEach(err::println);
        return cut;
    }

    private void print(Classification c, @Nullable String text) {
        if (json) {
            ObjectNode node = JsonMapper.shared().createObjectNode();
            node.set("labels", JsonMapper.shared().valueToTree(c.labels()));
            node.set("scores", JsonMapper.shared().valueToTree(c.scores()));
            node.set("logits", JsonMapper.shared().valueToTree(c.logits()));
            out.println(node);
            return;
        }
        if (text != null) {
            out.println(text);
        }
        IntStream.range(0, c.labels().size())
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -c.scores()[i]))
                .forEach(i -> out.printf(
                        Locale.ROOT,
                        "%10.5f  %s%n",
                        logits ? c.logits()[i] : c.scores()[i],
                        c.labels().get(i)));
    }

    /** @param tokenizer for tokens without a text */
    private void print(@Nullable Tokenizer tokenizer, TokenLabels t, @Nullable String text) {
        if (json) {
            out.println(toJson(t));
        } else if (tokenizer != null && (text == null || logits)) {
            for (int i = 0; i < t.labels().size(); i++) {
                out.printf(
                        Locale.ROOT,
                        "%10.5f  %-12s %s%n",
                        t.scores()[i],
                        t.labels().get(i),
                        tokenizer.token(t.tokens().ids()[i]));
            }
        } else if (t.entities().isEmpty()) {
            out.println(texts.get("classify.nothing"));
        } else {
            t.entities()
                    .forEach(e -> out.println(
                            texts.get("classify.entity", e.score(), e.kind(), e.text(), e.start(), e.end())));
        }
    }

    private static String toJson(TokenLabels t) {
        ObjectNode node = JsonMapper.shared().createObjectNode();
        node.set("token_ids", JsonMapper.shared().valueToTree(t.tokens().ids()));
        node.set("labels", JsonMapper.shared().valueToTree(t.labels()));
        node.set("scores", JsonMapper.shared().valueToTree(t.scores()));
        node.set("logits", JsonMapper.shared().valueToTree(t.logits()));
        ArrayNode entities = node.putArray("entities");
        t.entities()
                .forEach(e -> entities.addObject()
                        .put("label", e.kind())
                        .put("score", e.score())
                        .put("start", e.start())
                        .put("end", e.end())
                        .put("text", e.text()));
        return node.toString();
    }
}
