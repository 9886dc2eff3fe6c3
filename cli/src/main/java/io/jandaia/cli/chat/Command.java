package io.jandaia.cli.chat;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A command of the chat. Its help is the text {@code chat.help.NAME}. */
enum Command {
    HELP("/help", "/?"),
    SET("/set"),
    SHOW("/show"),
    SYSTEM("/system"),
    CLEAR("/clear"),
    UNDO("/undo"),
    RETRY("/retry"),
    SAVE("/save"),
    LOAD("/load"),
    BYE("/bye", "/exit", "/quit");

    @SuppressWarnings("ImmutableEnumChecker") // List.of makes it so
    private final List<String> names;

    Command(String... names) {
        this.names = List.of(names);
    }

    static Optional<Command> named(String name) {
        return Arrays.stream(values()).filter(c -> c.names.contains(name)).findFirst();
    }

    /** As it is typed; the first one is its own, the others are known from elsewhere. */
    List<String> names() {
        return names;
    }

    String text() {
        return names.getFirst();
    }

    /** The key of its help. */
    String key() {
        return "chat.help." + text().substring(1);
    }
}
