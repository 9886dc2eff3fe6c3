package io.jandaia.model.sampling;

/**
 * Chooses the tokens of one sequence, one after the other. The choice follows from the logits, the tokens before, the
 * settings and the position; with mirostat from the surprise so far too, which this carries. For one thread.
 */
public final class Sampler {

    /** Numbers of this stream decide whether XTC applies; those of stream 0 draw the token. */
    private static final int COIN = 1;

    private static final int MIROSTAT_SEEN = 100;

    private final Sampling sampling;
    private final int prompt;
    private final int limit;
    private final Scratch scratch;
    /** What mirostat allows a token to have, in bits. */
    private double surprise;

    /**
     * @param prompt tokens of the prompt
     * @param limit the most that prompt and answer may have together
     * @param scratch may be shared by samplers of one thread
     */
    public Sampler(Sampling sampling, int prompt, int limit, Scratch scratch) {
        this.sampling = sampling;
        this.prompt = prompt;
        this.limit = limit;
        this.scratch = scratch;
        this.surprise = sampling.choice() instanceof Choice.Mirostat m ? 2 * m.tau() : 0;
    }

    /**
     * The token after the first {@code length} of {@code tokens}.
     *
     * @param logits of the next token; changed in place
     * @throws io.jandaia.error.JandaiaException FORMAT when a logit is not a number; USAGE when no token is allowed
     */
    public int next(float[] logits, int[] tokens, int length) {
        process(logits, tokens, length);
        Candidates left = filter(logits, length);
        return switch (sampling.choice()) {
            case Choice.Greedy g -> best(logits);
            case Choice.Draw d -> left.idAt(left.rankAt(CounterRandom.uniform(sampling.seed(), length)));
            case Choice.Mirostat m -> {
                allow(m, left, logits.length);
                int rank = left.rankAt(CounterRandom.uniform(sampling.seed(), length));
                observe(m, left, rank);
                yield left.idAt(rank);
            }
            case Choice.Beams b -> throw new IllegalStateException("Beams choose sequences, not tokens.");
        };
    }

    /** Turns logits into the log-probabilities of a beam search, in place: processors act on these. */
    public void logProbabilities(float[] logits, int[] tokens, int length) {
        BeamSearch.logSoftmax(logits);
        process(logits, tokens, length);
        if (sampling.choice() instanceof Choice.Beams b && b.renormalize()) {
            BeamSearch.logSoftmax(logits);
        }
    }

    /** Lets the processors change the logits, or log-probabilities. */
    void process(float[] logits, int[] tokens, int length) {
        History history = new History(tokens, length, prompt, limit, scratch);
        for (Step.Processor p : sampling.processors()) {
            p.apply(logits, history);
        }
    }

    /** What the filters leave; valid until the next call. */
    Candidates filter(float[] logits, int length) {
        Candidates left = scratch.candidates();
        left.reset(logits);
        for (Step.Filter f : sampling.filters()) {
            f.apply(left, CounterRandom.uniform(sampling.seed(), length, COIN));
        }
        return left;
    }

    /** Leaves what may come now. */
    void allow(Choice.Mirostat m, Candidates left, int vocabulary) {
        if (m.version() == 1) {
            left.keepTop(mirostatK(left, vocabulary));
        } else {
            double most = surprise * Math.log(2); // nats
            left.keepAtLeast(left.max() + left.temperature() * (Math.log(left.total()) - most));
        }
    }

    /** Moves the allowed surprise by what the choice of this rank had too much or too little. */
    void observe(Choice.Mirostat m, Candidates left, int rank) {
        double observed = -left.logProbabilityAt(rank) / Math.log(2);
        surprise -= m.eta() * (observed - m.tau());
    }

    /** How many tokens have at most the allowed surprise if probabilities fall as Zipf's law says (algorithm 1). */
    private int mirostatK(Candidates left, int vocabulary) {
        double product = 0;
        double squares = 0;
        for (int i = 0; i < MIROSTAT_SEEN - 1 && left.ranked(i + 1); i++) {
            double t = Math.log((i + 2.0) / (i + 1.0));
            product += t * (left.logitAt(i) - (double) left.logitAt(i + 1)) / left.temperature();
            squares += t * t;
        }
        double s = product / squares;
        double epsilon = s - 1;
        double k = Math.pow(epsilon * Math.pow(2, surprise) / (1 - Math.pow(vocabulary, -epsilon)), 1 / s);
        return Math.max(1, (int) k);
    }

    /** The most likely token, of equal ones the first. */
    static int best(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }
}
