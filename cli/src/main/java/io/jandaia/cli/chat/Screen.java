package io.jandaia.cli.chat;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.AnswerWriter;
import io.jandaia.cli.terminal.SafeText;
import io.jandaia.cli.terminal.Style;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.cli.terminal.Wrap;
import java.util.function.Consumer;

/** What the user sees: sentences of Jandaia, which are dim, and answers. */
final class Screen {

    private final Texts texts;
    private final Tty tty;
    private final Consumer<String> out;

    /** @param out shows at once what it is given */
    Screen(Texts texts, Tty tty, Consumer<String> out) {
        this.texts = texts;
        this.tty = tty;
        this.out = out;
    }

    Texts texts() {
        return texts;
    }

    /** A sentence of the texts. */
    void say(String key, Object... values) {
        line(texts.get(key, values), Style.DIM);
    }

    void error(String sentence) {
        line(texts.get("error", sentence), Style.ERROR);
    }

    /** Something that was asked for, as it is. */
    void print(String text) {
        line(text, Style.PLAIN);
    }

    private void line(String text, int style) {
        out.accept(Wrap.text(SafeText.of(text), tty.styled() ? style : Style.PLAIN, tty.columns()) + "\n");
    }

    AnswerWriter answer() {
        return AnswerWriter.of(tty, out);
    }

    /** Something moving until the first word comes; nothing where a line cannot be erased. */
    Runnable waiting(int tokens) {
        return tty.styled() ? Waiting.start(texts, tokens, tty.columns(), out)::close : () -> {};
    }

    String prompt(String text) {
        return tty.styled() ? Style.on(text, Style.PROMPT) : text;
    }
}
