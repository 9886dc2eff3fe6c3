package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.SafeText;
import io.jandaia.server.identity.Database;
import io.jandaia.server.identity.IdentityStore;
import io.jandaia.server.identity.Role;
import io.jandaia.server.identity.User;
import java.io.PrintStream;
import java.time.Clock;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code jandaia user add|list|disable|enable}: who owns keys. */
@Command(name = "user", mixinStandardHelpOptions = true)
final class UserCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    private final PrintStream out;
    private final Texts texts;

    UserCommand(PrintStream out, Texts texts) {
        this.out = out;
        this.texts = texts;
    }

    @Override
    public void run() {
        spec.commandLine().usage(out);
    }

    @Command(name = "add", mixinStandardHelpOptions = true)
    int add(
            @Parameters(paramLabel = "NAME", descriptionKey = "jandaia.user.add.NAME") String name,
            @Option(names = "--admin") boolean admin,
            @Mixin StoreOptions store) {
        try (Database database = store.open()) {
            User user = new IdentityStore(database, Clock.systemUTC())
                    .addUser(name, admin ? Role.ADMIN : Role.USER, StoreOptions.actor());
            out.println(texts.get("user.added", user.name()));
        }
        return 0;
    }

    @Command(name = "list", mixinStandardHelpOptions = true)
    int list(@Mixin StoreOptions store) {
        try (Database database = store.open()) {
            List<User> users = new IdentityStore(database, Clock.systemUTC()).users();
            if (users.isEmpty()) {
                out.println(texts.get("user.none", database.name()));
                return 0;
            }
            Table table = new Table(
                    texts.get("user.column.name"), texts.get("user.column.role"), texts.get("user.column.state"));
            users.forEach(u -> table.row(
                    SafeText.of(u.name()),
                    u.role().text(),
                    texts.get(u.disabled() == null ? "user.active" : "user.disabled")));
            table.print(out);
        }
        return 0;
    }

    @Command(name = "disable", mixinStandardHelpOptions = true)
    int disable(
            @Parameters(paramLabel = "NAME", descriptionKey = "jandaia.user.disable.NAME") String name,
            @Mixin StoreOptions store) {
        return set(name, true, store);
    }

    @Command(name = "enable", mixinStandardHelpOptions = true)
    int enable(
            @Parameters(paramLabel = "NAME", descriptionKey = "jandaia.user.enable.NAME") String name,
            @Mixin StoreOptions store) {
        return set(name, false, store);
    }

    private int set(String name, boolean disabled, StoreOptions store) {
        try (Database database = store.open()) {
            new IdentityStore(database, Clock.systemUTC()).disableUser(name, disabled, StoreOptions.actor());
            out.println(texts.get(disabled ? "user.now.disabled" : "user.now.enabled", name));
        }
        return 0;
    }
}
