package io.jandaia.model.chat.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A string whose characters remember where they came from, through whatever a template does with them. An origin is an int
 * that the caller chooses, 0 for the template's own characters; bit 0 is kept free for {@code {% generation %}}. Runs of
 * equal origin are stored, none for an ordinary string. Positions are Python's: code points. Equality looks at the
 * characters only.
 */
public final class Text implements Value {

    /** The origin bit of characters written inside {@code {% generation %}}. */
    public static final int GENERATION = 1;

    private static final int[] NO_RUNS = {};
    static final Text EMPTY = new Text("", NO_RUNS, NO_RUNS, false);

    private final String string;
    /** End of each run in code units; empty when everything is the template's own. */
    private final int[] ends;

    private final int[] origins;
    /** Python's Markup, which the filter safe makes: it escapes what is added to it. */
    final boolean markup;

    private int points = -1;

    private Text(String string, int[] ends, int[] origins, boolean markup) {
        this.string = string;
        this.ends = ends;
        this.origins = origins;
        this.markup = markup;
    }

    static Text of(String string) {
        return string.isEmpty() ? EMPTY : new Text(string, NO_RUNS, NO_RUNS, false);
    }

    /** A string all of one origin. */
    public static Text of(String string, int origin) {
        return origin == 0 || string.isEmpty()
                ? of(string)
                : new Text(string, new int[] {string.length()}, new int[] {origin}, false);
    }

    public String string() {
        return string;
    }

    Text markup(boolean on) {
        return on == markup ? this : new Text(string, ends, origins, on);
    }

    /** Length in code points. */
    int length() {
        if (points < 0) {
            points = string.codePointCount(0, string.length());
        }
        return points;
    }

    /** The code unit at which code point {@code index} starts. */
    int unit(int index) {
        return length() == string.length() ? index : string.offsetByCodePoints(0, index);
    }

    /** The code point that the code unit {@code unit} belongs to. */
    int point(int unit) {
        return length() == string.length() ? unit : string.codePointCount(0, unit);
    }

    /** Code units from {@code from} to {@code to}. */
    Text units(int from, int to) {
        if (from == 0 && to == string.length()) {
            return this;
        }
        if (from >= to) {
            return EMPTY.markup(markup);
        }
        if (ends.length == 0) {
            return new Text(string.substring(from, to), NO_RUNS, NO_RUNS, markup);
        }
        Builder builder = new Builder(null);
        builder.append(this, from, to);
        return builder.text().markup(markup);
    }

    /** Its code points as strings of one. */
    List<Value> characters() {
        List<Value> list = new ArrayList<>(length());
        int at = 0;
        while (at < string.length()) {
            int end = at + Character.charCount(string.codePointAt(at));
            list.add(units(at, end).markup(false));
            at = end;
        }
        return list;
    }

    /** The first origin other than the template's, 0 if there is none. */
    int firstOrigin() {
        for (int origin : origins) {
            if (origin != 0) {
                return origin;
            }
        }
        return 0;
    }

    /** All of it additionally marked with an origin bit. */
    Text with(int bit) {
        if (string.isEmpty()) {
            return this;
        }
        if (ends.length == 0) {
            return new Text(string, new int[] {string.length()}, new int[] {bit}, markup);
        }
        int[] marked = origins.clone();
        for (int i = 0; i < marked.length; i++) {
            marked[i] |= bit;
        }
        return new Text(string, ends, marked, markup);
    }

    /**
     * The string changed as a whole (upper case and the like). Origins survive run by run where the runs change on their
     * own as they do together; else all of it takes the first origin that is not the template's.
     */
    Text map(UnaryOperator<String> change) {
        String whole = change.apply(string);
        if (ends.length <= 1) {
            return of(whole, ends.length == 0 ? 0 : origins[0]).markup(markup);
        }
        Builder builder = new Builder(null);
        int from = 0;
        for (int i = 0; i < ends.length; i++) {
            builder.append(change.apply(string.substring(from, ends[i])), origins[i]);
            from = ends[i];
        }
        Text pieces = builder.text();
        return (pieces.string.equals(whole) ? pieces : of(whole, firstOrigin())).markup(markup);
    }

    /** Receives the runs of a text in order. */
    public interface RunVisitor {
        void run(int start, int end, int origin);
    }

    public void runs(RunVisitor visitor) {
        if (ends.length == 0) {
            if (!string.isEmpty()) {
                visitor.run(0, string.length(), 0);
            }
            return;
        }
        int from = 0;
        for (int i = 0; i < ends.length; i++) {
            visitor.run(from, ends[i], origins[i]);
            from = ends[i];
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Text text && text.string.equals(string);
    }

    @Override
    public int hashCode() {
        return string.hashCode();
    }

    @Override
    public String toString() {
        return string;
    }

    /** Builds a text out of pieces; with a budget it refuses to grow beyond what the rendering may use. */
    static final class Builder {
        private final StringBuilder string = new StringBuilder();
        private final @Nullable Budget budget;
        private int[] ends = NO_RUNS;
        private int[] origins = NO_RUNS;
        private int runs;
        private int unmarked;

        Builder(@Nullable Budget budget) {
            this.budget = budget;
        }

        int units() {
            return string.length();
        }

        void append(String piece) {
            append(piece, 0);
        }

        void append(String piece, int origin) {
            if (!piece.isEmpty()) {
                reserve(piece.length());
                string.append(piece);
                run(string.length(), origin);
            }
        }

        void append(Text text) {
            append(text, 0, text.string.length());
        }

        /** Code units of a text. */
        void append(Text text, int from, int to) {
            if (from >= to) {
                return;
            }
            reserve(to - from);
            int base = string.length() - from;
            string.append(text.string, from, to);
            if (text.ends.length == 0) {
                run(string.length(), 0);
                return;
            }
            int first = Arrays.binarySearch(text.ends, from + 1);
            for (int i = first < 0 ? -first - 1 : first; i < text.ends.length; i++) {
                run(Math.min(text.ends[i], to) + base, text.origins[i]);
                if (text.ends[i] >= to) {
                    break;
                }
            }
        }

        /** One character repeated. */
        void pad(int codePoint, int count) {
            if (count > 0) {
                reserve(count);
                string.repeat(codePoint, count);
                run(string.length(), 0);
            }
        }

        private void reserve(int more) {
            if (budget != null) {
                budget.spend(more >> 5);
                budget.fits((long) string.length() + more);
            }
        }

        private void run(int end, int origin) {
            if (runs == 0 && origin == 0) {
                unmarked = end; // nothing to remember until the first marked piece
                return;
            }
            if (runs == 0 && unmarked > 0) {
                push(unmarked, 0);
            }
            if (runs > 0 && origins[runs - 1] == origin) {
                ends[runs - 1] = end;
            } else {
                push(end, origin);
            }
        }

        private void push(int end, int origin) {
            if (runs == ends.length) {
                ends = Arrays.copyOf(ends, runs * 2 + 4);
                origins = Arrays.copyOf(origins, runs * 2 + 4);
            }
            ends[runs] = end;
            origins[runs++] = origin;
        }

        Text text() {
            return string.isEmpty()
                    ? EMPTY
                    : new Text(string.toString(), Arrays.copyOf(ends, runs), Arrays.copyOf(origins, runs), false);
        }
    }
}
