package io.jandaia.cli;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.Answer;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.jandaia.model.ModelStore;
import io.jandaia.model.chat.Message;
import io.jandaia.model.sampling.Choice;
import io.jandaia.model.sampling.Setting;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
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
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jandaia run}: answers a prompt. */
@Command(
        name = "run",
        description = "Answers a prompt with a model, as a chat or as plain continuation.",
        mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {

    @Parameters(
            arity = "0..2",
            paramLabel = "[MODEL] [PROMPT]",
            description =
                    "A .gguf file, a folder in Hub layout or the name of a model that is here (default: the starter "
                            + "that came with Jandaia); and the prompt (default: standard input).")
    List<String> words = List.of();

    @Option(names = "--raw", description = "Continue the text as it is, without the model's chat template.")
    boolean raw;

    @Option(names = "--token-ids", paramLabel = "IDS", description = "The prompt as token ids: 5,6,7.")
    @Nullable
    String tokenIds;

    @Option(names = "--system", paramLabel = "TEXT", description = "A message of the system before the prompt.")
    @Nullable
    String system;

    @Option(names = "--json", description = "Print one JSON object at the end instead of streaming text.")
    boolean json;

    @Option(names = "--verbose", description = "Say what is in effect, and end with the speed.")
    boolean verbose;

    @Mixin
    SamplingOptions sampling = new SamplingOptions();

    @Mixin
    TemplateOptions templateOptions = new TemplateOptions();

    @Mixin
    ModelOptions modelOptions = new ModelOptions();

    private boolean printed;
    private final PrintStream out;
    private final PrintStream err;

    RunCommand(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    @Override
    public Integer call() {
        String name = modelName();
        Path path = ModelStore.local().find(name); // a wrong name is said before standard input is waited for
        String prompt = tokenIds == null ? prompt(name) : "";
        long begin = System.nanoTime();
        try (Model model = Model.open(path, loadOptions())) {
            model.notes().forEach(err::println);
            if (verbose) {
                describe(model, name, (System.nanoTime() - begin) / 1e9);
            }
            GenerateOptions options = sampling.toGenerate();
            if (!json) {
                sayWhatTextLacks(model, options);
            }
            Answer answer = model.generate(promptIds(model, prompt), options, json ? text -> {} : this::print);
            if (json) {
                out.println(AnswerJson.of(answer, model.tokenizer()));
            } else {
                out.println();
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

    private LoadOptions loadOptions() {
        String template = templateOptions.template;
        return template == null ? modelOptions.toLoad() : modelOptions.toLoad().template(template);
    }

    /** Two words are model and prompt. One is the model if it names one, or can only be meant as one; else the prompt. */
    private String modelName() {
        if (words.size() > 2) {
            throw JandaiaException.usage(
                    "run takes a MODEL and a PROMPT and got " + words.size() + " words; put the prompt in quotes.");
        }
        if (words.isEmpty()) {
            return ModelStore.STARTER;
        }
        String word = words.getFirst();
        return words.size() == 2 || tokenIds != null || isModel(word) ? word : ModelStore.STARTER;
    }

    private static boolean isModel(String word) {
        if (ModelStore.local().list().containsKey(word)) {
            return true;
        }
        boolean oneWord = !word.isBlank() && word.chars().noneMatch(Character::isWhitespace);
        if (oneWord && (word.endsWith(".gguf") || word.contains("/"))) {
            return true;
        }
        try {
            return !word.isBlank() && Files.exists(Path.of(word, "config.json"));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private String prompt(String model) {
        String text =
                words.size() == 2 || (words.size() == 1 && !model.equals(words.getFirst())) ? words.getLast() : piped();
        if (raw ? text.isEmpty() : text.isBlank()) {
            throw JandaiaException.usage("The prompt is empty.");
        }
        return text;
    }

    private static String piped() {
        if (onTerminal()) {
            throw JandaiaException.usage(
                    "There is no prompt. Give one as the last word in quotes, or pipe it into standard input.");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(System.in.readAllBytes()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.USAGE, "The prompt on standard input is no text in UTF-8.", e);
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE,
                    "Cannot read the prompt from standard input: " + e.getMessage() + ".",
                    e);
        }
    }

    @SuppressWarnings("SystemConsoleNull") // it is null when standard input or output is no terminal
    private static boolean onTerminal() {
        return System.console() != null && System.console().isTerminal();
    }

    private int[] promptIds(Model model, String prompt) {
        if (tokenIds != null) {
            if (system != null || words.size() == 2 || templateOptions.given()) {
                throw JandaiaException.usage(
                        "--token-ids is the whole prompt; it takes no PROMPT, no --system and no --template.");
            }
            return TokenIds.parse(tokenIds, "--token-ids");
        }
        if (raw) {
            if (system != null || templateOptions.given()) {
                throw JandaiaException.usage(
                        "--system and --template need the model's chat template, which --raw leaves out.");
            }
            return model.tokenizer().encode(prompt).ids();
        }
        List<Message> messages = new ArrayList<>();
        if (system != null) {
            messages.add(Message.system(system));
        }
        messages.add(Message.user(prompt));
        return model.text().prompt(messages, templateOptions.toInputs());
    }

    private void print(String text) {
        out.print(text);
        printed = true;
        if (out.checkError()) { // flushes
            throw new ReaderGone();
        }
    }

    private void describe(Model model, String name, double seconds) {
        err.printf(
                Locale.ROOT,
                "model %s, loaded in %.2f s; numerics %s, kernels %s, %d threads, context %d%n",
                name,
                seconds,
                model.numerics().name().toLowerCase(Locale.ROOT),
                model.kernels(),
                model.threads(),
                model.spec().contextLength());
    }

    /** With beams there is no text until the end; some of what can be asked for is only in the JSON. */
    private void sayWhatTextLacks(Model model, GenerateOptions options) {
        if (options.settings().has(Setting.LOG_PROBS)) {
            throw JandaiaException.usage("--logprobs needs --json, which prints them.");
        }
        if (model.sampling(options).choice() instanceof Choice.Beams b) {
            err.println("Searching with " + b.beams() + " beams; the text comes when the search is done."
                    + (b.returned() > 1 ? " Of the " + b.returned() + " answers --json prints all." : ""));
        }
    }

    private void summarize(Answer a) {
        err.println("sampling " + a.sampling());
        err.printf(
                Locale.ROOT,
                "prompt %d tokens, %.1f tokens/s; answer %d tokens, %.1f tokens/s; first token after %.3f s; ended by %s%n",
                a.usage().promptTokens(),
                a.usage().promptTokens() / a.timings().prefill(),
                a.usage().completionTokens(),
                AnswerJson.decodeSpeed(a),
                a.timings().timeToFirstToken(),
                a.finishReason().text());
    }

    /** Ends generation when standard output is closed. */
    private static final class ReaderGone extends RuntimeException {}
}
