package io.jandaia.model.tokenizer;

/**
 * WordPiece as BERT uses it: from the left always the longest token that fits; if a rest has none, the whole word is
 * unknown.
 *
 * @param start written before the first part of a word when it is looked up (GGUF vocabularies mark word starts)
 * @param prefix written before the other parts
 * @param maxWord words of more code points are unknown
 * @param longest the length of the longest token
 */
record WordPiece(
        Vocabulary vocabulary, int unknown, String start, String prefix, int maxWord, int longest, PieceCache cache)
        implements Model {

    static WordPiece of(Vocabulary vocabulary, int unknown, String start, String prefix, int maxWord) {
        int longest = 0;
        for (int id = 0; id < vocabulary.size(); id++) {
            String token = vocabulary.token(id);
            if (token != null) longest = Math.max(longest, token.length());
        }
        return new WordPiece(vocabulary, unknown, start, prefix, maxWord, longest, new PieceCache());
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
        int first = out.size;
        word(text, from, to, out);
        cache.put(hash, text.substring(from, to), out, first, 0);
    }

    private void word(String text, int from, int to, Tokens out) {
        int first = out.size;
        int bytes = 0;
        boolean known = to - from <= 2L * maxWord && text.codePointCount(from, to) <= maxWord;
        for (int at = from; known && at < to; ) {
            String before = at == from ? start : prefix;
            String word = before.isEmpty() ? text : before + text.substring(at, Math.min(to, at + longest + 1));
            int offset = before.isEmpty() ? at : 0;
            int end = before.isEmpty() ? Math.min(to, at + longest) : word.length();
            int least = before.isEmpty() ? at : before.length();
            int id = -1;
            while (end > least) {
                id = vocabulary.id(word, offset, end);
                if (id >= 0) break;
                end -= Character.isLowSurrogate(word.charAt(end - 1)) && end - 2 >= least ? 2 : 1;
            }
            if (id < 0) {
                known = false;
            } else {
                int next = at + end - least;
                int length = Utf8.length(text, at, next);
                out.add(id, bytes, bytes + length);
                bytes += length;
                at = next;
            }
        }
        if (!known) {
            out.size = first;
            out.add(unknown, 0, Utf8.length(text, from, to));
        }
    }
}
