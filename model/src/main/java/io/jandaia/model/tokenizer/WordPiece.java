package io.jandaia.model.tokenizer;

/**
 * WordPiece as BERT uses it: from the left always the longest token that fits; if a rest has none, the whole word is
 * unknown.
 *
 * @param tokens every token with its id
 * @param first the trie's node for the first part of a word (GGUF vocabularies mark word starts), -1 if no token has the mark
 * @param next the node for the other parts, -1 likewise
 * @param maxWord words of more code points are unknown
 */
record WordPiece(Vocabulary vocabulary, int unknown, Trie tokens, int first, int next, int maxWord, PieceCache cache)
        implements Model {

    /**
     * @param start written before the first part of a word when it is looked up
     * @param prefix written before the other parts
     */
    static WordPiece of(Vocabulary vocabulary, int unknown, String start, String prefix, int maxWord) {
        var tokens = new Trie(vocabulary.size());
        for (int id = 0; id < vocabulary.size(); id++) {
            String token = vocabulary.token(id);
            if (token != null) tokens.put(token, vocabulary.id(token));
        }
        return new WordPiece(
                vocabulary, unknown, tokens, walk(tokens, start), walk(tokens, prefix), maxWord, new PieceCache());
    }

    private static int walk(Trie trie, String mark) {
        int node = Trie.ROOT;
        for (int i = 0; i < mark.length() && node >= 0; i++) node = trie.child(node, mark.charAt(i));
        return node;
    }

    @Override
    public void tokenize(String text, int from, int to, Tokens out) {
        if (to - from > PieceCache.MAX_LENGTH) {
            word(text, from, to, out);
            return;
        }
        int hash = PieceCache.hash(text, from, to);
        PieceCache.Entry entry = cache.get(hash, text, from, to);
        if (entry != null) {
            entry.addTo(out, 0);
            return;
        }
        int size = out.size;
        word(text, from, to, out);
        cache.put(hash, text.substring(from, to), out, size, 0);
    }

    private void word(String text, int from, int to, Tokens out) {
        int size = out.size;
        int bytes = 0;
        boolean known = to - from <= 2L * maxWord && text.codePointCount(from, to) <= maxWord;
        for (int at = from; known && at < to; ) {
            int node = at == from ? first : next;
            int id = -1;
            int end = at;
            for (int i = at; i < to && node >= 0; i++) {
                node = tokens.child(node, text.charAt(i));
                if (node < 0 || tokens.value(node) < 0) continue;
                id = tokens.value(node);
                end = i + 1;
            }
            if (id < 0) {
                known = false;
            } else {
                int length = Utf8.length(text, at, end);
                out.add(id, bytes, bytes + length);
                bytes += length;
                at = end;
            }
        }
        if (!known) {
            out.size = size;
            out.add(unknown, 0, Utf8.length(text, from, to));
        }
    }
}
