package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * One search for the pieces of a unigram model: seeds, then rounds of expectation, maximisation and pruning. Steps, constants
 * and the order of sums are those of the tokenizers library.
 */
final class UnigramPieces {

    /** Pieces that are expected less often go. */
    private static final double LEAST_EXPECTED = 0.5;

    private static final double UNKNOWN_PENALTY = 10;

    /** What required characters without a place of their own are told apart by. */
    private static final double PENALTY_STEP = 0.0001;

    private final UnigramTrainer.Options options;
    private final UnigramTrainer.Search search;
    private final TrainingProgress progress;

    /** The characters of the texts, ascending; character i has the number i + 1. */
    private final int[] characters;
    /** The words one after the other, as numbers of characters, a 0 behind each. */
    private final int[] text;

    private final int[] wordStarts;
    private final double[] wordCounts;

    /** Where a piece is in the text, and its length; piece 0 is the unknown one. */
    private int[] starts = new int[1 << 10];

    private int[] lengths = new int[1 << 10];
    private double[] scores = new double[1 << 10];
    private int size = 1;

    /** The pieces that are left, without the unknown one. Ties fall by this order. */
    private int[] order = {};

    private final Lattice lattice;

    UnigramPieces(WordCounts words, UnigramTrainer.Options options, TrainingProgress progress) {
        this.options = options;
        this.search = options.search();
        this.progress = progress;
        // Sorted, so that sums do not depend on the order of the texts.
        List<Map.Entry<String, long[]>> sorted = new ArrayList<>(words.counts().entrySet());
        sorted.sort(Map.Entry.comparingByKey());
        if (sorted.isEmpty()) {
            throw JandaiaException.usage("Training a tokenizer: the texts have no words; add some first.");
        }
        characters = sorted.stream()
                .flatMapToInt(entry -> entry.getKey().codePoints())
                .distinct()
                .sorted()
                .toArray();
        wordStarts = new int[sorted.size() + 1];
        wordCounts = new double[sorted.size()];
        int length = 0;
        for (int i = 0; i < wordCounts.length; i++) {
            String word = sorted.get(i).getKey();
            wordStarts[i] = length;
            wordCounts[i] = sorted.get(i).getValue()[0];
            length += word.codePointCount(0, word.length()) + 1;
        }
        wordStarts[wordCounts.length] = length;
        text = new int[length];
        int at = 0;
        for (Map.Entry<String, long[]> entry : sorted) {
            String word = entry.getKey();
            for (int i = 0; i < word.length(); ) {
                int c = word.codePointAt(i);
                i += Character.charCount(c);
                // The reference separates words by U+0000, so that this character is in no piece.
                text[at++] = c == 0 ? 0 : Arrays.binarySearch(characters, c) + 1;
            }
            at++;
        }
        lattice = new Lattice(text);
    }

    /** The pieces with their scores, best first. */
    Map<String, Double> learn() {
        Set<Integer> required = required();
        seed();
        int wanted = (int) (options.vocabularySize() * 11L / 10);
        int done = 0;
        int total = rounds(wanted) * search.iterations();
        Trie trie = trie();
        while (true) {
            for (int i = 0; i < search.iterations(); i++) {
                progress.at(TrainingProgress.Stage.ITERATIONS, Math.min(done++, total - 1), total);
                lattice.use(trie, scores, leastScore() - UNKNOWN_PENALTY);
                maximize(expect());
            }
            if (order.length + 1 <= wanted) break;
            int before = order.length;
            lattice.use(trie, scores, leastScore() - UNKNOWN_PENALTY);
            prune(wanted);
            if (order.length == before) break;
            trie = trie();
        }
        progress.at(TrainingProgress.Stage.ITERATIONS, total, total);
        return choose(required);
    }

    /** How many rounds the pieces will need. */
    private int rounds(int wanted) {
        return Math.max(0, (int) ((Math.log(wanted) - Math.log(size)) / Math.log(search.shrinkingFactor()))) + 1;
    }

