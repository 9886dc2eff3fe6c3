package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.model.ModelStore;
import io.jandaia.model.hub.ModelName;
import io.jandaia.model.hub.Removal;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Scanner;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jandaia rm}: removes models from the cache. */
@Command(name = "rm", mixinStandardHelpOptions = true)
final class RemoveCommand implements Callable<Integer> {

    @Parameters(arity = "1..*", paramLabel = "NAME", descriptionKey = "jandaia.rm.models")
    List<String> names = List.of();

    @Option(names = {"-y", "--yes"})
    boolean yes;

    private final PrintStream out;
    private final PrintStream err;
    private final Texts texts;
    private final Tty tty;

    RemoveCommand(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        this.out = out;
        this.err = err;
        this.texts = texts;
        this.tty = tty;
    }

    @Override
    public Integer call() {
        ModelStore store = ModelStore.local();
        List<Removal> removals = new ArrayList<>();
        long bytes = 0;
        for (String name : new LinkedHashSet<>(names)) {
            Path own = store.list().get(name);
            if (own != null && !own.startsWith(store.cache())) {
                throw texts.usage("rm.folder", name, own);
            }
            Removal removal = Removal.plan(store.cache(), ModelName.parse(name));
            removals.add(removal);
            bytes += removal.bytes();
            err.printf(Locale.ROOT, "  %s  %s%n", name, ProgressBar.bytes(removal.bytes()));
        }
        if (!yes && !agreed(bytes)) {
            err.println(texts.get("rm.nothing"));
            return 1;
        }
        removals.forEach(Removal::run);
        out.println(texts.get("rm.freed", ProgressBar.bytes(bytes)));
        return 0;
    }

    private boolean agreed(long bytes) {
        if (!tty.input() || !tty.output()) {
            throw texts.usage("rm.unasked");
        }
        out.print(texts.get("rm.ask", ProgressBar.bytes(bytes)));
        out.flush();
        Scanner in = new Scanner(System.in, StandardCharsets.UTF_8);
        String answer = in.hasNextLine() ? in.nextLine().strip().toLowerCase(Locale.ROOT) : "";
        return answer.matches("y|yes|s|sim");
    }
}
