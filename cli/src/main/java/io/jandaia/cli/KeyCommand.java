package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.SafeText;
import io.jandaia.server.identity.ApiKey;
import io.jandaia.server.identity.Database;
import io.jandaia.server.identity.IdentityStore;
import io.jandaia.server.identity.Limits;
import io.jandaia.server.identity.Role;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code jandaia key create|list|revoke}: what programs show to a server. */
@Command(name = "key", mixinStandardHelpOptions = true)
final class KeyCommand implements Runnable {

    private static final DateTimeFormatter DAY = DateTimeFormatter.ISO_LOCAL_DATE.withZone(ZoneId.systemDefault());

    @Spec
    private CommandSpec spec;

    private final PrintStream out;
    private final PrintStream err;
    private final Texts texts;

    KeyCommand(PrintStream out, PrintStream err, Texts texts) {
        this.out = out;
        this.err = err;
        this.texts = texts;
    }

    @Override
    public void run() {
        spec.commandLine().usage(out);
    }

    /** How much a key may be used. */
    static final class LimitOptions {
        @Option(names = "--requests-per-minute", paramLabel = "N")
        long requestsPerMinute;

        @Option(names = "--tokens-per-minute", paramLabel = "N")
        long tokensPerMinute;

        @Option(names = "--requests-per-month", paramLabel = "N")
        long requestsPerMonth;

        @Option(names = "--tokens-per-month", paramLabel = "N")
        long tokensPerMonth;

        Limits limits() {
            return new Limits(requestsPerMinute, tokensPerMinute, requestsPerMonth, tokensPerMonth);
        }
    }

    @Command(name = "create", mixinStandardHelpOptions = true)
    int create(
            @Parameters(paramLabel = "NAME", descriptionKey = "jandaia.key.create.NAME") String name,
            @Option(names = "--owner", paramLabel = "USER") @Nullable String owner,
            @Option(names = "--admin") boolean admin,
            @Option(names = "--model", paramLabel = "NAME") @Nullable List<String> models,
            @Option(names = "--priority", paramLabel = "N") int priority,
            @Option(names = "--expires", paramLabel = "90d|DAY") @Nullable String expires,
            @Mixin LimitOptions limits,
            @Mixin StoreOptions store) {
        try (Database database = store.open()) {
            ApiKey.Created created = new IdentityStore(database, Clock.systemUTC())
                    .createKey(
                            name,
                            owner,
                            admin ? Role.ADMIN : Role.USER,
                            new LinkedHashSet<>(models == null ? List.of() : models),
                            limits.limits(),
                            priority,
                            expires == null ? null : expiry(expires, texts),
                            StoreOptions.actor());
            err.println(texts.get("key.created", created.key().id(), database.name()));
            out.println(created.secret());
        }
        return 0;
    }

    /** A number of days, or a day, at whose beginning the key ends. */
    static Instant expiry(String text, Texts texts) {
        try {
            if (text.matches("[0-9]{1,5}d")) {
                return Instant.now().plus(Duration.ofDays(Long.parseLong(text.substring(0, text.length() - 1))));
            }
            return LocalDate.parse(text).atStartOfDay(ZoneId.systemDefault()).toInstant();
        } catch (DateTimeParseException e) {
            throw texts.usage("key.expires", text);
        }
    }

    @Command(name = "list", mixinStandardHelpOptions = true)
    int list(@Option(names = "--json") boolean json, @Mixin StoreOptions store) {
        try (Database database = store.open()) {
            List<ApiKey> keys = new IdentityStore(database, Clock.systemUTC()).keys();
            if (json) {
                out.println(json(keys));
            } else if (keys.isEmpty()) {
                out.println(texts.get("key.none", database.name()));
            } else {
                print(keys);
            }
        }
        return 0;
    }

    private void print(List<ApiKey> keys) {
        Table table = new Table(
                texts.get("key.column.id"),
                texts.get("key.column.key"),
                texts.get("key.column.name"),
                texts.get("key.column.owner"),
                texts.get("key.column.models"),
                texts.get("key.column.limits"),
                texts.get("key.column.used"),
                texts.get("key.column.state"));
        for (ApiKey k : keys) {
            String owner = k.owner();
            table.row(
                    k.id(),
                    k.hint() + "...",
                    SafeText.of(k.name()) + (k.role() == Role.ADMIN ? " (admin)" : ""),
                    owner == null ? "" : SafeText.of(owner),
                    k.models().isEmpty() ? "*" : SafeText.of(String.join(",", k.models())),
                    limits(k.limits()),
                    k.lastUsed() == null ? "" : DAY.format(k.lastUsed()),
                    state(k));
        }
        table.print(out);
    }

    private static String limits(Limits l) {
        StringBuilder s = new StringBuilder();
        add(s, l.requestsPerMinute(), "req/min");
        add(s, l.tokensPerMinute(), "tok/min");
        add(s, l.requestsPerMonth(), "req/month");
        add(s, l.tokensPerMonth(), "tok/month");
        return s.toString();
    }

    private static void add(StringBuilder s, long limit, String unit) {
        if (limit > 0) {
            s.append(s.isEmpty() ? "" : " ").append(limit).append(' ').append(unit);
        }
    }

    private String state(ApiKey k) {
        Instant expires = k.expires();
        if (k.revoked() != null) {
            return texts.get("key.revoked");
        }
        if (expires == null) {
            return texts.get("key.valid");
        }
        return texts.get(expires.isAfter(Instant.now()) ? "key.until" : "key.expired", DAY.format(expires));
    }

    private static String json(List<ApiKey> keys) {
        ArrayNode all = JsonMapper.shared().createArrayNode();
        for (ApiKey k : keys) {
            ObjectNode one = all.addObject()
                    .put("id", k.id())
                    .put("hint", k.hint())
                    .put("name", k.name())
                    .put("owner", k.owner())
                    .put("role", k.role().text())
                    .put("priority", k.priority())
                    .put("requests_per_minute", k.limits().requestsPerMinute())
                    .put("tokens_per_minute", k.limits().tokensPerMinute())
                    .put("requests_per_month", k.limits().requestsPerMonth())
                    .put("tokens_per_month", k.limits().tokensPerMonth())
                    .put("created", k.created().toString())
                    .put("expires", text(k.expires()))
                    .put("revoked", text(k.revoked()))
                    .put("last_used", text(k.lastUsed()));
            ArrayNode models = one.putArray("models");
            k.models().forEach(models::add);
        }
        return all.toString();
    }

    private static @Nullable String text(@Nullable Instant time) {
        return time == null ? null : time.toString();
    }

    @Command(name = "revoke", mixinStandardHelpOptions = true)
    int revoke(
            @Parameters(paramLabel = "ID", descriptionKey = "jandaia.key.revoke.ID") String id,
            @Mixin StoreOptions store) {
        try (Database database = store.open()) {
            ApiKey key = new IdentityStore(database, Clock.systemUTC()).revoke(id, StoreOptions.actor());
            out.println(texts.get("key.ended", key.id(), key.name()));
        }
        return 0;
    }
}
