package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.model.hub.HubSettings;
import io.jandaia.model.hub.ModelName;
import io.jandaia.model.hub.Selection;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jandaia pull}: brings a model from the Hub. */
@Command(name = "pull", mixinStandardHelpOptions = true)
final class PullCommand implements Callable<Integer> {

    private static final int MOST_CONNECTIONS = 16;

    @Parameters(index = "0", paramLabel = "NAME", descriptionKey = "jandaia.pull.model")
    String name = "";

    @Option(names = "--revision", paramLabel = "REVISION")
    @Nullable
    String revision;

    @Option(names = "--quant", paramLabel = "QUANT")
    @Nullable
    String quant;

    @Option(names = "--include", paramLabel = "GLOB")
    List<String> include = List.of();

    @Option(names = "--exclude", paramLabel = "GLOB")
    List<String> exclude = List.of();

    @Option(names = "--all")
    boolean all;

    @Option(names = "--connections", paramLabel = "N")
    @Nullable
    Integer connections;

    private final PrintStream out;
    private final PrintStream err;
    private final Texts texts;
    private final Tty tty;

    PullCommand(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        this.out = out;
        this.err = err;
        this.texts = texts;
        this.tty = tty;
    }

    @Override
    public Integer call() {
        HubSettings settings = HubSettings.local();
        if (connections != null) {
            if (connections < 1 || connections > MOST_CONNECTIONS) {
                throw texts.usage("pull.connections", connections, MOST_CONNECTIONS);
            }
            settings = settings.pace(settings.pace().connections(connections));
        }
        Path path = PullOptions.pull(settings, model(), new Selection(include, exclude, all), err, texts, tty);
        out.println(path);
        return 0;
    }

    private ModelName model() {
        ModelName model = ModelName.parse(name);
        if (revision != null) {
            if (model.revision() != null && !model.revision().equals(revision)) {
                throw texts.usage("pull.twice", "--revision", name);
            }
            model = model.at(revision);
        }
        if (quant != null) {
            if (model.quant() != null && !model.quant().equalsIgnoreCase(quant)) {
                throw texts.usage("pull.twice", "--quant", name);
            }
            model = model.quant(quant);
        }
        if (model.quant() != null && (all || !include.isEmpty())) {
            throw texts.usage("pull.twice", all ? "--all" : "--include", model);
        }
        return model;
    }
}
