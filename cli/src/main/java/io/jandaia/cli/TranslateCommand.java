package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.model.Answer;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.Model;
import io.jandaia.model.TextTokens;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code jandaia translate}: what an encoder-decoder makes of texts. */
@Command(name = "translate", mixinStandardHelpOptions = true)
final class TranslateCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "MODEL", descriptionKey = "model")
    String name = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "TEXT", descriptionKey = "texts")
    List<String> words = List.of();

    @Option(names = "--to", paramLabel = "LANGUAGE")
    @Nullable
    String to;

    @Option(names = "--prefix", paramLabel = "TEXT")
    @Nullable
    String prefix;

    @Option(names = "--token-ids", paramLabel = "IDS")
    @Nullable
    String tokenIds;

    @Option(names = "--json")
    boolean json;

    @Mixin
    SamplingOptions sampling = new SamplingOptions();

    @Mixin
    ServerOptions serverOptions = new ServerOptions();

    @Mixin
    ModelOptions modelOptions = new ModelOptions();

    @Mixin
    PullOptions pullOptions;

    private boolean printed;
    private final PrintStream out;
    private final PrintStream err;
    private final Texts texts;
    private final Tty tty;

    TranslateCommand(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        this.out = out;
        this.err = err;
        this.texts = texts;
        this.tty = tty;
        this.pullOptions = new PullOptions(err, texts, tty);
    }

    @Override
    public Integer call() {
        if (tokenIds != null && (to != null || prefix != null || !words.isEmpty())) {
            throw texts.usage("translate.token.ids");
        }
        if (to != null && prefix != null) {
            throw texts.usage("translate.both");
        }
        List<String> given = tokenIds == null ? InputTexts.of(words, texts, tty) : List.of();
        boolean possible = tokenIds == null
                && !json
                && !modelOptions.given()
                && RunningServer.knows(sampling.toGenerate().settings());
        if (serverOptions.ask(
                name, possible, err, texts, server -> given.forEach(text -> ask(server, text)), () -> printed)) {
            return 0;
        }
        try (Model model = Model.open(pullOptions.find(name), modelOptions.toLoad(texts))) {
            model.notes().forEach(err::println);
            GenerateOptions options = sampling.toGenerate();
            if (tokenIds != null) {
                int[] ids = TokenIds.parse(tokenIds, "--token-ids", texts);
                write(model, text -> model.answer(TextTokens.of(ids), options, text));
            }
            String before = to == null ? prefix == null ? "" : prefix : model.targetPrefix(to);
            for (String text : given) {
                write(model, part -> model.answer(before + text, options, part));
            }
        }
        return 0;
    }

    private void ask(RunningServer server, String text) {
        ObjectNode request =
                JsonMapper.shared().createObjectNode().put("prompt", prefix == null ? text : prefix + text);
        if (to != null) {
            request.put("target_language", to);
        }
        RunningServer.add(request, sampling.toGenerate().settings());
        server.answer("/v1/completions", request, texts, this::print);
        out.println();
    }

    private void print(String part) {
        printed = true;
        out.print(part);
        out.flush();
    }

    /** One answer, as it comes or as JSON at its end. */
    private void write(Model model, Answering answering) {
        Answer answer = answering.answer(json ? part -> {} : this::print);
        out.println(json ? AnswerJson.of(answer, model.tokenizer()) : "");
    }

    private interface Answering {
        Answer answer(Consumer<String> onText);
    }
}
