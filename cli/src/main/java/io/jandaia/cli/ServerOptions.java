package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.error.JandaiaException;
import java.io.PrintStream;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether a running server that has the model is asked in place of loading it; a mixin of the commands that can do either. */
final class ServerOptions {

    @Option(names = "--local")
    boolean local;

    /** Whether a server has a model of that name. */
    boolean has(String model) {
        return !local && RunningServer.having(model) != null;
    }

    /** The server to ask; null where the model is to be loaded here. */
    @Nullable
    RunningServer find(String model, boolean possible, PrintStream err, Texts texts) {
        RunningServer server = local || !possible ? null : RunningServer.having(model);
        if (server != null) {
            err.println(texts.get("run.server", server.url()));
        }
        return server;
    }

    /**
     * Asks a running server that has the model.
     *
     * @param possible whether a server could answer as this command would
     * @param begun whether something of the answer has been shown
     * @return false where it is to be computed here: there is no server, or it refuses
     * @throws JandaiaException when it fails after something was shown
     */
    boolean ask(
            String model,
            boolean possible,
            PrintStream err,
            Texts texts,
            Consumer<RunningServer> question,
            BooleanSupplier begun) {
        RunningServer server = find(model, possible, err, texts);
        return server != null && ask(server, err, texts, question, begun);
    }

    /** The same of what is shown when all of it is there. */
    boolean ask(String model, boolean possible, PrintStream err, Texts texts, Consumer<RunningServer> question) {
        return ask(model, possible, err, texts, question, () -> false);
    }

    /** The same of a server that was found. */
    static boolean ask(
            RunningServer server,
            PrintStream err,
            Texts texts,
            Consumer<RunningServer> question,
            BooleanSupplier begun) {
        try {
            question.accept(server);
            return true;
        } catch (JandaiaException e) {
            if (begun.getAsBoolean()) {
                throw e;
            }
            err.println(texts.get("run.server.refused", String.valueOf(e.getMessage())));
            return false;
        }
    }
}
