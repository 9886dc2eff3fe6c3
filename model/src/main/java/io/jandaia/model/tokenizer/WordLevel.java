package io.jandaia.model.tokenizer;

/** Every piece is one token, or the unknown one. */
record WordLevel(Vocabulary vocabulary, int unknown) implements Model {

    @Override
    public void tokenize(String text, int from, int to, Tokens out) {
        int id = vocabulary.id(text, from, to);
        out.add(id >= 0 ? id : unknown, 0, Utf8.length(text, from, to));
    }
}
