package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** A step that cuts a normalised text into the pieces a model sees. */
sealed interface PreTokenizer {

    Pieces apply(Pieces pieces);

    /** Runs of word characters and runs of symbols, as the Whitespace splitter of the reference sees them. */
    SplitPattern WORDS_AND_SYMBOLS = SplitPattern.runs(
            new CharSet(CharSet::isWord), new CharSet(c -> !CharSet.isWord(c) && !CharSet.isWhitespace(c)));

    /** What becomes of the places where a pattern matches. */
    enum Behavior {
        REMOVED,
        ISOLATED,
        MERGED_WITH_PREVIOUS,
        MERGED_WITH_NEXT,
        CONTIGUOUS;

        static Behavior of(String name) {
            return switch (name) {
                case "Removed" -> REMOVED;
                case "Isolated" -> ISOLATED;
                case "MergedWithPrevious" -> MERGED_WITH_PREVIOUS;
                case "MergedWithNext" -> MERGED_WITH_NEXT;
                case "Contiguous" -> CONTIGUOUS;
                default ->
                    throw JandaiaException.unsupported(
                            "Reading a tokenizer: the split behaviour '" + name
                                    + "' is not known; expected Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous.");
            };
        }
    }

    record Chain(List<PreTokenizer> steps) implements PreTokenizer {
        public Chain {
            steps = Growth.steps(steps);
        }

        @Override
        public Pieces apply(Pieces pieces) {
            Pieces result = pieces;
            int before = pieces.text.length();
            long work = 0;
            for (PreTokenizer step : steps) {
                result = step.apply(result);
                Growth.check("Splitting a text", result.text.length(), before);
                work += result.text.length();
                Growth.checkWork("Splitting a text", work, before);
            }
            return result;
        }
    }

    record Split(SplitPattern pattern, Behavior behavior, boolean invert) implements PreTokenizer {
        @Override
        public Pieces apply(Pieces pieces) {
            String chars = pieces.text.chars();
            Pieces out = Pieces.empty(pieces.text, pieces.bounds.length);
            var folding = new Folding(out, behavior, invert);
            SplitPattern.Search search = pattern.search(chars, 0, 0);
            for (int i = 0; i < pieces.size; i++) {
                int end = pieces.end(i);
                int done = pieces.start(i);
                search.reset(done, end);
                while (search.find()) {
                    if (done < search.start) folding.add(done, search.start, false);
                    folding.add(search.start, search.end, true);
                    done = search.end;
                }
                if (done < end) folding.add(done, end, false);
                folding.finish();
            }
            return out;
        }
    }

    /** Whitespace removed, punctuation marks by themselves. */
    record Bert() implements PreTokenizer {
        @Override
        public Pieces apply(Pieces pieces) {
            String chars = pieces.text.chars();
            Pieces out = Pieces.empty(pieces.text, pieces.bounds.length);
            for (int i = 0; i < pieces.size; i++) {
                int end = pieces.end(i);
                int done = pieces.start(i);
                for (int at = done; at < end; ) {
                    int c = chars.codePointAt(at);
                    int next = at + Character.charCount(c);
                    boolean space = CharSet.WHITESPACE.has(c);
                    if (space || CharSet.PUNCTUATION.has(c)) {
                        out.add(done, at);
                        if (!space) out.add(at, next);
                        done = next;
                    }
                    at = next;
                }
                out.add(done, end);
            }
            return out;
        }
    }

    /** Cuts around single characters. */
    record Characters(IntPredicate members, Behavior behavior) implements PreTokenizer {
        @Override
        public Pieces apply(Pieces pieces) {
            String chars = pieces.text.chars();
            Pieces out = Pieces.empty(pieces.text, pieces.bounds.length);
            var folding = new Folding(out, behavior, false);
            for (int i = 0; i < pieces.size; i++) {
                int end = pieces.end(i);
                int done = pieces.start(i);
                for (int at = done; at < end; ) {
                    int c = chars.codePointAt(at);
                    int next = at + Character.charCount(c);
                    if (members.test(c)) {
                        if (done < at) folding.add(done, at, false);
                        folding.add(at, next, true);
                        done = next;
                    }
                    at = next;
                }
                if (done < end) folding.add(done, end, false);
                folding.finish();
            }
            return out;
        }
    }

