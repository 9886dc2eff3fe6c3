package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
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
        List<String> lines = piped(texts).lines().toList();
        if (lines.isEmpty()) {
            throw texts.usage("texts.empty");
        }
        return lines;
    }

    private static String piped(Texts texts) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(System.in.readAllBytes()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new JandaiaException(JandaiaException.Kind.USAGE, texts.get("texts.utf8"), e);
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE, texts.get("texts.input", String.valueOf(e.getMessage())), e);
        }
    }
}
