package io.jandaia.model.engine;

/**
 * The guesses of one sequence: asks its drafter for as many as are likely to pay, compares them with what the sampler
 * draws, and counts. When they do not pay it stops and tries one now and then. Belongs to the loop thread.
 */
final class Speculation implements AutoCloseable {

    /** How much faster guessing must promise to be. */
    private static final double GAIN = 1.03;

    /** Guesses after which older ones count half. */
    private static final int MEMORY = 64;

    private static final int FIRST_PAUSE = 64;
    private static final int LONGEST_PAUSE = 1024;

    private final Drafter drafter;
    private final StepCosts costs;
    private final int most;
    private final boolean adaptive;

    private int[] draft = Drafter.NONE;
    private int matched;
    private boolean broken;

    /** Right and compared guesses, with a start that hopes for every second. */
    private double right = 1;

    private double compared = 2;
    private double draftSeconds;
    private int pause;
    private int nextPause = FIRST_PAUSE;
    private boolean probing;
    private int drafted;
    private int accepted;

    /**
     * @param most guesses in a step
     * @param adaptive false = always as many, for tests
     */
    Speculation(Drafter drafter, StepCosts costs, int most, boolean adaptive) {
        this.drafter = drafter;
        this.costs = costs;
        this.most = most;
        this.adaptive = adaptive;
    }

    /**
     * Guesses for the next step.
     *
     * @param room the most of use
     * @param rows of the step without them
     * @param sequences that get a token in the step
     */
    int[] draft(Lane lane, int room, int rows, int sequences) {
        clear();
        if (room <= 0) {
            return draft;
        }
        int n = Math.min(room, adaptive ? worth(rows, sequences) : most);
        if (n <= 0) {
            return draft;
        }
        long begin = System.nanoTime();
        draft = drafter.draft(lane.tokens(), lane.count(), n);
        if (draft.length > 0) {
            double each = (System.nanoTime() - begin) / 1e9 / draft.length;
            draftSeconds = draftSeconds == 0 || each < draftSeconds ? each : 0.9 * draftSeconds + 0.1 * each;
        } else if (probing) {
            pause = 0; // nothing was tried
        }
        return draft;
    }

    /** How many promise the most tokens a second; 0 when none do. */
    private int worth(int rows, int sequences) {
        probing = false;
        if (pause > 0) {
            probing = --pause == 0;
            return probing ? 1 : 0;
        }
        double p = right / compared;
        double plain = sequences / costs.of(rows);
        double best = GAIN * plain;
        int n = 0;
        double expected = sequences;
        double chance = 1;
        for (int k = 1; k <= most; k++) {
            chance *= p;
            expected += chance;
            double speed = expected / (costs.of(rows + k) + k * draftSeconds);
            if (speed > best) {
                best = speed;
                n = k;
            }
        }
        if (n == 0) {
            pause = nextPause;
            nextPause = Math.min(2 * nextPause, LONGEST_PAUSE);
        }
        return n;
    }

    /** The step has no room for the guesses. */
    void clear() {
        draft = Drafter.NONE;
        matched = 0;
        broken = false;
    }

    /** Whether what comes next follows a wrong guess. */
    boolean broken() {
        return broken;
    }

    /** Takes the token that was drawn where the next guess stands, if there is one. */
    void drawn(int id) {
        if (matched >= draft.length) {
            return;
        }
        boolean same = draft[matched] == id;
        if (matched == 0) {
            drafted += draft.length;
        }
        matched++;
        compared++;
        if (same) {
            right++;
            accepted++;
            nextPause = FIRST_PAUSE;
        } else {
            broken = true;
        }
        if (compared > MEMORY) {
            right /= 2;
            compared /= 2;
        }
    }

    int drafted() {
        return drafted;
    }

    int accepted() {
        return accepted;
    }

    @Override
    public void close() {
        drafter.close();
    }
}
