package io.jandaia.model.engine;

/**
 * How long a step takes by its number of rows, as measured on this machine: it decides how many guesses are worth their
 * rows. Belongs to the loop thread.
 */
final class StepCosts {

    /** What a row more is taken to cost of a step until that is measured: weights are read once for all rows. */
    private static final double ASSUMED = 0.06;

    /** How fast a slower measurement counts; a faster one counts at once, for noise and compilation only add time. */
    private static final double RISE = 0.1;

    private final double[] seconds = new double[65];

    void observe(int rows, double measured) {
        if (rows < seconds.length) {
            double old = seconds[rows];
            seconds[rows] = old == 0 || measured < old ? measured : old + RISE * (measured - old);
        }
    }

    /** Whether so many rows were measured. */
    boolean knows(int rows) {
        return rows < seconds.length && seconds[rows] > 0;
    }

    /** Seconds, from the nearest measurements when there is none of so many rows; 1 at one row before the first. */
    double of(int rows) {
        if (knows(rows)) {
            return seconds[rows];
        }
        int below = Math.min(rows, seconds.length) - 1;
        while (below > 0 && seconds[below] == 0) {
            below--;
        }
        int above = rows + 1;
        while (above < seconds.length && seconds[above] == 0) {
            above++;
        }
        if (below > 0 && above < seconds.length) {
            double share = (double) (rows - below) / (above - below);
            return seconds[below] + share * Math.max(0, seconds[above] - seconds[below]);
        }
        if (below > 0) {
            int before = below - 1;
            while (before > 0 && seconds[before] == 0) {
                before--;
            }
            double slope = before == 0
                    ? ASSUMED * seconds[below]
                    : Math.max(0.01 * seconds[below], (seconds[below] - seconds[before]) / (below - before));
            return seconds[below] + slope * (rows - below);
        }
        double one = above < seconds.length ? seconds[above] / (1 + ASSUMED * (above - 1)) : 1;
        return one * (1 + ASSUMED * (rows - 1));
    }
}
