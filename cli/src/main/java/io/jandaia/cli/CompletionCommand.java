package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code jandaia completion}: what a shell needs to know to complete command lines. */
@Command(name = "completion", mixinStandardHelpOptions = true)
final class CompletionCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "bash|zsh|fish", descriptionKey = "shell")
    String shell = "";

    @Spec
    private CommandSpec spec;

    private final PrintStream out;
    private final Texts texts;

    CompletionCommand(PrintStream out, Texts texts) {
        this.out = out;
        this.texts = texts;
    }

    @Override
    public Integer call() {
        CompletionScript script = new CompletionScript(spec.root());
        out.print(
                switch (shell) {
                    case "bash" -> script.bash();
                    case "zsh" -> script.zsh();
                    case "fish" -> script.fish();
                    default -> throw texts.usage("completion.shell", shell);
                });
        return 0;
    }
}
