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

    @Override
    public void tokenize(String text, int from, int to, Tokens out) {
        int first = out.size;
        inner.tokenize(text, from, to, out);
        for (int i = first; i < out.size; i++) out.ids[i] = out.ids[i] == innerUnknown ? unknown : ids[out.ids[i]];
    }
}