    private Set<Integer> required() {
        Set<Integer> required = new TreeSet<>();
        for (int c : characters) required.add(c);
        for (int c : UnigramTrainer.alphabet(options)) required.add(c);
        if (required.size() > room()) {
            throw JandaiaException.usage("Training a tokenizer: the texts have " + required.size()
                    + " characters, which all become tokens, and the vocabulary of " + options.vocabularySize()
                    + " has room for " + room() + "; make it larger or leave rare characters out of the texts.");
        }
        return required;
    }

    /** Tokens of the vocabulary that are neither special nor bytes. */
    private int room() {
        return options.vocabularySize() - options.special().tokens().size() - (options.byteFallback() ? 256 : 0);
    }

    /** The characters by falling count, of equal counts the greater first; then the substrings by count times length. */
    private void seed() {
        progress.at(TrainingProgress.Stage.SEEDS, 0, text.length);
        long[] counts = new long[characters.length + 1];
        int[] places = new int[characters.length + 1];
        for (int word = 0; word < wordCounts.length; word++) {
            for (int i = wordStarts[word]; i < wordStarts[word + 1] - 1; i++) {
                counts[text[i]] += (long) wordCounts[word];
                places[text[i]] = i;
            }
        }
        List<Integer> byCount = new ArrayList<>();
        for (int c = characters.length; c > 0; c--) if (counts[c] > 0) byCount.add(c);
        byCount.sort((a, b) -> Long.compare(counts[b], counts[a]));
        for (int c : byCount) add(places[c], 1, counts[c]);
        RepeatedSubstrings.visit(text, characters.length + 1, search.maxPieceLength(), (from, length, score) -> {
            add(from, length, score);
            return size - 1 < search.seeds();
        });
        order = new int[size - 1];
        double sum = 0;
        for (int piece = 1; piece < size; piece++) {
            order[piece - 1] = piece;
            sum += scores[piece];
        }
        double log = StrictMath.log(sum);
        for (int piece : order) scores[piece] = StrictMath.log(scores[piece]) - log;
        scores[Lattice.UNKNOWN] = Double.NaN;
        progress.at(TrainingProgress.Stage.SEEDS, text.length, text.length);
    }

    private void add(int start, int length, long score) {
        if (size == starts.length) {
            starts = Arrays.copyOf(starts, 2 * size);
            lengths = Arrays.copyOf(lengths, 2 * size);
            scores = Arrays.copyOf(scores, 2 * size);
        }
        starts[size] = start;
        lengths[size] = length;
        scores[size++] = (double) score;
    }

    private Trie trie() {
        var trie = new Trie(4 * order.length);
        for (int piece : order) trie.put(text, starts[piece], starts[piece] + lengths[piece], piece);
        return trie;
    }

    private double leastScore() {
        double least = Double.POSITIVE_INFINITY;
        for (int piece : order) least = Math.min(least, scores[piece]);
        return least;
    }

    /** The E step: how often each piece is expected over all ways to cut all words. */
    private double[] expect() {
        double[] expected = new double[size];
        for (int word = 0; word < wordCounts.length; word++) {
            if ((word & 0x3FF) == 0) WordCounts.checkInterrupted();
            lattice.fill(wordStarts[word], wordStarts[word + 1] - 1);
            lattice.addExpected(wordCounts[word], expected);
        }
        return expected;
    }

    /** The M step under a sparse prior (Liang and Klein, 2007): exp(digamma(x)) in the place of x. */
    private void maximize(double[] expected) {
        double sum = 0;
        int kept = 0;
        for (int piece : order) {
            if (expected[piece] < LEAST_EXPECTED) {
                scores[piece] = Double.NaN;
            } else {
                sum += expected[piece];
                order[kept++] = piece;
            }
        }
        order = Arrays.copyOf(order, kept);
        double log = digamma(sum);
        for (int piece : order) scores[piece] = digamma(expected[piece]) - log;
    }

    /** The derivative of log gamma: its recurrence up to 7, then the asymptotic series around x - 1/2. */
    static double digamma(double x) {
        double result = 0;
        double at = x;
        for (; at < 7; at++) result -= 1 / at;
        at -= 1.0 / 2;
        double inverse = 1 / at;
        double two = inverse * inverse;
        double four = two * two;
        return result
                + (StrictMath.log(at)
                        + (1.0 / 24) * two
                        - 7.0 / 960 * four
                        + (31.0 / 8064) * four * two
                        - (127.0 / 30720) * four * four);
    }

