package io.jandaia.model;

import io.jandaia.model.arch.TaskSpec;
import io.jandaia.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The labels of a text's tokens, and what they come to.
 *
 * @param tokens the text as the model read it
 * @param labels of each token, the likeliest one
 * @param scores its probability
 * @param logits {@code [tokens, labels]}
 * @param entities words with one kind of label, joined; empty for tokens without a text
 */
public record TokenLabels(
        TextTokens tokens, List<String> labels, double[] scores, float[][] logits, List<Entity> entities) {

    /**
     * Neighbouring words of one kind. A word has the label of its first token.
     *
     * @param kind the label without the B- or I- before it
     * @param score the mean probability of its words' labels
     * @param start in the text, in code points
     * @param end likewise, exclusive
     */
    public record Entity(String kind, double score, int start, int end, String text) {}

    /** What stands where there is nothing to label. */
    private static final String OUTSIDE = "O";

    static TokenLabels of(
            TaskSpec task, TextTokens tokens, float[][] logits, Tokenizer tokenizer, @Nullable String text) {
        List<String> labels = new ArrayList<>();
        double[] scores = new double[logits.length];
        for (int i = 0; i < logits.length; i++) {
            Classification c = Classification.of(task, logits[i]);
            labels.add(c.label());
            scores[i] = c.score();
        }
        List<Entity> entities = text == null ? List.of() : entities(tokens, labels, scores, tokenizer, text);
        return new TokenLabels(tokens, List.copyOf(labels), scores, logits, entities);
    }

    private static List<Entity> entities(
            TextTokens tokens, List<String> labels, double[] scores, Tokenizer tokenizer, String text) {
        int[] points = text.codePoints().toArray();
        IntPredicate goesOn = continuation(tokens, tokenizer, points);
        List<Entity> out = new ArrayList<>();
        String kind = OUTSIDE;
        double sum = 0;
        int words = 0;
        int start = 0;
        int end = 0;
        boolean inWord = false;
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.starts()[i] == tokens.ends()[i]) {
                inWord = false; // the tokenizer's own
                continue;
            }
            if (inWord && goesOn.test(i)) {
                end = kind.equals(OUTSIDE) ? end : tokens.ends()[i];
                continue;
            }
            inWord = true;
            String label = labels.get(i);
            String next = kind(label);
            if (!next.equals(kind) || label.startsWith("B-")) {
                close(kind, sum / words, start, end, points, out);
                kind = next;
                sum = 0;
                words = 0;
                start = tokens.starts()[i];
            }
            end = tokens.ends()[i];
            sum += scores[i];
            words++;
        }
        close(kind, sum / words, start, end, points, out);
        return List.copyOf(out);
    }

    private static void close(String kind, double score, int start, int end, int[] points, List<Entity> out) {
        if (!kind.equals(OUTSIDE)) {
            out.add(new Entity(kind, score, start, end, new String(points, start, end - start)));
        }
    }

    private static String kind(String label) {
        return label.startsWith("B-") || label.startsWith("I-") ? label.substring(2) : label;
    }

    /** Whether a token goes on with the word before it: marked by ##, or where no token is, not after a space. */
    private static IntPredicate continuation(TextTokens tokens, Tokenizer tokenizer, int[] points) {
        boolean marked = tokenizer.continuesWithHashes();
        return i -> {
            int start = tokens.starts()[i];
            return marked
                    ? tokenizer.token(tokens.ids()[i]).startsWith("##")
                    : start > 0 && !Character.isWhitespace(points[start - 1]) && !Character.isWhitespace(points[start]);
        };
    }
}
