package io.jandaia.cli.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.EOFError;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;

/**
 * How typed lines are understood: words at blanks, a block between {@code """} as one, and what is not complete yet. There
 * are no quotes and no escapes, since most of what is typed is prose.
 */
final class Words implements Parser {

    static final String BLOCK = "\"\"\"";
    private static final Pattern WORD = Pattern.compile("\\S+");

    @Override
    public ParsedLine parse(String line, int cursor, ParseContext context) {
        if (context == ParseContext.ACCEPT_LINE) {
            if (count(line, BLOCK) % 2 == 1) {
                throw new EOFError(-1, -1, "a block is open", BLOCK);
            }
            if (endsOpen(line)) {
                throw new EOFError(-1, -1, "a line goes on", "\\");
            }
        }
        return new Line(line, cursor);
    }

    private static int count(String line, String what) {
        int n = 0;
        for (int i = line.indexOf(what); i >= 0; i = line.indexOf(what, i + what.length())) {
            n++;
        }
        return n;
    }

    /** Whether it ends with a backslash that is not one of a pair. */
    private static boolean endsOpen(String line) {
        int i = line.length();
        while (i > 0 && line.charAt(i - 1) == '\\') {
            i--;
        }
        return (line.length() - i) % 2 == 1;
    }

    /** What is meant by a line that was typed: blocks without their marks, lines that go on put together. */
    static String meant(String line) {
        String text = line.strip();
        if (text.startsWith(BLOCK) && text.endsWith(BLOCK) && text.length() >= 2 * BLOCK.length()) {
            text = text.substring(BLOCK.length(), text.length() - BLOCK.length());
            return text.startsWith("\n") ? text.substring(1).stripTrailing() : text.stripTrailing();
        }
        return text.replace("\\\n", "\n");
    }

    /** A line and its words; a line that ends with a blank has an empty last word. */
    private static final class Line implements CompletingParsedLine {
        private final String line;
        private final int cursor;
        private final List<String> words = new ArrayList<>();
        private int wordIndex;
        private int wordCursor;

        Line(String line, int cursor) {
            this.line = line;
            this.cursor = cursor;
            Matcher m = WORD.matcher(line);
            boolean found = false;
            while (m.find()) {
                if (!found && cursor < m.start()) {
                    wordIndex = words.size();
                    words.add("");
                    found = true;
                }
                if (!found && cursor <= m.end()) {
                    wordIndex = words.size();
                    wordCursor = cursor - m.start();
                    found = true;
                }
                words.add(m.group());
            }
            if (!found) {
                wordIndex = words.size();
                words.add("");
            }
        }

        @Override
        public String word() {
            return words.get(wordIndex);
        }

        @Override
        public int wordCursor() {
            return wordCursor;
        }

        @Override
        public int wordIndex() {
            return wordIndex;
        }

        @Override
        public List<String> words() {
            return words;
        }

        @Override
        public String line() {
            return line;
        }

        @Override
        public int cursor() {
            return cursor;
        }

        @Override
        public CharSequence escape(CharSequence candidate, boolean complete) {
            return candidate;
        }

        @Override
        public int rawWordCursor() {
            return wordCursor;
        }

        @Override
        public int rawWordLength() {
            return word().length();
        }
    }
}
