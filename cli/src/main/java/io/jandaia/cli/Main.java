package io.jandaia.cli;

import io.jandaia.error.JandaiaException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command line: {@code jandaia <command>}. The one place where errors become exit codes. */
@Command(
        name = "jandaia",
        description = "Runs open large language models on this machine. Nothing you type leaves it.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
public final class Main implements Runnable {

    @Spec
    private CommandSpec spec;

    private Main() {}

    public static void main(String[] args) {
        StandardError stderr = StandardError.restore();
        int code = run(args, stderr::await);
        if (code != 0) {
            System.exit(code);
        }
    }

    /** Runs one command and returns its exit code; {@code beforeError} runs before an error is written. */
    static int run(String[] args, Runnable beforeError) {
        CommandLine line = new CommandLine(new Main());
        CommandLine.IParameterExceptionHandler usage = line.getParameterExceptionHandler();
        return line.setParameterExceptionHandler((e, arguments) -> {
                    beforeError.run();
                    return usage.handleParseException(e, arguments);
                })
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    beforeError.run();
                    return report(e, command.getErr());
                })
                .execute(args);
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private static int report(Exception e, PrintWriter err) {
        if (!(e instanceof JandaiaException known) || known.kind() == JandaiaException.Kind.INTERNAL) {
            err.println("jandaia: this is a defect of Jandaia; please report it with the lines below.");
            e.printStackTrace(err);
            return 70;
        }
        err.println("jandaia: " + known.getMessage());
        return switch (known.kind()) {
            case USAGE -> 2;
            case CANCELLED -> 130;
            case NOT_FOUND, FORMAT, UNSUPPORTED, RESOURCE, INTERNAL -> 1;
        };
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
