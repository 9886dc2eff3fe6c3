package io.jandaia.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Vocabularies of real models in GGUF files, with the ids that their publishers' tests expect. */
class RealVocabularyTest {

    private static final Path FOLDER = Path.of("../../shared/real/vocab");

    @Test
    void giveTheExpectedIds() throws Exception {
        if (!Files.isDirectory(FOLDER)) {
            System.out.println("NOT RUN: real vocabularies needs ../shared/real/vocab");
            Assumptions.abort("no ../shared/real/vocab");
        }
        List<Path> files = new ArrayList<>();
        try (Stream<Path> list = Files.list(FOLDER)) {
            list.filter(file -> file.toString().endsWith(".gguf")).sorted().forEach(files::add);
        }
        var softly = new SoftAssertions();
        int compared = 0;
        for (Path file : files) {
            Tokenizer tokenizer = Tokenizer.ofGguf(GgufFile.metadata(file));
            Path inputs = Path.of(file + ".inp");
            if (!Files.exists(inputs)) continue;
            String[] texts = Files.readString(inputs).split("\n__ggml_vocab_test__\n", -1);
            String[] lines = Files.readString(Path.of(file + ".out")).split("\n", -1);
            for (int i = 0; i < texts.length && i < lines.length; i++) {
                String text = texts[i];
                int[] expected = Arrays.stream(lines[i].trim().split(" ", -1))
                        .filter(number -> !number.isEmpty())
                        .mapToInt(Integer::parseInt)
                        .toArray();
                int[] ids =
                        tokenizer.encode(text, new EncodeOptions(false, false)).ids();
                softly.assertThat(ids).as("%s: <%s>", file.getFileName(), text).containsExactly(expected);
                compared++;
            }
        }
        softly.assertAll();
        assertThat(compared).isGreaterThan(400);
    }
}
