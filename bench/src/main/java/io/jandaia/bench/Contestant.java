package io.jandaia.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A column of the table.
 *
 * @param programs the same with different settings
 * @param version as it says itself; empty when it was not asked
 */
record Contestant(List<Program> programs, String version) {

    String name() {
        return programs.getFirst().name();
    }

    /** Of a peer with its programs in {@code home}. */
    static String version(Path home) throws IOException, InterruptedException {
        Path cli = home.resolve("llama-cli");
        if (!Files.isExecutable(cli)) {
            return "of an unknown version";
        }
        try {
            return Child.run(List.of(cli.toString(), "--version"))
                    .all()
                    .lines()
                    .filter(l -> l.startsWith("version: "))
                    .map(l -> l.replace("version: ", "").strip())
                    .findFirst()
                    .orElse("of an unknown version");
        } catch (ChildException e) {
            throw new IOException(e.sentence(), e);
        }
    }
}
