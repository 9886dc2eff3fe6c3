package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.SafeText;
import io.jandaia.server.identity.ApiKey;
import io.jandaia.server.identity.Database;
import io.jandaia.server.identity.IdentityStore;
import io.jandaia.server.identity.Prices;
import io.jandaia.server.identity.Usage;
import io.jandaia.server.identity.UsageStore;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code jandaia usage}: what was used of the servers on a store, and what it cost. */
@Command(name = "usage", mixinStandardHelpOptions = true)
final class UsageCommand implements Callable<Integer> {

    @Option(names = "--by", paramLabel = "key|user|model|day|endpoint")
    String by = "model";

    @Option(names = "--from", paramLabel = "DAY")
    @Nullable
    String from;

    @Option(names = "--to", paramLabel = "DAY")
    @Nullable
    String to;

    @Option(names = "--prices", paramLabel = "FILE")
    @Nullable
    Path prices;

    @Mixin
    StoreOptions store = new StoreOptions();

    private final PrintStream out;
    private final Texts texts;

    UsageCommand(PrintStream out, Texts texts) {
        this.out = out;
        this.texts = texts;
    }

    @Override
    public Integer call() {
        LocalDate last = day(to, LocalDate.now(ZoneOffset.UTC));
        LocalDate first = day(from, last.minusDays(UsageStore.USUAL_DAYS - 1));
        Prices table = prices == null ? Prices.NONE : Prices.read(prices);
        UsageStore.Group group = group();
        try (Database database = store.open()) {
            List<UsageStore.Line> lines = new UsageStore(database).report(first, last, group, null, null);
            if (lines.isEmpty()) {
                out.println(texts.get("usage.none", first, last, database.name()));
                return 0;
            }
            Map<String, String> names = new HashMap<>();
            for (ApiKey k : new IdentityStore(database, Clock.systemUTC()).keys()) {
                names.put(k.id(), k.name() + " (" + k.id() + ")");
            }
            print(lines, group, table, names);
        }
        return 0;
    }

    private void print(List<UsageStore.Line> lines, UsageStore.Group group, Prices table, Map<String, String> names) {
        Table rows = new Table(
                texts.get("usage.column." + group.name().toLowerCase(Locale.ROOT)),
                group == UsageStore.Group.MODEL ? "" : texts.get("usage.column.model"),
                texts.get("usage.column.requests"),
                texts.get("usage.column.input"),
                texts.get("usage.column.cached"),
                texts.get("usage.column.output"),
                texts.get("usage.column.cost"));
        for (UsageStore.Line line : lines) {
            String name = names.getOrDefault(line.group(), line.group());
            row(
                    rows,
                    name.isEmpty() ? "-" : SafeText.of(name),
                    group == UsageStore.Group.MODEL ? "" : SafeText.of(line.model()),
                    line.usage(),
                    amount(table.cost(line.model(), line.usage()), table));
        }
        row(rows, texts.get("usage.total"), "", UsageStore.Line.total(lines), amount(table.cost(lines), table));
        rows.print(out);
    }

    private static String amount(@Nullable Double cost, Prices table) {
        return cost == null ? "" : String.format(Locale.ROOT, "%.4f %s", cost, table.currency());
    }

    private static void row(Table rows, String name, String model, Usage u, String cost) {
        rows.row(
                name,
                model,
                Long.toString(u.requests()),
                Long.toString(u.promptTokens()),
                Long.toString(u.cachedTokens()),
                Long.toString(u.completionTokens()),
                cost);
    }

    private LocalDate day(@Nullable String text, LocalDate otherwise) {
        try {
            return text == null ? otherwise : LocalDate.parse(text);
        } catch (DateTimeParseException e) {
            throw texts.usage("usage.day", text);
        }
    }

    private UsageStore.Group group() {
        try {
            return UsageStore.Group.valueOf(by.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw texts.usage("usage.by", by);
        }
    }
}
