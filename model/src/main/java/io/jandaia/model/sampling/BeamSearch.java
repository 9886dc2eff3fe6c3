package io.jandaia.model.sampling;

import io.jandaia.error.JandaiaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Beam search over any model: it knows prefixes and their scores, not what computes them. The arithmetic, float32 included,
 * is that of transformers 5 ({@code _beam_search}): of all continuations of all beams the best {@code beams * (1 + ends)} are
 * looked at; those that end become answers if they are among the best {@code beams}; the best that go on are the next beams.
 */
public final class BeamSearch {

    /** When to stop looking for better answers, once there are as many as beams. */
    public enum EarlyStopping {
        /** At once. */
        TRUE,
        /** When the best beam, were it to end now, is no better than the worst answer. */
        FALSE,
        /** When no beam can become better than the worst answer. */
        NEVER;

        /** As configurations write it. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /**
         * Reads what configurations write.
         *
         * @throws JandaiaException USAGE for anything but true, false and never
         */
        public static EarlyStopping of(String text) {
            return Arrays.stream(values())
                    .filter(e -> e.text().equals(text.toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() ->
                            JandaiaException.usage("early-stopping is '" + text + "'; expected true, false or never."));
        }
    }

    /** A prefix that goes on: the generated tokens. */
    public record Beam(int[] tokens, float score) {}

    /** A beam that the next step computes: beam {@code parent} of this step and one token more. */
    public record Branch(int parent, int token) {}

    /**
     * A finished answer.
     *
     * @param tokens the generated ones, with the end token where there is one
     * @param score the sum of log-probabilities divided by the length to the power of the length penalty
     */
    public record Answer(int[] tokens, double score) {}

    /** Says whether an answer ends with {@code token} after {@code tokens}. */
    public interface End {
        boolean reached(int[] tokens, int token);
    }

    /** What marks a prefix or an answer as not to be chosen. */
    private static final float OUT = -1e9f;

    private record Candidate(int parent, int token, float score, boolean ends) {}

    private final Choice.Beams settings;
    private final int kept;
    private final int maxNew;
    private final List<Beam> running = new ArrayList<>();
    /** Always as many as beams, best first; {@link #OUT} where there is none yet. */
    private List<Answer> answers;

    private boolean[] finished;
    private boolean improvable = true;
    private boolean done;
    private int length;

    /**
     * @param ends how many token ids end an answer
     * @param maxNew the most tokens of an answer
     */
    public BeamSearch(Choice.Beams settings, int ends, int maxNew) {
        this.settings = settings;
        this.kept = Math.max(2, 1 + ends) * settings.beams();
        this.maxNew = maxNew;
        this.answers = new ArrayList<>(Collections.nCopies(settings.beams(), new Answer(new int[0], OUT)));
        this.finished = new boolean[settings.beams()];
        for (int i = 0; i < settings.beams(); i++) {
            // All beams begin as the same prefix; only the first may lead on.
            running.add(new Beam(new int[0], i == 0 ? 0 : OUT));
        }
    }

    /** The prefixes whose next log-probabilities are needed. */
    public List<Beam> running() {
        return running;
    }

    public boolean done() {
        return done;
    }

    /**
     * Takes one step.
     *
     * @param logProbs of the next token after each running beam, as processors left them
     * @return where the new running beams come from
     */
    public List<Branch> advance(float[][] logProbs, End end) {
        List<Candidate> best = best(logProbs, end);
        length++;
        boolean allEnd = best.stream().allMatch(Candidate::ends);
        List<Branch> branches = new ArrayList<>();
        List<Beam> next = new ArrayList<>();
        best.stream()
                .map(c -> c.ends ? new Candidate(c.parent, c.token, c.score + OUT, true) : c)
                .sorted(Comparator.comparingDouble(Candidate::score).reversed())
                .limit(settings.beams())
                .forEach(c -> {
                    branches.add(new Branch(c.parent, c.token));
                    next.add(new Beam(with(running.get(c.parent).tokens, c.token), c.score));
                });
        collect(best);
        running.clear();
        running.addAll(next);
        improvable &= improvable();
        boolean enough = settings.earlyStopping() == EarlyStopping.TRUE && allFinished();
        done = !improvable || enough || allEnd;
        return branches;
    }

