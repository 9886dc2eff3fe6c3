package io.jandaia.cli.terminal;

import java.util.function.Consumer;

/** Shows an answer while it arrives. */
public sealed interface AnswerWriter permits AnswerWriter.Plain, Markdown {

    /** Takes the next part; shows what is certain of it. */
    void write(String text);

    /** Shows what was held back and ends the last line. */
    void finish();

    /** How answers are shown on {@code tty}: untouched where nobody looks, harmless where somebody does, styled where wanted. */
    static AnswerWriter of(Tty tty, Consumer<String> out) {
        if (tty.styled()) {
            return new Markdown(out, tty.columns());
        }
        return new Plain(tty.output() ? text -> out.accept(SafeText.of(text)) : out);
    }

    /** As it is. */
    record Plain(Consumer<String> out) implements AnswerWriter {
        @Override
        public void write(String text) {
            out.accept(text);
        }

        @Override
        public void finish() {
            out.accept(System.lineSeparator());
        }
    }
}
