package io.jandaia.cli.chat;

import io.jandaia.cli.language.Texts;
import io.jandaia.model.ModelStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/** What the tab key offers: commands, their options, names of parameters, files and models. */
final class Completions implements Completer {

    private static final int MAX_FILES = 500;

    private final Parameters parameters;
    private final Texts texts;

    Completions(Parameters parameters, Texts texts) {
        this.parameters = parameters;
        this.texts = texts;
    }

    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        if (!line.line().startsWith("/")) {
            return;
        }
        List<String> words = line.words();
        if (line.wordIndex() == 0) {
            for (Command c : Command.values()) {
                String help = texts.get(c.key());
                add(candidates, c.text(), help.substring(help.indexOf("  ")).strip(), true);
            }
            return;
        }
        switch (words.getFirst()) {
            case "/set" -> {
                if (line.wordIndex() == 1) {
                    Commands.SET.forEach(o -> add(candidates, o, "", true));
                } else if (line.wordIndex() == 2 && words.get(1).equals("parameter")) {
                    parameters.names().forEach(n -> add(candidates, n, parameters.description(n), true));
                }
            }
            case "/show" -> Commands.SHOW.forEach(o -> add(candidates, o, "", true));
            case "/save" -> files(line.word(), candidates);
            case "/load" -> {
                ModelStore.local().list().keySet().forEach(m -> add(candidates, m, "", true));
                files(line.word(), candidates);
            }
            default -> {}
        }
    }

    private static void files(String word, List<Candidate> candidates) {
        int slash = word.lastIndexOf('/');
        String folder = word.substring(0, slash + 1);
        try {
            Path path = folder.startsWith("~/")
                    ? Path.of(System.getProperty("user.home", "."), folder.substring(2))
                    : Path.of(folder.isEmpty() ? "." : folder);
            try (Stream<Path> files = Files.list(path)) {
                files.filter(f -> word.endsWith(".")
                                || !String.valueOf(f.getFileName()).startsWith("."))
                        .limit(MAX_FILES)
                        .forEach(f -> {
                            boolean open = Files.isDirectory(f);
                            add(candidates, folder + f.getFileName() + (open ? "/" : ""), "", !open);
                        });
            }
        } catch (IOException | InvalidPathException e) {
            // no such folder: nothing to offer
        }
    }

    private static void add(List<Candidate> candidates, String value, String description, boolean complete) {
        candidates.add(
                new Candidate(value, value, null, description.isEmpty() ? null : description, null, null, complete));
    }
}
