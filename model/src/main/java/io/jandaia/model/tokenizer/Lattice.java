package io.jandaia.model.tokenizer;

import java.util.Arrays;

/**
 * All ways to cut a word into pieces, for training a unigram model: a node is a piece at a place. Made once and filled again
 * for every word; sums are added in the order of the tokenizers library, so that ties fall as they do there.
 */
final class Lattice {

    /** The piece that stands for a character without one of its own. */
    static final int UNKNOWN = 0;

    /** The node before the first character. */
    private static final int START = -1;

    private final int[] text;
    private Trie trie = new Trie(8);
    private double[] scores = {};
    private double unknownScore;

    private int length;
    private int nodes;
    private int[] begins = new int[64];
    private int[] ends = new int[64];
    private int[] pieces = new int[64];
    private double[] nodeScores = new double[64];
    /** The next node with the same end. */
    private int[] following = new int[64];
    /** The best sum of scores up to and with a node, and the node before it there. */
    private double[] best = new double[64];

    private int[] previous = new int[64];

    /** By place in the word: the first node that begins there, the first and the last that end there. */
    private int[] firstBeginning = new int[32];

    private int[] firstEnding = new int[32];
    private int[] lastEnding = new int[32];
    /** The logarithm of the sum over all ways to a place, and from it to the end. */
    private double[] before = new double[32];

    private double[] after = new double[32];

    private final Agenda agenda = new Agenda();

    /** @param text the characters of all words as numbers */
    Lattice(int[] text) {
        this.text = text;
    }

    /**
     * Takes another model.
     *
     * @param trie the pieces by their characters
     * @param scores by piece; NaN for one that is no more
     * @param unknownScore of a character without a piece
     */
    void use(Trie trie, double[] scores, double unknownScore) {
        this.trie = trie;
        this.scores = scores;
        this.unknownScore = unknownScore;
    }

    /** Fills the lattice with the pieces in a part of the text. */
    void fill(int from, int to) {
        length = to - from;
        nodes = 0;
        if (length + 2 > before.length) growPlaces();
        Arrays.fill(firstEnding, 0, length + 1, -1);
        for (int at = 0; at < length; at++) {
            firstBeginning[at] = nodes;
            boolean covered = false;
            int node = Trie.ROOT;
            for (int end = at; end < length; ) {
                node = trie.child(node, text[from + end++]);
                if (node < 0) break;
                int piece = trie.value(node);
                if (piece < 0 || Double.isNaN(scores[piece])) continue;
                add(at, end, piece, scores[piece]);
                covered |= end == at + 1;
            }
            if (!covered) add(at, at + 1, UNKNOWN, unknownScore);
        }
        firstBeginning[length] = nodes;
    }

    private void add(int begin, int end, int piece, double score) {
        if (nodes == begins.length) growNodes();
        int node = nodes++;
        begins[node] = begin;
        ends[node] = end;
        pieces[node] = piece;
        nodeScores[node] = score;
        following[node] = -1;
        if (firstEnding[end] < 0) firstEnding[end] = node;
        else following[lastEnding[end]] = node;
        lastEnding[end] = node;
    }

    private void growNodes() {
        int size = 2 * nodes;
        begins = Arrays.copyOf(begins, size);
        ends = Arrays.copyOf(ends, size);
        pieces = Arrays.copyOf(pieces, size);
        nodeScores = Arrays.copyOf(nodeScores, size);
        following = Arrays.copyOf(following, size);
        best = Arrays.copyOf(best, size);
        previous = Arrays.copyOf(previous, size);
    }

    private void growPlaces() {
        int size = 2 * (length + 2);
        firstBeginning = new int[size];
        firstEnding = new int[size];
        lastEnding = new int[size];
        before = new double[size];
        after = new double[size];
    }

    /** Adds to every piece how often it is expected in this word, which came {@code count} times: forward-backward. */
    void addExpected(double count, double[] expected) {
        before[0] = 0;
        for (int at = 1; at <= length; at++) {
            double sum = 0;
            for (int node = firstEnding[at]; node >= 0; node = following[node]) {
                double one = nodeScores[node] + before[begins[node]];
                sum = node == firstEnding[at] ? one : logSum(sum, one);
            }
            before[at] = sum;
        }
        after[length] = 0;
        for (int at = length - 1; at >= 0; at--) {
            double sum = 0;
            for (int node = firstBeginning[at]; node < firstBeginning[at + 1]; node++) {
                double one = nodeScores[node] + after[ends[node]];
                sum = node == firstBeginning[at] ? one : logSum(sum, one);
            }
            after[at] = sum;
        }
        double all = before[length];
        for (int node = 0; node < nodes; node++) {
            double log = before[begins[node]] + nodeScores[node] + after[ends[node]] - all;
            expected[pieces[node]] += count * StrictMath.exp(log);
        }
    }

    /** log(exp(a) + exp(b)). */
    private static double logSum(double a, double b) {
        double least = a > b ? b : a;
        double most = a > b ? a : b;
        return most > least + 50 ? most : most + StrictMath.log(StrictMath.exp(least - most) + 1);
    }

