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
        var builder = new Text.Builder(text);
        boolean begun = !addPrefix || suffix;
        int spaces = 0;
        boolean any = false;
        int last = 0;
        for (int at = 0; at < chars.length(); ) {
            int symbol = symbolEnd(chars, at);
            CharsMap.Match match = map == null || symbol > at ? null : map.match(chars, at, chars.length(), true);
            int width = match != null
                    ? match.length()
                    : symbol > at ? symbol - at : Character.charCount(chars.codePointAt(at));
            String now = match != null ? match.replacement() : chars.substring(at, at + width);
            for (int i = 0; i < now.length(); ) {
                int c = now.codePointAt(i);
                i += Character.charCount(c);
                if (c == ' ') {
                    if (removeExtra) {
                        spaces++;
                        continue;
                    }
                    if (!begun) builder.add(Metaspace.MARK, at);
                    begun = true;
                    builder.add(Metaspace.MARK, at);
                    any = true;
                    continue;
                }
                if (!begun || (removeExtra && spaces > 0 && any)) builder.add(Metaspace.MARK, spaces > 0 ? at - 1 : at);
                begun = true;
                spaces = 0;
                any = true;
                builder.add(c, at);
            }
            last = at;
            at += width;
        }
        if (any && addPrefix && suffix) builder.add(Metaspace.MARK, last);
        return builder.build();
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
