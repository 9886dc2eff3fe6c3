package io.jandaia.model.tokenizer;

import java.text.BreakIterator;
import java.text.Normalizer.Form;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.stream.Stream;

/** A step that rewrites a text before it is cut. */
sealed interface TextNormalizer
        permits BertNormalizer,
                SentencePieceNormalizer,
                TextNormalizer.Chain,
                TextNormalizer.Canonical,
                TextNormalizer.Lowercase,
                TextNormalizer.Strip,
                TextNormalizer.StripAccents,
                TextNormalizer.Prepend,
                TextNormalizer.Replace,
                TextNormalizer.Nmt,
                TextNormalizer.Bytes,
                TextNormalizer.Precompiled {

    Text normalize(Text text);

    /** What errors begin with. */
    String DOING = "Normalising a text";

    record Chain(List<TextNormalizer> steps) implements TextNormalizer {
        public Chain {
            steps = Growth.steps(steps.stream()
                    .flatMap(step -> step instanceof Chain chain ? chain.steps.stream() : Stream.of(step))
                    .toList());
        }

        @Override
        public Text normalize(Text text) {
            Text result = text;
            long work = 0;
            for (TextNormalizer step : steps) {
                result = step.normalize(result);
                Growth.check(DOING, result.length(), text.length());
                work += result.length();
                Growth.checkWork(DOING, work, text.length());
            }
            return result;
        }
    }

    record Canonical(Form form) implements TextNormalizer {
        @Override
        public Text normalize(Text text) {
            return CanonicalForm.normalize(text, form);
        }
    }

    record Lowercase() implements TextNormalizer {
        @Override
        public Text normalize(Text text) {
            String chars = text.chars();
            if (chars.chars().noneMatch(c -> c >= 0x80 || (c >= 'A' && c <= 'Z'))) return text;
            if (chars.indexOf(0x130) < 0) return text.withChars(oneToOne(chars));
            var edits = new Edits(chars.length());
            chars.codePoints().forEach(c -> {
                edits.add(c == 0x130 ? 'i' : CharSet.toLowerCase(c), 0);
                // The one character whose lower case has two.
                if (c == 0x130) edits.add(0x307, 1);
            });
            return edits.apply(text, 0);
        }

        /** No other lower case changes its number of UTF-16 units. */
        private static String oneToOne(String chars) {
            char[] lower = chars.toCharArray();
            for (int i = 0; i < lower.length; i++) {
                char c = lower[i];
                if (c < 0x80) {
                    if (c >= 'A' && c <= 'Z') lower[i] = (char) (c + 32);
                } else if (!Character.isHighSurrogate(c)) {
                    lower[i] = (char) CharSet.toLowerCase(c);
                } else if (i + 1 < lower.length) {
                    Character.toChars(CharSet.toLowerCase(Character.toCodePoint(c, lower[i + 1])), lower, i++);
                }
            }
            return new String(lower);
        }
    }

    record Strip(boolean left, boolean right) implements TextNormalizer {
        @Override
        public Text normalize(Text text) {
            String chars = text.chars();
            int from = 0;
            int to = chars.length();
            while (left && from < to && CharSet.isWhitespace(chars.charAt(from))) from++;
            while (right && to > from && CharSet.isWhitespace(chars.charAt(to - 1))) to--;
            return text.slice(from, to);
        }
    }

    record StripAccents() implements TextNormalizer {
        @Override
        public Text normalize(Text text) {
            return keep(text, c -> !CharSet.isMark(c));
        }
    }

    record Prepend(String prefix) implements TextNormalizer {
        @Override
        public Text normalize(Text text) {
            return text.length() == 0 ? text : prepend(text, prefix);
        }
    }

    /** Every match gives way to {@code content}, which stands for the last character of the match. */
    record Replace(SplitPattern pattern, String literal, String content) implements TextNormalizer {
        @Override
        public Text normalize(Text text) {
            String chars = text.chars();
            if (literal.length() == 1 && content.length() == 1) {
                return chars.indexOf(literal) < 0
                        ? text
                        : text.withChars(chars.replace(literal.charAt(0), content.charAt(0)));
            }
            SplitPattern.Search search = pattern.search(chars, 0, chars.length());
            if (chars.isEmpty() || !search.find()) return text;
            var builder = new Text.Builder(text);
            int done = 0;
            do {
                builder.copy(done, search.start);
                builder.add(content, search.end - 1);
                Growth.check(DOING, builder.length(), text.length());
                done = search.end;
            } while (search.find());
            builder.copy(done, chars.length());
            return builder.build();
        }
    }

    /** The whitespace and control rules of the NMT task, as SentencePiece has them. */
    record Nmt() implements TextNormalizer {
        @Override
        public Text normalize(Text text) {
            Text kept = keep(
                    text,
                    c -> !((c >= 1 && c <= 8)
                            || c == 0xB
                            || (c >= 0xE && c <= 0x1F)
                            || c == 0x7F
                            || c == 0x8F
                            || c == 0x9F));
            return mapSpaces(
                    kept,
                    c -> c == 9
                            || c == 0xA
                            || c == 0xC
                            || c == 0xD
                            || c == 0x1680
                            || (c >= 0x200B && c <= 0x200F)
                            || c == 0x2028
                            || c == 0x2029
                            || c == 0x2581
                            || c == 0xFEFF
                            || c == 0xFFFD);
        }
    }

    /** Bytes as their stand-ins. */
    record Bytes() implements TextNormalizer {
        @Override
        public Text normalize(Text text) {
            return bytes(text, 0, text.length(), new Text.Builder(text)).build();
        }
    }

    /**
     * A SentencePiece character map as the tokenizers library applies it: to whole grapheme clusters of less than six bytes
     * (of a key that is only a prefix the cluster's rest is lost), else to single characters.
     */
    record Precompiled(CharsMap map) implements TextNormalizer {
        @Override
        public Text normalize(Text text) {
            String chars = text.chars();
            var edits = new Edits(chars.length());
            boolean modified = false;
            long added = 0;
            BreakIterator graphemes = null;
            for (int at = 0; at < chars.length(); ) {
                int end = at + Character.charCount(chars.codePointAt(at));
                if (end < chars.length()) {
                    char here = chars.charAt(at);
                    char next = chars.charAt(end);
                    if (here == '\r' && next == '\n') {
                        end++;
                    } else if ((next >= 0x300 && here >= 0x20) || here >= 0x600) {
                        if (graphemes == null) {
                            graphemes = BreakIterator.getCharacterInstance(Locale.ROOT);
                            graphemes.setText(OlderUnicode.forClusters(chars));
                        }
                        end = graphemes.following(at);
                    }
                }
                if (end - at <= 5 && Utf8.length(chars, at, end) < 6) {
                    CharsMap.Match match = map.match(chars, at, end, false);
                    if (match != null) {
                        modified = true;
                        added += match.replacement().length();
                        Growth.check(DOING, added, chars.length());
                        edits.replace(chars.codePointCount(at, end), match.replacement());
                        at = end;
                        continue;
                    }
                }
                while (at < end) {
                    int c = chars.codePointAt(at);
                    int width = Character.charCount(c);
                    CharsMap.Match match = map.match(chars, at, at + width, false);
                    if (match != null) {
                        modified = true;
                        added += match.replacement().length();
                        Growth.check(DOING, added, chars.length());
                        edits.replace(1, match.replacement());
                    } else {
                        edits.add(c, 0);
                    }
                    at += width;
                }
            }
            return modified ? edits.apply(text, 0) : text;
        }
    }

    /** A prefix stands for the first character. */
    static Text prepend(Text text, String prefix) {
        var builder = new Text.Builder(text);
        builder.add(prefix, 0);
        builder.copy(0, text.length());
        return builder.build();
    }

    static Text.Builder bytes(Text text, int from, int to, Text.Builder builder) {
        String chars = text.chars();
        for (int i = from; i < to; ) {
            int c = chars.codePointAt(i);
            int n = Utf8.length(c);
            for (int k = 0; k < n; k++) builder.add(ByteAlphabet.toChar(Utf8.byteAt(c, k)), i);
            i += Character.charCount(c);
        }
        return builder;
    }

    static Text keep(Text text, IntPredicate wanted) {
        String chars = text.chars();
        int at = 0;
        while (at < chars.length()) {
            int c = chars.codePointAt(at);
            if (!wanted.test(c)) break;
            at += Character.charCount(c);
        }
        if (at == chars.length()) return text;
        var builder = new Text.Builder(text);
        builder.copy(0, at);
        for (; at < chars.length(); ) {
            int c = chars.codePointAt(at);
            int end = at + Character.charCount(c);
            if (wanted.test(c)) builder.copy(at, end);
            at = end;
        }
        return builder.build();
    }

    static Text mapSpaces(Text text, IntPredicate space) {
        String chars = text.chars();
        StringBuilder mapped = null;
        for (int i = 0; i < chars.length(); i++) {
            char c = chars.charAt(i);
            if (c == ' ' || !space.test(c)) continue;
            if (mapped == null) mapped = new StringBuilder(chars);
            mapped.setCharAt(i, ' ');
        }
        return mapped == null ? text : text.withChars(mapped.toString());
    }
}
