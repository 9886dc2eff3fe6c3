package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Files that are read whole because an option names them. */
final class InputFile {

    /** Far above what a prompt may have. */
    private static final long MAX_BYTES = 1 << 28;

    private InputFile() {}

    /** @throws JandaiaException USAGE */
    static byte[] bytes(Path file, Texts texts) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw texts.usage("file.large", file, Files.size(file), MAX_BYTES);
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new JandaiaException(JandaiaException.Kind.USAGE, texts.get("file.none", file), e);
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.USAGE, texts.get("file.unreadable", file, String.valueOf(e.getMessage())), e);
        }
    }

    /** @throws JandaiaException USAGE */
    static String text(Path file, Texts texts) {
        return new String(bytes(file, texts), StandardCharsets.UTF_8);
    }

    /** @throws JandaiaException USAGE */
    static JsonNode json(Path file, Texts texts) {
        try {
            return JsonMapper.shared().readTree(bytes(file, texts));
        } catch (JacksonException e) {
            // Where an open bracket stands is no use without the text.
            String why = String.valueOf(e.getOriginalMessage()).replaceAll(" \\(start marker at .*", "");
            throw new JandaiaException(JandaiaException.Kind.USAGE, texts.get("file.json", file, why), e);
        }
    }
}
