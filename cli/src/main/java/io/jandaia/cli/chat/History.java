package io.jandaia.cli.chat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.jline.reader.impl.history.DefaultHistory;

/** What was typed, across restarts, readable by the user alone. */
public final class History extends DefaultHistory {

    /** Lines that are kept. */
    static final int LINES = 1000;

    /** Longer ones, such as a pasted file, are not kept. */
    private static final int LONGEST = 20_000;

    /** The file for a process with these variables. */
    public static Path file(Map<String, String> environment) {
        String state = environment.getOrDefault("XDG_STATE_HOME", "");
        Path folder =
                state.isBlank() ? Path.of(System.getProperty("user.home", "."), ".local", "state") : Path.of(state);
        return folder.resolve("jandaia").resolve("history");
    }

    /** Makes the file if there is none, closed to others. */
    static void create(Path file) throws IOException {
        Files.createDirectories(
                file.toAbsolutePath().getParent(),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        if (!Files.exists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
    }

    @Override
    public boolean isPersistable(Entry entry) {
        return entry.line().length() <= LONGEST && super.isPersistable(entry);
    }
}
