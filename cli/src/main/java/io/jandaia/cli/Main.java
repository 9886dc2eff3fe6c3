package io.jandaia.cli;

import io.jandaia.cli.language.Language;
import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.error.JandaiaException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The command line: {@code jandaia <command>}. The one place where errors become a sentence and an exit code: 0 done, 1
 * failed, 2 wrong usage.
 */
@Command(name = "jandaia", mixinStandardHelpOptions = true, versionProvider = Main.Version.class)
public final class Main implements Runnable {

    private static final String LANG = "--lang";

    /** The command that must know all others. */
    private static final String COMPLETION = "completion";

    @Option(names = "--debug", scope = ScopeType.INHERIT)
    private boolean debug;

    /** {@link #language} reads it before picocli does; here it is known and has a help text. */
    @Option(names = LANG, paramLabel = "en|pt-BR", scope = ScopeType.INHERIT)
    private @Nullable String lang;

    @Spec
    private CommandSpec spec;

    private Main() {}

    public static void main(String[] args) {
        StandardError stderr = StandardError.restore();
        StandardOutput output = new StandardOutput();
        PrintStream out = new PrintStream(output, false, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        Texts texts = Texts.in(language(args, System.getenv()));
        int code = run(args, out, err, texts, Tty.process(), stderr::await);
        out.flush();
        if (output.failure() != null) {
            code = 1;
            if (!output.readerLeft()) {
                stderr.await();
                err.println(texts.get("error", texts.get("error.output", output.failure())));
            }
        }
        if (code != 0) {
            System.exit(code);
        }
    }

    /** The language that the words of a command line ask for, else that of the environment. */
    static Language language(String[] args, Map<String, String> environment) {
        for (int i = 0; i < args.length && !args[i].equals("--"); i++) {
            if (args[i].equals(LANG) && i + 1 < args.length) {
                return Language.named(args[i + 1]).orElse(Language.of(environment));
            }
            if (args[i].startsWith(LANG + "=")) {
                return Language.named(args[i].substring(LANG.length() + 1)).orElse(Language.of(environment));
            }
        }
        return Language.of(environment);
    }

    /** Runs one command in English, away from any terminal, and returns its exit code. */
    static int run(String[] args, PrintStream out, PrintStream err) {
        return run(args, out, err, Texts.in(language(args, Map.of())), Tty.NONE, () -> {});
    }

    /**
     * Runs one command and returns its exit code.
     *
     * @param tty what {@code out} and standard input are
     * @param beforeError runs before an error is written
     */
    static int run(String[] args, PrintStream out, PrintStream err, Texts texts, Tty tty, Runnable beforeError) {
        Main main = new Main();
        try {
            return main.execute(args, out, err, texts, tty, beforeError);
        } catch (OutOfMemoryError | StackOverflowError | InternalError e) {
            beforeError.run();
            out.flush();
            String what = texts.get(
                    e instanceof OutOfMemoryError ? "error.memory" : "error.machine", String.valueOf(e.getMessage()));
            return main.report(new JandaiaException(JandaiaException.Kind.RESOURCE, what, e), err, texts);
        }
    }

    /** The command with all of its subcommands, as picocli sees it. */
    static CommandLine commandLine(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        return new Main().line(new String[0], out, err, texts, tty);
    }

    /** The commands by name, in the order of the help. */
    private static Map<String, Supplier<Object>> commands(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        Map<String, Supplier<Object>> all = new LinkedHashMap<>();
        all.put("run", () -> new RunCommand(out, err, texts, tty));
        all.put("serve", () -> new ServeCommand(out, err, texts, tty));
        all.put("ps", () -> new PsCommand(out, texts));
        all.put("stop", () -> new StopCommand(out, texts));
        all.put("key", () -> new KeyCommand(out, err, texts));
        all.put("user", () -> new UserCommand(out, texts));
        all.put("usage", () -> new UsageCommand(out, texts));
        all.put("list", () -> new ListCommand(out, texts, tty));
        all.put("pull", () -> new PullCommand(out, err, texts, tty));
        all.put("rm", () -> new RemoveCommand(out, err, texts, tty));
        all.put("show", () -> new ShowCommand(out, err, texts, tty));
        all.put("score", () -> new ScoreCommand(out, err, texts, tty));
        all.put("embed", () -> new EmbedCommand(out, err, texts, tty));
        all.put("classify", () -> new ClassifyCommand(out, err, texts, tty));
        all.put("fill", () -> new FillCommand(out, err, texts, tty));
        all.put("rerank", () -> new RerankCommand(out, err, texts, tty));
        all.put("translate", () -> new TranslateCommand(out, err, texts, tty));
        all.put("tokenize", () -> new TokenizeCommand(out, err, texts, tty));
        all.put("template", () -> new TemplateCommand(out, err, texts, tty));
        all.put("apply-delta", () -> new ApplyDeltaCommand(out, err, texts, tty));
        all.put("merge-adapter", () -> new MergeAdapterCommand(out, err, texts, tty));
        all.put("convert", () -> new ConvertCommand(out, err, texts, tty));
        all.put("quantize", () -> new QuantizeCommand(out, err, texts, tty));
        all.put("bench", () -> new BenchCommand(out, err, texts, tty));
        all.put("doctor", () -> new DoctorCommand(out, texts));
        all.put("completion", () -> new CompletionCommand(out, texts));
        return all;
    }

    /** @param args if the first is a command's name, this one alone is made: making all takes longer than most of them */
    private CommandLine line(String[] args, PrintStream out, PrintStream err, Texts texts, Tty tty) {
        CommandLine line = new CommandLine(this);
        Map<String, Supplier<Object>> all = commands(out, err, texts, tty);
        String first = args.length == 0 ? "" : args[0];
        if (all.containsKey(first) && !first.equals(COMPLETION)) {
            line.addSubcommand(all.get(first).get());
        } else {
            all.values().forEach(c -> line.addSubcommand(c.get()));
        }
        line.setResourceBundle(texts.bundle());
        return line;
    }

    private int execute(String[] args, PrintStream out, PrintStream err, Texts texts, Tty tty, Runnable beforeError) {
        return line(args, out, err, texts, tty)
                .setColorScheme(Help.defaultColorScheme(tty.styled() ? Help.Ansi.ON : Help.Ansi.OFF))
                .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
                .setParameterExceptionHandler((e, arguments) -> {
                    beforeError.run();
                    err.println(texts.get("parse", ParseErrors.sentence(e, texts), path(e.getCommandLine())));
                    return 2;
                })
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    beforeError.run();
                    out.flush();
                    return report(e, err, texts);
                })
                .setExecutionStrategy(parsed -> {
                    if (lang != null && Language.named(lang).isEmpty()) {
                        beforeError.run();
                        return report(texts.usage("error.lang", lang), err, texts);
                    }
                    return new CommandLine.RunLast().execute(parsed);
                })
                .execute(args);
    }

    private static String path(CommandLine command) {
        return command.getParent() == null ? "" : command.getCommandName() + " ";
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private int report(Exception e, PrintStream err, Texts texts) {
        boolean defect = !(e instanceof JandaiaException known) || known.kind() == JandaiaException.Kind.INTERNAL;
        err.println(texts.get(defect ? "error.defect" : "error", defect ? e : String.valueOf(e.getMessage())));
        if (defect || debug) {
            e.printStackTrace(err);
        }
        return e instanceof JandaiaException known && known.kind() == JandaiaException.Kind.USAGE ? 2 : 1;
    }

    /** What {@code --version} prints: the version of the jar, then what it runs on. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {
                "jandaia " + (version == null ? "(not packaged)" : version),
                "Java " + Runtime.version() + ", " + System.getProperty("os.name") + " " + System.getProperty("os.arch")
            };
        }
    }
}
