package io.jandaia.cli;

import io.jandaia.cli.chat.Chat;
import io.jandaia.cli.chat.History;
import io.jandaia.cli.chat.LocalPartner;
import io.jandaia.cli.chat.Partner;
import io.jandaia.cli.chat.Waiting;
import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.AnswerWriter;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.error.JandaiaException;
import io.jandaia.model.Answer;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.LoadedAdapter;
import io.jandaia.model.Model;
import io.jandaia.model.ModelStore;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.chat.Message;
import io.jandaia.model.sampling.Choice;
import io.jandaia.model.sampling.Setting;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code jandaia run}: answers a prompt. */
@Command(name = "run", mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {

    @Parameters(arity = "0..2", paramLabel = "[MODEL] [PROMPT]", descriptionKey = "words")
    List<String> words = List.of();

    @Option(names = "--raw")
    boolean raw;

    @Option(names = "--token-ids", paramLabel = "IDS")
    @Nullable
    String tokenIds;

    @Option(names = "--system", paramLabel = "TEXT")
    @Nullable
    String system;

    @Option(names = "--json")
    boolean json;

    @Option(names = "--verbose")
    boolean verbose;

    @Option(names = {"--plain", "--no-color"})
    boolean plain;

    @Option(names = "--no-history")
    boolean noHistory;

    @Mixin
    ServerOptions serverOptions = new ServerOptions();

    @Mixin
    PullOptions pullOptions;

    @Mixin
    SamplingOptions sampling = new SamplingOptions();

    @Mixin
    FormOptions formOptions = new FormOptions();

    @Mixin
    TemplateOptions templateOptions = new TemplateOptions();

    @Mixin
    AdapterOptions adapterOptions = new AdapterOptions();

    @Mixin
    SpeculationOptions speculationOptions = new SpeculationOptions();

    @Mixin
    ModelOptions modelOptions = new ModelOptions();

    private static final int PATIENCE_MS = 2000;

    private boolean printed;
    private final PrintStream out;
    private final PrintStream err;
    private final Texts texts;
    private final Tty terminal;

    @Spec
    private CommandSpec spec;

    RunCommand(PrintStream out, PrintStream err, Texts texts, Tty terminal) {
        this.out = out;
        this.err = err;
        this.texts = texts;
        this.terminal = terminal;
        this.pullOptions = new PullOptions(err, texts, terminal);
    }

    @Override
    public Integer call() {
        String name = modelName();
        String adapter = adapterOptions.chosen(texts);
        Tty tty = plain ? terminal.plain() : terminal;
        if (isChat(name)) {
            chat(name, tty);
            return 0;
        }
        RunningServer server = serverOptions.find(name, isForServers() && !verbose, err, texts);
        // a wrong name is said before standard input is waited for
        Path path = server == null ? pullOptions.find(name) : null;
        String prompt = tokenIds == null ? prompt(name) : "";
        AnswerWriter writer = AnswerWriter.of(tty, this::print);
        if (server != null && asked(server, prompt, writer)) {
            return 0;
        }
        try (Model model = open(name, path == null ? pullOptions.find(name) : path)) {
            model.notes().forEach(err::println);
            int[] ids = promptIds(model, prompt);
            GenerateOptions options = sampling.toGenerate().adapter(adapter).grammar(formOptions.grammar(texts));
            if (!json) {
                sayWhatTextLacks(model, options);
            }
            Runnable begun = tty.styled() && !json
                    ? Waiting.start(texts, ids.length, tty.columns(), this::print)::close
                    : () -> {};
            Answer answer;
            try {
                answer = model.generate(ids, options, text -> {
                    begun.run();
                    if (!json) {
                        writer.write(text);
                    }
                });
            } finally {
                begun.run();
            }
            if (json) {
                out.println(AnswerJson.of(answer, model.tokenizer()));
            } else {
                writer.finish();
            }
            if (verbose) {
                summarize(answer);
            }
            return 0;
        } catch (ReaderGone e) {
            return 1; // Main says why, if there is somebody to tell
        } catch (JandaiaException e) {
            if (printed) {
                out.println();
            }
            throw e;
        }
    }

    /** Whether a running server could answer in the same way. */
    private boolean isForServers() {
        return !json
                && tokenIds == null
                && !templateOptions.given()
                && !adapterOptions.given()
                && !speculationOptions.given()
                && !modelOptions.given()
                && RunningServer.knows(sampling.toGenerate().settings());
    }

    private boolean asked(RunningServer server, String prompt, AnswerWriter writer) {
        try {
            return ServerOptions.ask(server, err, texts, s -> ask(s, prompt, writer), () -> printed);
        } catch (ReaderGone e) {
            return true; // Main says why, if there is somebody to tell
        } catch (JandaiaException e) {
            out.println();
            throw e;
        }
    }

    private void ask(RunningServer server, String prompt, AnswerWriter writer) {
        ObjectNode request = JsonMapper.shared().createObjectNode();
        RunningServer.add(request, sampling.toGenerate().settings());
        formOptions.addTo(request, texts);
        if (raw) {
            request.put("prompt", prompt);
        } else {
            ArrayNode messages = request.putArray("messages");
            if (system != null) {
                messages.addObject().put("role", "system").put("content", system);
            }
            messages.addObject().put("role", "user").put("content", prompt);
        }
        server.answer(raw ? "/v1/completions" : "/v1/chat/completions", request, texts, writer::write);
        writer.finish();
    }

    /** Whether somebody sits there and gave no prompt. */
    private boolean isChat(String model) {
        return terminal.input() && terminal.output() && word(model) == null && !raw && !json && tokenIds == null;
    }

    private void chat(String name, Tty tty) {
        SamplingParameters parameters = new SamplingParameters(texts, adapterOptions.chosen(texts));
        new Chat(
                        name,
                        system == null ? "" : system,
                        parameters.given(spec.commandLine().getParseResult()),
                        verbose,
                        parameters,
                        this::partner,
                        noHistory ? null : History.file(System.getenv()),
                        texts,
                        tty)
                .run();
    }

    private Partner partner(String name) {
        RunningServer server = serverOptions.find(name, isForServers(), err, texts);
        return server != null
                ? new ServerPartner(server, texts)
                : new LocalPartner(open(name, pullOptions.find(name)), templateOptions.toInputs(texts), texts);
    }

    private Model open(String name, Path path) {
        long begin = System.nanoTime();
        Model model;
        try (ProgressBar bar =
                new ProgressBar(err, texts.get("run.unpacking"), ProgressBar.Unit.ITEMS, terminal.styled())) {
            model = Model.open(path, loadOptions().progress(bar));
        }
        if (verbose) {
            describe(model, name, (System.nanoTime() - begin) / 1e9);
        }
        return model;
    }

    private LoadOptions loadOptions() {
        String template = templateOptions.template;
        LoadOptions options =
                speculationOptions.toLoad(adapterOptions.toLoad(modelOptions.toLoad(texts), texts), texts);
        return template == null ? options : options.template(template);
    }

    /** Two words are model and prompt. One is the model if it names one, or can only be meant as one; else the prompt. */
    private String modelName() {
        if (words.size() > 2) {
            throw texts.usage("run.words", words.size());
        }
        if (words.isEmpty()) {
            return ModelStore.STARTER;
        }
        String word = words.getFirst();
        return words.size() == 2 || tokenIds != null || isModel(word) ? word : ModelStore.STARTER;
    }

    private boolean isModel(String word) {
        if (ModelStore.local().list().containsKey(word)) {
            return true;
        }
        boolean oneWord = !word.isBlank() && word.chars().noneMatch(Character::isWhitespace);
        if (oneWord && (word.endsWith(".gguf") || word.contains("/"))) {
            return true;
        }
        try {
            return (!word.isBlank() && Files.exists(Path.of(word, "config.json")))
                    || (oneWord && serverOptions.has(word));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /** The prompt among the words; null when there is none. */
    private @Nullable String word(String model) {
        return words.size() == 2 || (words.size() == 1 && !model.equals(words.getFirst())) ? words.getLast() : null;
    }

    /** What was given as a word, then what comes from standard input: {@code jandaia run MODEL "Summarise:" < text}. */
    private String prompt(String model) {
        String word = word(model);
        if (word == null && terminal.input()) {
            throw texts.usage("run.no.prompt");
        }
        String piped = terminal.input() ? "" : piped(word != null);
        String text = word == null ? piped : piped.isBlank() ? word : word + "\n\n" + piped;
        if (raw ? text.isEmpty() : text.isBlank()) {
            throw texts.usage("run.empty");
        }
        return text;
    }

    /** @param surprising whether nobody may have meant to pipe anything; then waiting for it is said */
    private String piped(boolean surprising) {
        Thread notice = Thread.ofVirtual().unstarted(() -> {
            try {
                Thread.sleep(PATIENCE_MS);
                err.println(texts.get("run.waiting"));
            } catch (InterruptedException e) {
                // the input has ended
            }
        });
        try {
            if (surprising) {
                notice.start();
            }
            return StandardInput.text(texts);
        } finally {
            notice.interrupt();
        }
    }

    private int[] promptIds(Model model, String prompt) {
        if (tokenIds != null) {
            if (system != null || words.size() == 2 || templateOptions.given()) {
                throw texts.usage("run.token.ids");
            }
            return TokenIds.parse(tokenIds, "--token-ids", texts);
        }
        if (raw || !(model.modelSpec() instanceof DecoderSpec)) {
            if (system != null || templateOptions.given()) {
                throw texts.usage("run.raw");
            }
            return model.sourceTokens(prompt).ids();
        }
        List<Message> messages = new ArrayList<>();
        if (system != null) {
            messages.add(Message.system(system));
        }
        messages.add(Message.user(prompt));
        return model.text().prompt(messages, templateOptions.toInputs(texts));
    }

    private void print(String text) {
        out.print(text);
        printed = true;
        if (out.checkError()) { // flushes
            throw new ReaderGone();
        }
    }

    private void describe(Model model, String name, double seconds) {
        err.println(texts.get(
                "run.effect",
                name,
                seconds,
                model.numerics().name().toLowerCase(Locale.ROOT),
                model.keysAndValues().name().toLowerCase(Locale.ROOT),
                model.kernels(),
                model.threads(),
                model.contextLength()));
        err.println(texts.get("speculate.effect", model.speculation()));
        if (!model.adapters().isEmpty()) {
            String chosen = adapterOptions.chosen(texts);
            err.println(texts.get(
                    "adapter.effect",
                    String.join(
                            ", ",
                            model.adapters().stream().map(LoadedAdapter::name).toList()),
                    chosen == null ? "none" : chosen));
        }
    }

    /** With beams there is no text until the end; some of what can be asked for is only in the JSON. */
    private void sayWhatTextLacks(Model model, GenerateOptions options) {
        if (options.settings().has(Setting.LOG_PROBS)) {
            throw texts.usage("run.logprobs");
        }
        if (model.sampling(options).choice() instanceof Choice.Beams b) {
            err.println(texts.get("run.beams", b.beams()));
            if (b.returned() > 1) {
                err.println(texts.get("run.returned", b.returned()));
            }
        }
    }

    private void summarize(Answer a) {
        err.println("sampling " + a.sampling());
        err.println(texts.get(
                "run.speed",
                a.usage().promptTokens(),
                a.usage().promptTokens() / a.timings().prefill(),
                a.usage().completionTokens(),
                AnswerJson.decodeSpeed(a),
                a.timings().timeToFirstToken(),
                a.finishReason().text()));
        if (a.usage().draftTokens() > 0) {
            err.println(texts.get(
                    "speculate.result",
                    a.usage().draftTokens(),
                    a.usage().acceptedTokens(),
                    100.0 * a.usage().acceptedTokens() / a.usage().draftTokens()));
        }
    }

    /** Ends generation when standard output is closed. */
    private static final class ReaderGone extends RuntimeException {}
}
