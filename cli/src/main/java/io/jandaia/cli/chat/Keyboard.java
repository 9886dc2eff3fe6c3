package io.jandaia.cli.chat;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.file.Path;
import org.jline.keymap.KeyMap;
import org.jline.reader.Completer;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.Reference;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/** What is typed: lines with editing, history and completion, and Ctrl-C while something else happens. */
final class Keyboard {

    private static final String NEWLINE = "insert-newline";

    private final Terminal terminal;
    private final LineReader reader;

    /** @param history where lines are kept; null for nowhere */
    Keyboard(Terminal terminal, Completer completer, @Nullable Path history, String continuation) {
        this.terminal = terminal;
        LineReaderBuilder builder = LineReaderBuilder.builder()
                .terminal(terminal)
                .appName("jandaia")
                .parser(new Words())
                .completer(completer)
                .history(new History())
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .option(LineReader.Option.HISTORY_TIMESTAMPED, true)
                .option(LineReader.Option.INSERT_TAB, false)
                .variable(LineReader.SECONDARY_PROMPT_PATTERN, continuation)
                .variable(LineReader.BELL_STYLE, "none")
                .variable(LineReader.HISTORY_SIZE, History.LINES)
                .variable(LineReader.HISTORY_FILE_SIZE, History.LINES);
        if (history != null) {
            builder.variable(LineReader.HISTORY_FILE, history);
        }
        this.reader = builder.build();
        reader.getWidgets().put(NEWLINE, () -> {
            reader.getBuffer().write("\n");
            return true;
        });
        for (String map : new String[] {LineReader.EMACS, LineReader.VIINS}) {
            KeyMap<org.jline.reader.Binding> keys = reader.getKeyMaps().get(map);
            if (keys != null) {
                keys.bind(new Reference(NEWLINE), KeyMap.alt("\r"), KeyMap.alt("\n"));
            }
        }
    }

    /**
     * The next line, which may have several lines.
     *
     * @throws UserInterruptException after Ctrl-C
     * @throws EndOfFileException after Ctrl-D, or when the terminal is gone
     */
    String read(String prompt) {
        return reader.readLine(prompt);
    }

    /** The answer to a question; it is no part of the history. */
    String ask(String question) {
        reader.setVariable(LineReader.DISABLE_HISTORY, true);
        reader.setVariable(LineReader.DISABLE_COMPLETION, true);
        try {
            return reader.readLine(question);
        } catch (UserInterruptException | EndOfFileException e) {
            return "";
        } finally {
            reader.setVariable(LineReader.DISABLE_HISTORY, false);
            reader.setVariable(LineReader.DISABLE_COMPLETION, false);
        }
    }

    /** Runs something that Ctrl-C stops. What is typed meanwhile is not shown and belongs to the next line. */
    void during(Runnable work, Runnable stop) {
        Attributes before = terminal.getAttributes();
        Attributes silent = new Attributes(before);
        silent.setLocalFlag(LocalFlag.ECHO, false);
        silent.setLocalFlag(LocalFlag.ICANON, false);
        Terminal.SignalHandler handler = terminal.handle(Terminal.Signal.INT, signal -> stop.run());
        terminal.setAttributes(silent);
        try {
            work.run();
        } finally {
            terminal.setAttributes(before);
            terminal.handle(Terminal.Signal.INT, handler);
        }
    }

    /** Writes the history to its file. */
    void save() {
        try {
            reader.getHistory().save();
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE, "Cannot write the history: " + e.getMessage() + ".", e);
        }
    }
}
