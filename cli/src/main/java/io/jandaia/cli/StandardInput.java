package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** What is piped into a command. */
final class StandardInput {

    private StandardInput() {}

    /** All of it, as text in UTF-8; anything else is an error. */
    static String text(Texts texts) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(System.in.readAllBytes()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new JandaiaException(JandaiaException.Kind.USAGE, texts.get("input.utf8"), e);
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE, texts.get("input.failed", String.valueOf(e.getMessage())), e);
        }
    }
}
