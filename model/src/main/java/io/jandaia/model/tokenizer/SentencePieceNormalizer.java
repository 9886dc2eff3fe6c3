package io.jandaia.model.tokenizer;

import org.jspecify.annotations.Nullable;

/**
 * What the SentencePiece library does before its model: at every place the longest key of the character map gives way, then
 * spaces become marks.
 *
 * @param map null for none
 * @param symbols what the user defined, which stays as it is; null for none
 * @param addPrefix whether a mark is put before the text, or after it with {@code suffix}
 * @param removeExtra whether runs of spaces become one and those at the ends vanish
 * @param suffix whether marks end words in place of beginning them
 */
record SentencePieceNormalizer(
        @Nullable CharsMap map, @Nullable Trie symbols, boolean addPrefix, boolean removeExtra, boolean suffix)
        implements TextNormalizer {

    @Override
    public Text normalize(Text text) {
        String chars = text.chars();
        int at = 0;
        while (removeExtra && at < chars.length() && replacement(chars, at).equals(" ")) at += width(chars, at);
        var builder = new Text.Builder(text);
        if (at == chars.length()) return builder.build();
        if (addPrefix && !suffix) builder.add(Metaspace.MARK, at);
        boolean afterSpace = removeExtra;
        int last = at;
        while (at < chars.length()) {
            String now = replacement(chars, at);
            int from = 0;
            while (afterSpace && from < now.length() && now.charAt(from) == ' ') from++;
            for (int i = from; i < now.length(); ) {
                int c = now.codePointAt(i);
                i += Character.charCount(c);
                builder.add(c == ' ' ? Metaspace.MARK : c, at);
            }
            Growth.check(DOING, builder.length(), chars.length());
            if (from < now.length()) afterSpace = removeExtra && now.endsWith(" ");
            last = at;
            at += width(chars, at);
        }
        if (removeExtra) builder.trimEnd(Metaspace.MARK);
        if (addPrefix && suffix) builder.add(Metaspace.MARK, last);
        return builder.build();
    }

    /** How many units of the text the step at {@code at} takes. */
    private int width(String chars, int at) {
        int symbol = symbolEnd(chars, at);
        if (symbol > at) return symbol - at;
        CharsMap.Match match = map == null ? null : map.match(chars, at, chars.length(), true);
        return match != null ? match.length() : Character.charCount(chars.codePointAt(at));
    }

    private String replacement(String chars, int at) {
        CharsMap.Match match =
                map == null || symbolEnd(chars, at) > at ? null : map.match(chars, at, chars.length(), true);
        return match != null ? match.replacement() : chars.substring(at, at + width(chars, at));
    }

    private int symbolEnd(String chars, int from) {
        int found = from;
        if (symbols == null) return found;
        int node = Trie.ROOT;
        for (int at = from; at < chars.length(); ) {
            node = symbols.child(node, chars.charAt(at++));
            if (node < 0) break;
            if (symbols.value(node) >= 0) found = at;
        }
        return found;
    }
}
