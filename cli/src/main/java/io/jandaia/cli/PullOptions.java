package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.error.JandaiaException;
import io.jandaia.model.ModelStore;
import io.jandaia.model.hub.Hub;
import io.jandaia.model.hub.HubSettings;
import io.jandaia.model.hub.ModelName;
import io.jandaia.model.hub.PullPlan;
import io.jandaia.model.hub.Selection;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/**
 * Finds the model that a command was given. One that is here is used without a look at the network; {@code org/name} that
 * is not here is pulled when somebody watches or {@code --pull} says so.
 */
final class PullOptions {

    @Option(names = "--pull")
    boolean pull;

    private final PrintStream err;
    private final Texts texts;
    private final Tty tty;

    PullOptions(PrintStream err, Texts texts, Tty tty) {
        this.err = err;
        this.texts = texts;
        this.tty = tty;
    }

    /** The model's folder or file. */
    Path find(String model) {
        ModelStore store = ModelStore.local();
        Optional<Path> here = store.lookUp(model);
        Optional<ModelName> name = ModelName.of(model).filter(n -> n.owned() && !model.endsWith(".gguf"));
        boolean lacking = here.isPresent()
                && name.isPresent()
                && here.get().startsWith(store.cache())
                && Files.isDirectory(here.get()) // of GGUF models the choice of whoever pulled them counts
                && Hub.lacksWeights(store.cache(), name.get());
        if (here.isPresent() && !lacking) {
            return here.get();
        }
        if (name.isEmpty() || !(pull || tty.output())) {
            if (lacking) {
                throw JandaiaException.notFound(texts.get("pull.incomplete", model));
            }
            return store.find(model);
        }
        HubSettings settings = HubSettings.local();
        if (settings.offline()) {
            return store.find(model);
        }
        err.println(texts.get("pull.asking", model, settings.endpoint()));
        return pull(settings, name.get(), Selection.USUAL, err, texts, tty);
    }

    /** Pulls a model and shows how. */
    static Path pull(HubSettings settings, ModelName name, Selection selection, PrintStream err, Texts texts, Tty tty) {
        try (PullView view = new PullView(err, texts, tty.styled());
                Hub hub = Hub.open(settings, view::note)) {
            PullPlan plan = hub.plan(name, selection);
            view.begin(plan);
            return hub.pull(plan, view);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JandaiaException(JandaiaException.Kind.CANCELLED, texts.get("pull.interrupted"), e);
        }
    }
}
