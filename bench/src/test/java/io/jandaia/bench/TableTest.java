package io.jandaia.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TableTest {

    private static final Program OURS = new Program(Program.JANDAIA, Path.of("j"), List.of());
    private static final Program SLOW = new Program("peer", Path.of("p"), List.of());
    private static final Program FAST = new Program("peer", Path.of("p"), List.of("-x"));
    private static final Row PROMPT = Row.prefill(64);

    private static Measured measured(Map<Row, Double> tokens, Map<Row, Double> limits, long peak) {
        return new Measured(new Speeds(tokens, limits, Map.of()), 2.5, peak);
    }

    private static Table table(Findings f) {
        return new Table(f, List.of(Program.JANDAIA, "peer"), new Sizes(List.of(64, 512), List.of(0), List.of(1), 8));
    }

    @Test
    void theFastestSettingsCount() {
        Findings f = new Findings();
        f.add(OURS, Part.PROMPTS, measured(Map.of(PROMPT, 10.0), Map.of(PROMPT, 20.0), 3_000_000));
        f.add(OURS, Part.PROMPTS, measured(Map.of(PROMPT, 12.0), Map.of(PROMPT, 24.0), 2_000_000));
        f.add(SLOW, Part.PROMPTS, measured(Map.of(PROMPT, 4.0), Map.of(), 1_000_000));
        f.add(FAST, Part.PROMPTS, measured(Map.of(PROMPT, 5.5), Map.of(), 4_000_000));
        f.add(OURS, Part.START, measured(Map.of(), Map.of(), 9_000_000));
        assertThat(f.winners("peer", Part.PROMPTS)).containsExactly(FAST);
        assertThat(f.winners("peer", Part.LONG)).isEmpty();
        assertThat(table(f).lines())
                .contains(
                        "| prefill 64 | 11.0 (12.0) | 50 % | 5.5 (5.5) | 25 % | 2.00 |",
                        "| peak memory, MB | 3 | | 1 | | |",
                        "| start to end with one token, s | 2.50 | | | | |",
                        "- `peer -x`: prefill 64");
    }

    @Test
    void longPromptsStandBesideShortOnes() {
        Findings f = new Findings();
        Row many = Row.prefill(512);
        f.add(OURS, Part.PROMPTS, measured(Map.of(PROMPT, 100.0, many, 90.0), Map.of(), 1));
        f.add(SLOW, Part.PROMPTS, measured(Map.of(PROMPT, 50.0, many, 40.0), Map.of(), 1));
        assertThat(table(f).lines()).contains("| prefill 512 of prefill 64 | 90.0 % | | 80.0 % | | 1.13 |");
    }

    @Test
    void guessesAndFailuresStandBelow() {
        Findings f = new Findings();
        f.add(
                OURS,
                Part.SPECULATION,
                measured(Map.of(Row.guesses(Row.NONE), 20.0, Row.guesses(70), 36.0), Map.of(), 1));
        f.addFailure("peer ended.");
        assertThat(table(f).lines())
                .contains(
                        "- decode, guesses right 70 %: 36.0 tokens/s, 1.80 of those without", "- failed: peer ended.");
    }

    @Test
    void aProgramThatWasNotMeasuredLeavesItsCellsEmpty() {
        Findings f = new Findings();
        f.add(OURS, Part.PROMPTS, measured(Map.of(PROMPT, 10.0), Map.of(), 1_000_000));
        assertThat(table(f).lines()).contains("| prefill 64 | 10.0 (10.0) | | | | |");
    }
}