    /** Finds the best way to every node. */
    private void search() {
        for (int at = 0; at < length; at++) {
            double most = at == 0 ? 0 : mostEnding(at);
            for (int node = firstBeginning[at]; node < firstBeginning[at + 1]; node++) {
                best[node] = most + nodeScores[node];
                previous[node] = at == 0 ? START : firstLeading(at, nodeScores[node], best[node]);
            }
        }
    }

    private double mostEnding(int at) {
        double most = Double.NEGATIVE_INFINITY;
        for (int node = firstEnding[at]; node >= 0; node = following[node]) most = Math.max(most, best[node]);
        return most;
    }

    /** The first node that leads to a sum: rounding may make the sum of a better one equal to it. */
    private int firstLeading(int at, double score, double sum) {
        int node = firstEnding[at];
        while (following[node] >= 0 && best[node] + score != sum) node = following[node];
        return node;
    }

    /** Adds {@code count} to every piece on the best path, for each time it is there; the number of pieces on it. */
    void addBest(double count, double[] frequencies) {
        search();
        for (int node = firstLeading(length, 0, mostEnding(length)); node != START; node = previous[node]) {
            frequencies[pieces[node]] += count;
        }
    }

    /**
     * Where the best path is one piece: the pieces of the second best path, into {@code out}.
     *
     * @return their number, or 0 where the best path is several pieces or there is no other
     */
    int second(int[] out) {
        search();
        int first = agenda.next(true);
        if (first < 0 || agenda.pieces(first, out) > 1) return 0;
        int second = agenda.next(false);
        return second < 0 ? 0 : agenda.pieces(second, out);
    }

    /**
     * Partial paths from the end backwards, the most promising first (A*, whose estimate {@link #search} has made exact). Of
     * equally good ones the order is that of the quaternary heap in the tokenizers library, where a later one counts as
     * greater.
     */
    private final class Agenda {

        private static final int ARITY = 4;
        private static final int FULL = 100_000;
        private static final int KEPT = 20;

        /** A partial path: its first node, the path it was made from, the sum of its scores, and that with the best rest. */
        private int[] node = new int[64];

        private int[] next = new int[64];
        private double[] sums = new double[64];
        private double[] hopes = new double[64];
        private int paths;

        private int[] heap = new int[64];
        private int size;

        /** The next complete path, or -1. */
        int next(boolean anew) {
            if (anew) {
                paths = 0;
                size = 0;
                extend(-1, length);
            }
            while (size > 0) {
                int path = pop();
                if (node[path] == START) return path;
                extend(path, begins[node[path]]);
                if (size > FULL) shrink();
            }
            return -1;
        }

        /** Puts every node that ends at a place before a path. */
        private void extend(int path, int at) {
            double sum = path < 0 ? 0 : sums[path];
            if (at == 0) {
                push(add(START, path, sum, sum));
                return;
            }
            for (int one = firstEnding[at]; one >= 0; one = following[one]) {
                push(add(one, path, nodeScores[one] + sum, best[one] + sum));
            }
        }

        private int add(int first, int path, double sum, double hope) {
            if (paths == node.length) {
                node = Arrays.copyOf(node, 2 * paths);
                next = Arrays.copyOf(next, 2 * paths);
                sums = Arrays.copyOf(sums, 2 * paths);
                hopes = Arrays.copyOf(hopes, 2 * paths);
            }
            node[paths] = first;
            next[paths] = path;
            sums[paths] = sum;
            hopes[paths] = hope;
            return paths++;
        }

        int pieces(int path, int[] out) {
            int n = 0;
            for (int p = next[path]; p >= 0; p = next[p]) out[n++] = pieces[node[p]];
            return n;
        }

        private void shrink() {
            int[] kept = new int[KEPT];
            for (int i = 0; i < KEPT; i++) kept[i] = pop();
            size = 0;
            for (int path : kept) push(path);
        }

        private void push(int path) {
            if (size == heap.length) heap = Arrays.copyOf(heap, 2 * size);
            heap[size++] = path;
            up(size - 1);
        }

        private int pop() {
            int top = heap[0];
            int last = heap[--size];
            if (size > 0) {
                heap[0] = last;
                down();
            }
            return top;
        }

        private void up(int at) {
            int path = heap[at];
            while (at > 0) {
                int parent = (at - 1) / ARITY;
                if (hopes[path] < hopes[heap[parent]]) break;
                heap[at] = heap[parent];
                at = parent;
            }
            heap[at] = path;
        }

        /** Takes the top down to a leaf past the greatest children, then up again. */
        private void down() {
            int path = heap[0];
            int at = 0;
            int child = 1;
            while (child + ARITY <= size) {
                child = greater(greater(child, child + 1), greater(child + 2, child + 3));
                heap[at] = heap[child];
                at = child;
                child = ARITY * at + 1;
            }
            if (child < size) {
                for (int other = child + 1; other < size; other++) child = greater(child, other);
                heap[at] = heap[child];
                at = child;
            }
            heap[at] = path;
            up(at);
        }

        private int greater(int a, int b) {
            return hopes[heap[a]] < hopes[heap[b]] ? b : a;
        }
    }
}
