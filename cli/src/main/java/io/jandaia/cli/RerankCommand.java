package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.model.Model;
import io.jandaia.model.Ranked;
import io.jandaia.model.TextTokens;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code jandaia rerank}: texts by how well they answer a query. */
@Command(name = "rerank", mixinStandardHelpOptions = true)
final class RerankCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "MODEL", descriptionKey = "model")
    String name = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "QUERY TEXT", descriptionKey = "jandaia.rerank.texts")
    List<String> words = List.of();

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

    RerankCommand(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        this.out = out;
        this.err = err;
        this.texts = texts;
        this.tty = tty;
        this.pullOptions = new PullOptions(err, texts, tty);
    }

    @Override
    public Integer call() {
        TextTokens ids = tokenIds.given(words, texts);
        if (ids == null && words.isEmpty()) {
            throw texts.usage("rerank.query");
        }
        List<String> given = ids == null ? InputTexts.of(words.subList(1, words.size()), texts, tty) : List.of();
        boolean possible = ids == null && !modelOptions.given();
        if (serverOptions.ask(
                name,
                possible,
                err,
                texts,
                server -> print(
                        new ServerTexts(server, texts).rank(words.getFirst(), given, truncate, err::println), given))) {
            return 0;
        }
        try (Model model = Model.open(pullOptions.find(name), modelOptions.toLoad(texts))) {
            model.notes().forEach(err::println);
            List<TextTokens> pairs = new ArrayList<>();
            if (ids != null) {
                pairs.add(ids);
            }
            for (String text : given) {
                pairs.add(pair(model, text, pairs.size() + 1));
            }
            print(model.rank(pairs), given);
        }
        return 0;
    }

    private TextTokens pair(Model model, String text, int number) {
        TextTokens pair = model.tokens(words.getFirst(), text);
        if (!truncate) {
            return pair;
        }
        List<String> notes = new ArrayList<>();
        TextTokens cut = model.cut(pair, texts.get("text.pair", number), notes);
        notes.forEach(err::println);
        return cut;
    }

    private void print(List<Ranked> ranked, List<String> given) {
        if (json) {
            ObjectNode node = JsonMapper.shared().createObjectNode();
            ArrayNode results = node.putArray("results");
            for (Ranked r : ranked) {
                ObjectNode one = results.addObject().put("index", r.index()).put("score", r.score());
                if (!given.isEmpty()) {
                    one.put("text", given.get(r.index()));
                }
            }
            out.println(node);
            return;
        }
        for (Ranked r : ranked) {
            out.printf(Locale.ROOT, "%10.5f  %s%n", r.score(), given.isEmpty() ? "" : given.get(r.index()));
        }
    }
}