    /**
     * Runs of decimal digits in groups of three from the right, each a piece of its own.
     *
     * @param standing only where no word character follows the run
     */
    record DigitGroups(boolean standing) implements PreTokenizer {

        /** The expression that says this; run as such, every group would look ahead over the whole run. */
        static final String PATTERN = "\\d{1,3}(?=(?:\\d{3})*\\b)";

        @Override
        public Pieces apply(Pieces pieces) {
            String chars = pieces.text.chars();
            Pieces out = Pieces.empty(pieces.text, pieces.bounds.length);
            for (int i = 0; i < pieces.size; i++) {
                int end = pieces.end(i);
                int done = pieces.start(i);
                for (int at = done; at < end; ) {
                    int c = chars.codePointAt(at);
                    if (!Character.isDigit(c)) {
                        at += Character.charCount(c);
                        continue;
                    }
                    int runEnd = at;
                    int digits = 0;
                    while (runEnd < end && Character.isDigit(chars.codePointAt(runEnd))) {
                        runEnd += Character.charCount(chars.codePointAt(runEnd));
                        digits++;
                    }
                    if (standing && runEnd < end && CharSet.isOnigurumaWord(chars.codePointAt(runEnd))) {
                        at = runEnd;
                        continue;
                    }
                    out.add(done, at);
                    while (at < runEnd) {
                        int group = digits % 3 == 0 ? 3 : digits % 3;
                        done = chars.offsetByCodePoints(at, group);
                        out.add(at, done);
                        digits -= group;
                        at = done;
                    }
                }
                out.add(done, end);
            }
            return out;
        }
    }

    record FixedLength(int length) implements PreTokenizer {
        @Override
        public Pieces apply(Pieces pieces) {
            String chars = pieces.text.chars();
            Pieces out = Pieces.empty(pieces.text, pieces.bounds.length);
            for (int i = 0; i < pieces.size; i++) {
                int end = pieces.end(i);
                for (int at = pieces.start(i); at < end; ) {
                    int next = at;
                    for (int n = 0; n < length && next < end; n++) next += Character.charCount(chars.codePointAt(next));
                    out.add(at, next);
                    at = next;
                }
            }
            return out;
        }
    }

    /** Cuts where the script changes, Japanese kana counting as Han and spaces as either side. */
    record Scripts() implements PreTokenizer {
        @Override
        public Pieces apply(Pieces pieces) {
            String chars = pieces.text.chars();
            Pieces out = Pieces.empty(pieces.text, pieces.bounds.length);
            for (int i = 0; i < pieces.size; i++) {
                int end = pieces.end(i);
                int done = -1;
                Character.UnicodeScript last = null;
                for (int at = pieces.start(i); at < end; ) {
                    int c = chars.codePointAt(at);
                    Character.UnicodeScript script = script(c);
                    if (script != null) {
                        if (script != last) {
                            if (done >= 0) out.add(done, at);
                            done = at;
                        }
                        last = script;
                    }
                    at += Character.charCount(c);
                }
                // As in the reference, spaces before the first character of a script are lost.
                if (done >= 0) out.add(done, end);
            }
            return out;
        }

        private static Character.@Nullable UnicodeScript script(int c) {
            if (c == ' ') return null;
            if (c == 0x30FC) return Character.UnicodeScript.HAN;
            Character.UnicodeScript script = Character.UnicodeScript.of(c);
            if (script == Character.UnicodeScript.UNKNOWN) return null;
            return script == Character.UnicodeScript.HIRAGANA || script == Character.UnicodeScript.KATAKANA
                    ? Character.UnicodeScript.HAN
                    : script;
        }
    }

    /**
     * Byte-level pieces: a space before the first where asked, the GPT-2 pattern where asked, then bytes as stand-ins unless
     * the model reads raw text.
     */
    record ByteLevel(boolean addPrefixSpace, boolean useRegex, boolean rewrite) implements PreTokenizer {

        /** The pattern published with GPT-2. */
        static final String GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

        private static final Split WORDS = new Split(SplitPattern.compile(GPT2), Behavior.ISOLATED, false);

