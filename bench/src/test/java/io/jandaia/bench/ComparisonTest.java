package io.jandaia.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "not run: programs are shell scripts here")
class ComparisonTest {

    private static final Sizes SIZES = new Sizes(List.of(64), List.of(0), List.of(1), 8);

    @TempDir
    Path folder = Path.of("");

    private String model = "";

    @BeforeEach
    void begin() throws IOException {
        model = Files.writeString(folder.resolve("m.gguf"), "x").toString();
    }

    /** A peer that writes what it was called with to a log, and a table. */
    private Contestant peer(String name, int speed) throws IOException {
        Path home = Files.createDirectories(folder.resolve(name));
        Path program = home.resolve("llama-batched-bench");
        Files.writeString(
                program,
                "#!/bin/sh\necho " + name + " >> " + folder.resolve("log") + "\n" + "echo '| 64 | 8 | 1 | 72 | 1.0 | "
                        + speed + " | 1.0 | 8.0 | 2.0 | 36.0 |'\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return new Contestant(List.of(new Program(name, home, List.of())), "1");
    }

    private List<String> log() throws IOException {
        Path log = folder.resolve("log");
        return Files.exists(log) ? Files.readAllLines(log) : List.of();
    }

    private Comparison comparison(List<Contestant> contestants) throws IOException {
        return new Comparison(contestants, SIZES, 2, Journal.open(folder.resolve("results.jsonl"), "here"));
    }

    private List<Turn> turns(int rounds) {
        return Turn.all(List.of(Part.PROMPTS), List.of(model), rounds, 1);
    }

    @Test
    void programsAlternateAndWhatWasMeasuredIsNotMeasuredAgain() throws Exception {
        List<Contestant> both = List.of(peer("a", 50), peer("b", 60));
        comparison(both).run(turns(2), 600);
        assertThat(log()).containsExactly("a", "b", "b", "a");
        Comparison again = comparison(both);
        again.run(turns(3), 600);
        assertThat(log()).containsExactly("a", "b", "b", "a", "a", "b");
        assertThat(again.table(model)).anyMatch(l -> l.contains("50.0 (50.0)") && l.contains("60.0 (60.0)"));
    }

    @Test
    void whatDoesNotFitIntoTheTimeIsLeftOutAndSaid() throws Exception {
        Comparison none = comparison(List.of(peer("a", 50)));
        none.run(turns(2), -1);
        assertThat(log()).isEmpty();
        assertThat(none.notes()).containsExactly("2 turns were left out for lack of time.");
    }

    @Test
    void aProgramThatFailsIsNamedAndTheOthersGoOn() throws Exception {
        Contestant broken = peer("broken", 1);
        Files.writeString(folder.resolve("broken/llama-batched-bench"), "#!/bin/sh\necho no >&2\nexit 3\n");
        Comparison c = comparison(List.of(broken, peer("b", 60)));
        c.run(turns(1), 600);
        assertThat(c.table(model))
                .anyMatch(l -> l.startsWith("- failed: ") && l.contains("exit code 3: no"))
                .anyMatch(l -> l.contains("60.0 (60.0)"));
    }

    @Test
    void resultsOfAnotherMachineAreNotMixedIn() throws Exception {
        Path file = folder.resolve("other.jsonl");
        Journal.open(file, "there");
        assertThatThrownBy(() -> Journal.open(file, "here"))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("there", "here", "--results");
    }

    @Test
    void aLineThatWasCutOffCountsAsNone() throws Exception {
        List<Contestant> one = List.of(peer("a", 50));
        comparison(one).run(turns(1), 600);
        Path file = folder.resolve("results.jsonl");
        String text = Files.readString(file);
        Files.writeString(file, text.substring(0, text.length() - 20));
        comparison(one).run(turns(1), 600);
        assertThat(log()).containsExactly("a", "a");
    }
}
