package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import java.util.List;

/** The texts that a command works on: its words, or the lines of standard input. */
final class InputTexts {

    private InputTexts() {}

    static List<String> of(List<String> words, Texts texts, Tty tty) {
        if (!words.isEmpty()) {
            return words;
        }
        if (tty.input()) {
            throw texts.usage("texts.none");
        }
        List<String> lines = StandardInput.text(texts).lines().toList();
        if (lines.isEmpty()) {
            throw texts.usage("texts.empty");
        }
        return lines;
    }
}
