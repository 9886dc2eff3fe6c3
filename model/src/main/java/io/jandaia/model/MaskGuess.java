package io.jandaia.model;

import io.jandaia.model.arch.TaskSpec.Problem;
import io.jandaia.model.tokenizer.Tokenizer;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What may stand at one masked place, the likeliest first.
 *
 * @param position of the place among the tokens
 * @param logits of the whole vocabulary
 */
public record MaskGuess(int position, List<Candidate> candidates, float[] logits) {

    /**
     * One token that may stand there.
     *
     * @param token as it reads in a text
     */
    public record Candidate(int id, String token, double probability) {}

    static MaskGuess of(int position, float[] logits, int count, Tokenizer tokenizer) {
        double[] p = Classification.scores(Problem.ONE_LABEL, logits);
        List<Candidate> best = IntStream.range(0, p.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -p[i]))
                .limit(count)
                .map(i -> new Candidate(i, read(i, tokenizer), p[i]))
                .toList();
        return new MaskGuess(position, best, logits);
    }

    /** A token as it reads, or as the vocabulary spells what does not read as anything. */
    private static String read(int id, Tokenizer tokenizer) {
        if (id >= tokenizer.size()) {
            return "";
        }
        String text = tokenizer.decode(new int[] {id}, false).strip();
        return text.isEmpty() ? tokenizer.token(id) : text;
    }
}