        @Override
        public Pieces apply(Pieces pieces) {
            Pieces result = addPrefixSpace ? spaced(pieces) : pieces;
            if (useRegex) result = WORDS.apply(result);
            return rewrite ? rewritten(result) : result;
        }

        private static Pieces spaced(Pieces pieces) {
            Text text = pieces.text;
            if (pieces.size == 1
                    && text.length() == pieces.end(0)
                    && text.chars().charAt(0) == ' ') return pieces;
            var builder = new Text.Builder(text);
            int[] bounds = new int[2 * pieces.size];
            for (int i = 0; i < pieces.size; i++) {
                bounds[2 * i] = builder.length();
                if (text.chars().charAt(pieces.start(i)) != ' ') builder.add(' ', pieces.start(i));
                builder.copy(pieces.start(i), pieces.end(i));
                bounds[2 * i + 1] = builder.length();
            }
            return Pieces.of(builder.build(), bounds);
        }

        private static Pieces rewritten(Pieces pieces) {
            var builder = new Text.Builder(pieces.text);
            int[] bounds = new int[2 * pieces.size];
            for (int i = 0; i < pieces.size; i++) {
                bounds[2 * i] = builder.length();
                TextNormalizer.bytes(pieces.text, pieces.start(i), pieces.end(i), builder);
                bounds[2 * i + 1] = builder.length();
            }
            return Pieces.of(builder.build(), bounds);
        }
    }

    /** Spaces as a mark, one put before the first word where asked, and a piece per mark. */
    record Marks(char mark, Prepend prepend, boolean split) implements PreTokenizer {

        enum Prepend {
            FIRST,
            NEVER,
            ALWAYS
        }

        @Override
        public Pieces apply(Pieces pieces) {
            Text text = pieces.text.withChars(pieces.text.chars().replace(' ', mark));
            Pieces marked = Pieces.of(text, pieces);
            if (prepend != Prepend.NEVER) marked = prepended(marked);
            if (!split) return marked;
            Pieces out = Pieces.empty(marked.text, marked.bounds.length);
            String chars = marked.text.chars();
            for (int i = 0; i < marked.size; i++) {
                int end = marked.end(i);
                for (int at = marked.start(i); at < end; ) {
                    int next = chars.indexOf(mark, at + 1, end);
                    if (next < 0) next = end;
                    out.add(at, next);
                    at = next;
                }
            }
            return out;
        }

        private Pieces prepended(Pieces pieces) {
            Text text = pieces.text;
            var builder = new Text.Builder(text);
            int[] bounds = new int[2 * pieces.size];
            for (int i = 0; i < pieces.size; i++) {
                int from = pieces.start(i);
                bounds[2 * i] = builder.length();
                if (text.chars().charAt(from) != mark && (prepend == Prepend.ALWAYS || text.start(from) == 0)) {
                    builder.add(mark, from);
                }
                builder.copy(from, pieces.end(i));
                bounds[2 * i + 1] = builder.length();
            }
            return Pieces.of(builder.build(), bounds);
        }
    }

    /** Turns matches and what lies between them into pieces, as a behaviour says. */
    final class Folding {
        private final Pieces out;
        private final Behavior behavior;
        private final boolean invert;
        private int from = -1;
        private int to;
        private boolean match;

        Folding(Pieces out, Behavior behavior, boolean invert) {
            this.out = out;
            this.behavior = behavior;
            this.invert = invert;
        }

        /** The next stretch of the same text; stretches follow one another without gaps. */
        void add(int from, int to, boolean matched) {
            boolean isMatch = matched != invert;
            boolean joins = this.from >= 0
                    && switch (behavior) {
                        case REMOVED, ISOLATED -> false;
                        case CONTIGUOUS -> isMatch == match;
                        case MERGED_WITH_PREVIOUS -> isMatch && !match;
                        case MERGED_WITH_NEXT -> match && !isMatch;
                    };
            if (joins) {
                this.to = to;
            } else {
                finish();
                this.from = from;
                this.to = to;
            }
            match = isMatch;
        }

        void finish() {
            if (from >= 0 && !(behavior == Behavior.REMOVED && match)) out.add(from, to);
            from = -1;
        }
    }
}