    /** A piece and by how much the texts become less likely without it. */
    private record Candidate(int piece, double loss) {}

    /**
     * Leaves the part of the pieces that the shrinking factor says, those whose loss is greatest. The loss is estimated: in the
     * best paths of all words, every occurrence of a piece gives way to the second best path of the piece itself.
     */
    private void prune(int wanted) {
        double[] frequencies = new double[size];
        double words = 0;
        for (int word = 0; word < wordCounts.length; word++) {
            if ((word & 0x3FF) == 0) WordCounts.checkInterrupted();
            lattice.fill(wordStarts[word], wordStarts[word + 1] - 1);
            lattice.addBest(wordCounts[word], frequencies);
            words += wordCounts[word];
        }
        double sum = frequencies[Lattice.UNKNOWN];
        for (int piece : order) sum += frequencies[piece];
        double log = StrictMath.log(sum);
        int[] kept = new int[order.length];
        int n = 0;
        List<Candidate> candidates = new ArrayList<>();
        int[] second = new int[search.maxPieceLength()];
        int looked = 0;
        for (int piece : order) {
            if ((looked++ & 0x3FF) == 0) WordCounts.checkInterrupted();
            double frequency = frequencies[piece];
            if (lengths[piece] > 1 && frequency == 0) continue;
            int alternatives = 0;
            if (lengths[piece] > 1) {
                lattice.fill(starts[piece], starts[piece] + lengths[piece]);
                alternatives = lattice.second(second);
            }
            if (alternatives == 0) {
                kept[n++] = piece;
                continue;
            }
            double logWith = StrictMath.log(frequency) - log;
            // Exact would be the number of alternatives less one. The reference has the number of pieces here, as early
            // versions of SentencePiece had, which favours long second paths less; it decides which pieces stay.
            double logSum = StrictMath.log(sum + frequency * order.length);
            double logWithout = 0;
            for (int i = 0; i < alternatives; i++) {
                logWithout += StrictMath.log(frequencies[second[i]] + frequency) - logSum;
            }
            candidates.add(new Candidate(piece, frequency / words * (logWith - logWithout)));
        }
        candidates.sort((a, b) -> a.loss > b.loss ? -1 : a.loss < b.loss ? 1 : 0);
        // Counted with the unknown piece, as the reference does.
        int left = Math.max(wanted, (int) ((order.length + 1) * search.shrinkingFactor())) - 1;
        for (Candidate one : candidates) {
            if (n >= left) break;
            kept[n++] = one.piece;
        }
        order = Arrays.copyOf(kept, n);
    }

    /** The required characters and then the pieces in their order, as many as there is room for; sorted by score. */
    private Map<String, Double> choose(Set<Integer> required) {
        Map<String, Double> scored = new LinkedHashMap<>();
        for (int piece : order) scored.put(spell(piece), scores[piece]);
        Set<String> reserved = UnigramTrainer.reserved(options);
        Map<String, Double> chosen = new LinkedHashMap<>();
        double least = leastScore();
        double penalty = 0;
        for (int c : required) {
            String character = Character.toString(c);
            if (reserved.contains(character)) continue;
            Double known = scored.get(character);
            if (known == null) {
                known = least + penalty;
                penalty += PENALTY_STEP;
            }
            chosen.put(character, known);
        }
        int room = room();
        for (Map.Entry<String, Double> one : scored.entrySet()) {
            if (chosen.size() >= room) break;
            if (!reserved.contains(one.getKey())) chosen.putIfAbsent(one.getKey(), one.getValue());
        }
        List<Map.Entry<String, Double>> entries = new ArrayList<>(chosen.entrySet());
        entries.sort((a, b) -> Double.compare(b.getValue(), a.getValue()));
        Map<String, Double> result = new LinkedHashMap<>();
        for (Map.Entry<String, Double> entry : entries) result.put(entry.getKey(), entry.getValue());
        return result;
    }

    private String spell(int piece) {
        var spelled = new StringBuilder();
        for (int i = 0; i < lengths[piece]; i++) spelled.appendCodePoint(characters[text[starts[piece] + i] - 1]);
        return spelled.toString();
    }
}
