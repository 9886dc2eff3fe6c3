package io.jandaia.model.hub;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which names of files, commits and revisions are harmless as part of a path; names from others in messages. */
final class Names {

    static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9._+-]+(/[A-Za-z0-9._+-]+)*");
    private static final int MAX_PATH = 1024;
    private static final int MAX_PART = 255;
    private static final int MAX_REVISION = 250;
    private static final int SHOWN = 100;

    private Names() {}

    /** What is wrong with the name of a file in a repository, as the end of a sentence; null when nothing is. */
    static @Nullable String problem(String path) {
        if (path.isEmpty()) {
            return "is empty";
        }
        if (path.getBytes(StandardCharsets.UTF_8).length > MAX_PATH) {
            return "is longer than " + MAX_PATH + " bytes";
        }
        if (path.startsWith("/") || path.matches("[A-Za-z]:.*")) {
            return "is absolute";
        }
        if (path.indexOf('\\') >= 0 || path.codePoints().anyMatch(Names::disturbs)) {
            return "has a backslash or a control character in it";
        }
        for (String part : path.split("/", -1)) {
            if (part.equals("..") || part.equals(".") || part.isEmpty()) {
                return "could leave its folder";
            }
            if (part.getBytes(StandardCharsets.UTF_8).length > MAX_PART) {
                return "has a part longer than " + MAX_PART + " bytes";
            }
        }
        return null;
    }

    /** Whether a branch, tag or commit can be a path below {@code refs} and part of an address. */
    static boolean isRevision(String revision) {
        return revision.length() <= MAX_REVISION
                && REVISION.matcher(revision).matches()
                && problem(revision) == null
                && !revision.contains("..")
                && !revision.endsWith(".lock");
    }

    /** For messages: quoted, cut when long, without characters that disturb a terminal. */
    static String quote(String name) {
        StringBuilder out = new StringBuilder("'");
        name.codePoints().limit(SHOWN).forEach(c -> {
            if (disturbs(c)) {
                out.append(String.format("\\u%04x", c));
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.append(name.codePointCount(0, name.length()) > SHOWN ? "...'" : "'")
                .toString();
    }

    private static boolean disturbs(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }
}
