package io.jandaia.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Programs measured in turn on the same files. The machine may be noisy, so they alternate, who begins changes from turn to turn,
 * and medians over rounds are compared.
 */
final class Comparison {

    private final List<Contestant> contestants;
    private final Sizes sizes;
    private final int threads;
    private final Journal journal;
    private final Map<String, Findings> found = new LinkedHashMap<>();
    private final Durations durations = new Durations();
    private int leftOut;

    Comparison(List<Contestant> contestants, Sizes sizes, int threads, Journal journal) {
        this.contestants = contestants;
        this.sizes = sizes;
        this.threads = threads;
        this.journal = journal;
    }

    /** Takes what the journal has and measures the rest, but leaves out turns that would end after {@code limit} seconds. */
    void run(List<Turn> turns, double limit) throws IOException, InterruptedException {
        long start = System.nanoTime();
        for (int i = 0; i < turns.size(); i++) {
            Turn turn = turns.get(i);
            List<Step> open = steps(turn, i);
            double elapsed = (System.nanoTime() - start) / 1e9;
            if (open.isEmpty()) {
                continue;
            }
            if (elapsed + durations.of(programs(open), turn.part(), turn.file()) > limit) {
                leftOut++;
                continue;
            }
            System.err.printf(
                    "%d of %d: round %d, %s, %s; %.1f min so far, about %.1f more%n",
                    i + 1,
                    turns.size(),
                    turn.round() + 1,
                    turn.part(),
                    Path.of(turn.file()).getFileName(),
                    elapsed / 60,
                    expected(turns.subList(i, turns.size())) / 60);
            for (Step step : open) {
                measure(step);
            }
        }
    }

    /** A process that is to run. */
    private record Step(Program program, Turn turn, List<String> command, String key) {}

    /** What of a turn the journal does not have; what it has is taken. */
    private List<Step> steps(Turn turn, int rotation) throws IOException {
        List<Program> programs = turnOf(turn);
        Collections.rotate(programs, -rotation);
        List<Step> open = new ArrayList<>();
        for (Program p : programs) {
            List<String> command = p.command(turn.part(), sizes, turn.file(), threads);
            if (!command.isEmpty()) {
                Step step = new Step(p, turn, command, key(turn, command));
                journal.find(step.key()).ifPresentOrElse(m -> add(step, m), () -> open.add(step));
            }
        }
        return open;
    }

    /** All settings in the first round, later those that won; only once what does not depend on them. */
    private List<Program> turnOf(Turn turn) {
        List<Program> programs = new ArrayList<>();
        for (Contestant c : contestants) {
            if (c.programs().size() == 1 || turn.part() == Part.START) {
                programs.add(c.programs().getFirst());
            } else if (turn.round() == 0) {
                programs.addAll(c.programs());
            } else {
                programs.addAll(findings(turn.file()).winners(c.name(), turn.part()));
            }
        }
        return programs;
    }

    /** The same measurement of the same bytes. */
    private static String key(Turn turn, List<String> command) throws IOException {
        Path file = Path.of(turn.file());
        return "round " + (turn.round() + 1) + ", " + Files.size(file) + " bytes of " + Files.getLastModifiedTime(file)
                + ": " + String.join(" ", command);
    }

    private static List<Program> programs(List<Step> steps) {
        return steps.stream().map(Step::program).toList();
    }

    /** Seconds that turns will take, as far as it is known. */
    private double expected(List<Turn> turns) {
        return turns.stream()
                .mapToDouble(t -> durations.of(turnOf(t), t.part(), t.file()))
                .sum();
    }

    private void measure(Step step) throws IOException, InterruptedException {
        try {
            Child child = Child.run(step.command());
            Measured m =
                    new Measured(step.program().speeds(step.turn().part(), child), child.seconds(), child.peakBytes());
            journal.add(step.key(), m);
            add(step, m);
        } catch (ChildException e) {
            System.err.println(e.sentence());
            findings(step.turn().file()).addFailure(e.sentence());
        }
    }

    private void add(Step step, Measured m) {
        Turn turn = step.turn();
        durations.add(step.program(), turn.part(), turn.file(), m.seconds());
        findings(turn.file()).add(step.program(), turn.part(), m);
    }

    private synchronized Findings findings(String file) {
        return found.computeIfAbsent(file, f -> new Findings());
    }

    /** Markdown lines. */
    List<String> table(String file) {
        List<String> names = contestants.stream().map(Contestant::name).toList();
        return new Table(findings(file), names, sizes).lines();
    }

    /** What a reader of the tables must know. */
    List<String> notes() {
        return leftOut == 0 ? List.of() : List.of(leftOut + " turns were left out for lack of time.");
    }
}
