package io.jandaia.cli;

import io.jandaia.error.JandaiaException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The command line: {@code jandaia <command>}. The one place where errors become a sentence and an exit code: 0 done, 1
 * failed, 2 wrong usage.
 */
@Command(
        name = "jandaia",
        description = "Runs open large language models on this machine. Nothing you type leaves it.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
public final class Main implements Runnable {

    @Option(
            names = "--debug",
            scope = ScopeType.INHERIT,
            description = "After an error, say where in the program it arose.")
    private boolean debug;

    @Spec
    private CommandSpec spec;

    private Main() {}

    public static void main(String[] args) {
        StandardError stderr = StandardError.restore();
        StandardOutput output = new StandardOutput();
        PrintStream out = new PrintStream(output, false, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        int code = run(args, out, err, stderr::await);
        out.flush();
        if (output.failure() != null) {
            code = 1;
            if (!output.readerLeft()) {
                stderr.await();
                err.println("jandaia: Cannot write to standard output: " + output.failure() + ".");
            }
        }
        if (code != 0) {
            System.exit(code);
        }
    }

    /** Runs one command and returns its exit code. */
    static int run(String[] args, PrintStream out, PrintStream err) {
        return run(args, out, err, () -> {});
    }

    /** {@code beforeError} runs before an error is written. */
    static int run(String[] args, PrintStream out, PrintStream err, Runnable beforeError) {
        Main main = new Main();
        try {
            return main.execute(args, out, err, beforeError);
        } catch (OutOfMemoryError | StackOverflowError | InternalError e) {
            beforeError.run();
            out.flush();
            String what = e instanceof OutOfMemoryError ? "memory is exhausted" : "the Java machine failed";
            return main.report(
                    new JandaiaException(
                            JandaiaException.Kind.RESOURCE, "Cannot go on, " + what + ": " + e.getMessage() + ".", e),
                    err);
        }
    }

    private int execute(String[] args, PrintStream out, PrintStream err, Runnable beforeError) {
        return new CommandLine(this)
                .addSubcommand(new RunCommand(out, err))
                .addSubcommand(new ScoreCommand(out, err))
                .addSubcommand(new TokenizeCommand(out))
                .addSubcommand(new TemplateCommand(out, err))
                .addSubcommand(new ShowCommand(out))
                .addSubcommand(new ApplyDeltaCommand(out, err))
                .addSubcommand(new QuantizeCommand(out, err))
                .addSubcommand(new BenchCommand(out, err))
                .addSubcommand(new DoctorCommand(out))
                .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
                .setParameterExceptionHandler((e, arguments) -> {
                    beforeError.run();
                    err.println("jandaia: " + String.valueOf(e.getMessage()).replaceAll("\\R\\s*", " ")
                            + ". See jandaia " + path(e.getCommandLine()) + "--help.");
                    return 2;
                })
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    beforeError.run();
                    out.flush();
                    return report(e, err);
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

    private int report(Exception e, PrintStream err) {
        boolean defect = !(e instanceof JandaiaException known) || known.kind() == JandaiaException.Kind.INTERNAL;
        err.println("jandaia: " + (defect ? "A defect of Jandaia, please report it: " + e : e.getMessage()));
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
