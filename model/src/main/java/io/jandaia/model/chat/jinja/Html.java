package io.jandaia.model.chat.jinja;

/** The little HTML that a text template language still has. */
final class Html {

    private Html() {}

    static Text escape(Text text, Budget budget) {
        if (text.markup) {
            return text;
        }
        budget.characters(text.string().length() * 5L);
        return text.map(string -> string.replace("&", "&amp;")
                        .replace(">", "&gt;")
                        .replace("<", "&lt;")
                        .replace("'", "&#39;")
                        .replace("\"", "&#34;"))
                .markup(true);
    }
}