    /** The best continuations of all beams. */
    private List<Candidate> best(float[][] logProbs, End end) {
        int vocabulary = logProbs[0].length;
        long[] keys = new long[0];
        for (int beam = 0; beam < running.size(); beam++) {
            keys = merged(keys, Candidates.best(logProbs[beam], kept, running.get(beam).score, beam * vocabulary));
        }
        if (Candidates.logit(keys[0]) == Float.NEGATIVE_INFINITY) {
            throw Candidates.allBanned();
        }
        List<Candidate> out = new ArrayList<>();
        for (long key : keys) {
            int at = (int) key;
            int parent = at / vocabulary;
            int token = at % vocabulary;
            boolean ends = length + 1 >= maxNew || end.reached(running.get(parent).tokens, token);
            out.add(new Candidate(parent, token, Candidates.logit(key), ends));
        }
        return out;
    }

    private long[] merged(long[] a, long[] b) {
        long[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        Arrays.sort(both);
        return Arrays.copyOf(both, Math.min(kept, both.length));
    }

    /** Puts those that end among the answers, if they are good enough. */
    private void collect(List<Candidate> best) {
        record Place(Answer answer, boolean finished) {}
        boolean full = settings.earlyStopping() == EarlyStopping.TRUE && allFinished();
        float divisor = (float) Math.pow(length, settings.lengthPenalty());
        List<Place> places = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            places.add(new Place(answers.get(i), finished[i]));
        }
        for (int i = 0; i < best.size(); i++) {
            Candidate c = best.get(i);
            boolean now = c.ends && i < settings.beams();
            float score = c.score / divisor;
            score += full ? OUT : 0;
            score += improvable ? 0 : OUT;
            score += now ? 0 : OUT;
            if (now) {
                places.add(new Place(new Answer(with(running.get(c.parent).tokens, c.token), score), true));
            }
        }
        places.sort(Comparator.comparingDouble((Place p) -> p.answer.score).reversed());
        answers = new ArrayList<>();
        for (int i = 0; i < settings.beams(); i++) {
            answers.add(places.get(i).answer);
            finished[i] = places.get(i).finished;
        }
    }

    private boolean allFinished() {
        for (boolean f : finished) {
            if (!f) {
                return false;
            }
        }
        return true;
    }

    /** Whether the best running beam may still become better than some answer. */
    private boolean improvable() {
        boolean toTheEnd = settings.earlyStopping() == EarlyStopping.NEVER && settings.lengthPenalty() > 0;
        float possible =
                running.getFirst().score / (float) Math.pow(toTheEnd ? maxNew : length, settings.lengthPenalty());
        double worst = answers.getLast().score;
        for (boolean f : finished) {
            if (possible > (f ? worst : OUT)) {
                return true;
            }
        }
        return false;
    }

    /** The answers found, best first, as many as were asked for if there are so many. */
    public List<Answer> answers() {
        List<Answer> out = new ArrayList<>();
        for (int i = 0; i < settings.returned(); i++) {
            if (finished[i]) {
                out.add(answers.get(i));
            }
        }
        return out;
    }

    private static int[] with(int[] tokens, int token) {
        int[] out = Arrays.copyOf(tokens, tokens.length + 1);
        out[tokens.length] = token;
        return out;
    }

    /** Log-probabilities of logits, in place; float32 as in transformers. */
    static void logSoftmax(float[] logits) {
        double sum = LogProbs.logSumExp(logits);
        if (!Double.isFinite(sum)) {
            throw Candidates.notNumbers();
        }
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) (logits[i] - sum);
        }
    }
}
