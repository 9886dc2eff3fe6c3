package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Finds the tokenizer of a model folder. */
final class TokenizerFiles {

    private TokenizerFiles() {}

    static Tokenizer load(Path folder) {
        Path json = folder.resolve("tokenizer.json");
        if (Files.isRegularFile(json)) {
            TokenizerJson read = TokenizerJson.read(read(json), json.toString());
            return new Tokenizer(read.parts(Tokenizer.SpecialIds.NONE));
        }
        throw JandaiaException.notFound("Loading a tokenizer: " + folder + " has no tokenizer.json.");
    }

    static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.NOT_FOUND, "Reading " + file + " failed: " + e.getMessage() + ".", e);
        }
    }
}
