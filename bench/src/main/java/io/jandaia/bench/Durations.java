package io.jandaia.bench;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How long processes take, as far as it is known: to say how long a run lasts, and to end it in time. */
final class Durations {

    private record Of(String label, Part part, String file) {}

    private final Map<Of, Double> seconds = new HashMap<>();

    void add(Program program, Part part, String file, double s) {
        seconds.put(new Of(program.label(), part, file), s);
        seconds.put(new Of(program.label(), part, ""), s);
        seconds.put(new Of("", part, ""), s);
    }

    /** Seconds of a turn; processes never seen count as the last other one of the same part, or as none. */
    double of(List<Program> programs, Part part, String file) {
        return programs.stream().mapToDouble(p -> of(p, part, file)).sum();
    }

    private double of(Program p, Part part, String file) {
        Double exact = seconds.get(new Of(p.label(), part, file));
        Double other = exact != null ? exact : seconds.get(new Of(p.label(), part, ""));
        return other != null ? other : seconds.getOrDefault(new Of("", part, ""), 0.0);
    }
}
