package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code jandaia stop}: has a running server close a model, or end. */
@Command(name = "stop", mixinStandardHelpOptions = true)
final class StopCommand implements Callable<Integer> {

    @Parameters(arity = "0..1", paramLabel = "MODEL", descriptionKey = "jandaia.stop.model")
    @Nullable
    String model;

    @Mixin
    ServerClient server = new ServerClient();

    private final PrintStream out;
    private final Texts texts;

    StopCommand(PrintStream out, Texts texts) {
        this.out = out;
        this.texts = texts;
    }

    @Override
    public Integer call() {
        ObjectNode body = JsonMapper.shared().createObjectNode();
        if (model == null) {
            server.ask("/admin/stop", body, texts);
            out.println(texts.get("stop.server", server.url));
        } else {
            server.ask("/api/generate", body.put("model", model).put("keep_alive", 0), texts);
            out.println(texts.get("stop.model", model));
        }
        return 0;
    }
}
