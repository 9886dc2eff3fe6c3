package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.model.Model;
import io.jandaia.model.Score;
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
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code jandaia score}: how likely a text is. */
@Command(name = "score", mixinStandardHelpOptions = true)
final class ScoreCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "MODEL", descriptionKey = "model")
    String name = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "TEXT", descriptionKey = "text")
    @Nullable
    String text;

    @Option(names = "--token-ids", paramLabel = "IDS")
    @Nullable
    String tokenIds;

    @Option(names = "--json")
    boolean json;

    @Mixin
    ServerOptions serverOptions = new ServerOptions();

    @Mixin
    AdapterOptions adapterOptions = new AdapterOptions();

    @Mixin
    ModelOptions modelOptions = new ModelOptions();

    @Mixin
    PullOptions pullOptions;

    private final PrintStream out;
    private final PrintStream err;
    private final Texts texts;

    ScoreCommand(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        this.out = out;
        this.err = err;
        this.texts = texts;
        this.pullOptions = new PullOptions(err, texts, tty);
    }

    @Override
    public Integer call() {
        String words = text;
        if ((words == null) == (tokenIds == null)) {
            throw texts.usage("score.either");
        }
        String adapter = adapterOptions.chosen(texts);
        boolean possible = words != null && !adapterOptions.given() && !modelOptions.given();
        if (serverOptions.ask(name, possible, err, texts, server -> ask(server, String.valueOf(words)))) {
            return 0;
        }
        try (Model model =
                Model.open(pullOptions.find(name), adapterOptions.toLoad(modelOptions.toLoad(texts), texts))) {
            model.notes().forEach(err::println);
            int[] ids = words == null
                    ? TokenIds.parse(tokenIds, "--token-ids", texts)
                    : model.tokenizer().encode(words).ids();
            show(
                    model.score(ids, adapter),
                    Arrays.stream(ids)
                            .mapToObj(id -> model.tokenizer().decode(new int[] {id}, false))
                            .toList());
        }
        return 0;
    }

    private void ask(RunningServer server, String words) {
        ServerTexts.Scored found = new ServerTexts(server, texts).score(words);
        show(found.score(), found.pieces());
    }

    private void show(Score score, List<String> pieces) {
        if (json) {
            out.println(toJson(score));
        } else {
            print(score, pieces);
        }
    }

    /** @param pieces each token's text */
    private void print(Score score, List<String> pieces) {
        int[] ids = score.tokenIds();
        for (int i = 0; i < ids.length; i++) {
            String p = i == 0 ? "-" : String.format(Locale.ROOT, "%.6f", score.logProbabilities()[i - 1]);
            out.printf(
                    Locale.ROOT,
                    "%8d %12s  %s%n",
                    ids[i],
                    p,
                    JsonMapper.shared().valueToTree(pieces.get(i)));
        }
        if (ids.length > 1) {
            out.println(texts.get("score.total", score.total(), score.perplexity(), ids.length - 1));
        }
    }

    private static String toJson(Score score) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.set("token_ids", JsonMapper.shared().valueToTree(score.tokenIds()));
        ArrayNode logprobs = json.putArray("logprobs").addNull();
        for (double p : score.logProbabilities()) {
            logprobs.add(p);
        }
        json.put("total", score.total());
        if (score.logProbabilities().length > 0) {
            json.put("perplexity", score.perplexity());
        } else {
            json.putNull("perplexity");
        }
        return json.toString();
    }
}
