package io.jandaia.model.tokenizer;

/**
 * A model whose tokens go by the ids of another vocabulary, matched by spelling.
 *
 * @param inner cuts the text
 * @param innerUnknown its id for what it does not know
 * @param vocabulary the ids to give
 * @param unknown for tokens that are not in it
 * @param ids by the inner ids
 */
record Renumbered(Model inner, int innerUnknown, Vocabulary vocabulary, int unknown, int[] ids) implements Model {

    Renumbered(Model inner, int innerUnknown, Vocabulary vocabulary, int unknown) {
        this(inner, innerUnknown, vocabulary, unknown, map(inner.vocabulary(), vocabulary, unknown));
    }

    private static int[] map(Vocabulary from, Vocabulary to, int unknown) {
        int[] ids = new int[from.size()];
        for (int id = 0; id < ids.length; id++) {
            String token = from.token(id);
            int known = token == null ? -1 : to.id(token);
            ids[id] = known < 0 ? unknown : known;
        }
        return ids;
    }

    /** Where a code such as {@code >>pt<<}, which names the language to translate into, ends; 0 if a text begins with none. */
    static int languageEnd(String text) {
        int end = text.startsWith(">>") ? text.indexOf("<<") : -1;
        return end < 0 ? 0 : end + 2;
    }

    /** A language code as the one token it is. */
    AddedToken language(String code) {
        int id = vocabulary.id(code);
        return new AddedToken(id < 0 ? unknown : id, code, false, false, false, false, false);
    }

    @Override
    public void tokenize(String text, int from, int to, Tokens out) {
        int first = out.size;
        inner.tokenize(text, from, to, out);
        int at = from;
        int bytes = 0;
        for (int i = first; i < out.size; i++) {
            if (out.ids[i] != innerUnknown) {
                out.ids[i] = ids[out.ids[i]];
                continue;
            }
            // What one vocabulary does not know the other may: it also has the pieces of the other language.
            for (; bytes < out.starts[i]; at += Character.charCount(text.codePointAt(at))) {
                bytes += Utf8.length(text.codePointAt(at));
            }
            int start = at;
            for (; bytes < out.ends[i]; at += Character.charCount(text.codePointAt(at))) {
                bytes += Utf8.length(text.codePointAt(at));
            }
            int known = vocabulary.id(text, start, at);
            out.ids[i] = known < 0 ? unknown : known;
        }
    }
}
