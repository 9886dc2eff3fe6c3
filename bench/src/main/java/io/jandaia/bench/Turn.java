package io.jandaia.bench;

import java.util.ArrayList;
import java.util.List;

/** All programs measuring the same on one file, one after the other: what is kept together when time runs out. */
record Turn(int round, Part part, String file) {

    /**
     * All turns, those first without which the table has gaps: every part on every file once, then again.
     *
     * @param rounds of the parts that are fast
     * @param slowRounds of the others
     */
    static List<Turn> all(List<Part> parts, List<String> files, int rounds, int slowRounds) {
        List<Turn> turns = new ArrayList<>();
        for (int round = 0; round < Math.max(rounds, slowRounds); round++) {
            for (Part part : parts) {
                if (round < (part.slow() ? slowRounds : rounds)) {
                    for (String file : files) {
                        turns.add(new Turn(round, part, file));
                    }
                }
            }
        }
        return turns;
    }
}
