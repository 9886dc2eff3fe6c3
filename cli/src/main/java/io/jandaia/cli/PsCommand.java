package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.SafeText;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** {@code jandaia ps}: the models that a running server has loaded. */
@Command(name = "ps", mixinStandardHelpOptions = true)
final class PsCommand implements Callable<Integer> {

    private static final Duration FOREVER = Duration.ofDays(36_500);

    @Mixin
    ServerClient server = new ServerClient();

    private final PrintStream out;
    private final Texts texts;

    PsCommand(PrintStream out, Texts texts) {
        this.out = out;
        this.texts = texts;
    }

    @Override
    public Integer call() {
        List<String[]> rows = new ArrayList<>();
        rows.add(Stream.of("ps.name", "ps.size", "ps.context", "ps.until")
                .map(texts::get)
                .toArray(String[]::new));
        for (JsonNode m : server.ask("/api/ps", null, texts).path("models")) {
            rows.add(new String[] {
                SafeText.of(m.path("name").asString("")),
                ProgressBar.bytes(m.path("size").asLong(0)),
                String.valueOf(m.path("context_length").asLong(0)),
                until(m.path("expires_at").asString(""))
            });
        }
        for (String[] row : rows) {
            int width = rows.stream().mapToInt(r -> r[0].length()).max().orElse(0);
            out.println(String.format(Locale.ROOT, "%-" + width + "s  %10s  %10s  %s", (Object[]) row));
        }
        return 0;
    }

    private String until(String time) {
        Duration left = Duration.between(Instant.now(), Instant.parse(time));
        return left.compareTo(FOREVER) > 0
                ? texts.get("ps.forever")
                : texts.get("ps.left", ProgressBar.time((double) Math.max(0, left.toSeconds())));
    }
}
