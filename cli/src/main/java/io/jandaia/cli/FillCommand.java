package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.model.MaskGuess;
import io.jandaia.model.Model;
import io.jandaia.model.TextTokens;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code jandaia fill}: guesses masked tokens. */
@Command(name = "fill", mixinStandardHelpOptions = true)
final class FillCommand implements Callable<Integer> {

    private static final int MOST_OF_SERVER = 1000;

    @Parameters(index = "0", paramLabel = "MODEL", descriptionKey = "model")
    String name = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "TEXT", descriptionKey = "texts")
    List<String> words = List.of();

    @Option(names = "--guesses", paramLabel = "N")
    int top = 5;

    @Option(names = "--position", paramLabel = "N")
    @Nullable
    Integer position;

    @Option(names = "--logits")
    boolean logits;

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

    FillCommand(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        this.out = out;
        this.err = err;
        this.texts = texts;
        this.tty = tty;
        this.pullOptions = new PullOptions(err, texts, tty);
    }

    @Override
    public Integer call() {
        if (top < 1) {
            throw texts.usage("fill.count", top);
        }
        TextTokens ids = tokenIds.given(words, texts);
        List<String> given = ids == null ? InputTexts.of(words, texts, tty) : List.of();
        boolean possible = ids == null && position == null && top <= MOST_OF_SERVER && !modelOptions.given();
        if (serverOptions.ask(
                name,
                possible,
                err,
                texts,
                server -> new ServerTexts(server, texts)
                        .fill(given, top, logits && json)
                        .forEach(this::show))) {
            return 0;
        }
        try (Model model = Model.open(pullOptions.find(name), modelOptions.toLoad(texts))) {
            model.notes().forEach(err::println);
            List<TextTokens> all =
                    ids == null ? given.stream().map(model::tokens).toList() : List.of(ids);
            for (TextTokens text : all) {
                show(position == null ? model.fill(text, top) : model.fill(text, new int[] {position}, top));
            }
        }
        return 0;
    }

    private void show(List<MaskGuess> guesses) {
        if (json) {
            out.println(toJson(guesses));
        } else {
            print(guesses);
        }
    }

    private void print(List<MaskGuess> guesses) {
        for (MaskGuess g : guesses) {
            if (guesses.size() > 1) {
                out.println(texts.get("fill.token", g.position()));
            }
            g.candidates().forEach(c -> out.printf(Locale.ROOT, "%10.5f  %s%n", c.probability(), c.token()));
        }
    }

    private String toJson(List<MaskGuess> guesses) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        ArrayNode masks = json.putArray("masks");
        for (MaskGuess g : guesses) {
            ObjectNode mask = masks.addObject().put("position", g.position());
            ArrayNode candidates = mask.putArray("guesses");
            g.candidates()
                    .forEach(c -> candidates
                            .addObject()
                            .put("token_id", c.id())
                            .put("token", c.token())
                            .put("score", c.probability()));
            if (logits) {
                mask.set("logits", JsonMapper.shared().valueToTree(g.logits()));
            }
        }
        return json.toString();
    }
}
