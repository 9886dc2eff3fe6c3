package io.jandaia.cli.chat;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jline.reader.EndOfFileException;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The conversation of {@code jandaia run} on a terminal.
 *
 * @param model its name
 * @param system the message before all others; empty for none
 * @param values of the parameters that were given on the command line
 * @param verbose whether each answer ends with its speed
 * @param opener finds who answers by the name of a model
 * @param history where typed lines are kept; null for nowhere
 */
public record Chat(
        String model,
        String system,
        Map<String, List<String>> values,
        boolean verbose,
        Parameters parameters,
        Function<String, Partner> opener,
        @Nullable Path history,
        Texts texts,
        Tty tty) {

    private static final String PROMPT = ">>> ";
    private static final String CONTINUATION = "... ";

    /** Talks until the user leaves. */
    public void run() {
        try (Terminal terminal = TerminalBuilder.builder()
                .system(true)
                .encoding(StandardCharsets.UTF_8)
                .nativeSignals(true)
                .build()) {
            run(terminal);
        } catch (IOException e) {
            throw new UncheckedIOException("The terminal cannot be used.", e);
        }
    }

    void run(Terminal terminal) {
        Screen screen = new Screen(texts, tty, text -> {
            terminal.writer().write(text);
            terminal.writer().flush();
        });
        Path file = usable(screen);
        Keyboard keyboard =
                new Keyboard(terminal, new Completions(parameters, texts), file, screen.prompt(CONTINUATION));
        try (Session session =
                new Session(new Transcript(model, system, values, List.of()), verbose, parameters, opener, screen)) {
            session.partner().notes().forEach(screen::print);
            screen.say("chat.greeting", model);
            Commands commands = new Commands(session, screen, question -> agrees(keyboard.ask(question)));
            talk(session, commands, screen, keyboard);
        }
        if (file != null) {
            keyboard.save();
        }
    }

    /** Reads and answers; an error ends a turn, not the conversation. */
    private void talk(Session session, Commands commands, Screen screen, Keyboard keyboard) {
        boolean leaving = false;
        while (true) {
            String typed;
            try {
                typed = keyboard.read(screen.prompt(PROMPT));
            } catch (UserInterruptException e) {
                if (e.getPartialLine().isEmpty()) {
                    if (leaving) {
                        return;
                    }
                    leaving = true;
                    screen.say("chat.leave");
                }
                continue;
            } catch (EndOfFileException e) {
                return;
            }
            leaving = false;
            try {
                boolean[] goOn = {true};
                keyboard.during(() -> goOn[0] = turn(typed, session, commands), session::stop);
                if (!goOn[0]) {
                    return;
                }
            } catch (JandaiaException e) {
                if (e.kind() == JandaiaException.Kind.INTERNAL) {
                    throw e;
                }
                screen.error(String.valueOf(e.getMessage()));
            }
        }
    }

    private static boolean turn(String typed, Session session, Commands commands) {
        boolean command = typed.startsWith("/") && (!typed.contains("\n") || typed.contains(Words.BLOCK));
        String text = Words.meant(typed);
        if (command) {
            return commands.run(typed.strip());
        }
        if (!text.isBlank()) {
            session.ask(text);
        }
        return true;
    }

    /** The history's file, or null with a word when there can be none. */
    private @Nullable Path usable(Screen screen) {
        if (history != null) {
            try {
                History.create(history);
                return history;
            } catch (IOException | UnsupportedOperationException e) {
                screen.say("chat.history", history, String.valueOf(e.getMessage()));
            }
        }
        return null;
    }

    /** Yes in either language: who reads one may type the other. */
    private static boolean agrees(String answer) {
        return List.of("y", "yes", "s", "sim").contains(answer.strip().toLowerCase(Locale.ROOT));
    }
}
