package io.jandaia.model.tokenizer;

import java.util.Arrays;

/**
 * The unigram language model of SentencePiece (Kudo, 2018): of all ways to cut a piece into tokens the one of the highest
 * sum of scores, found from left to right. A character that no single token covers may be the unknown token, scored ten
 * below the worst; neighbouring unknown characters are one token, or their bytes where the vocabulary has them all.
 */
final class Unigram implements Model {

    private static final double UNKNOWN_PENALTY = 10;

    private final Vocabulary vocabulary;
    private final double[] scores;
    private final int unknown;
    private final double unknownScore;
    private final int[] byteIds = new int[256];
    private final boolean byteFallback;
    private final boolean single;
    private final Trie trie;
    private final PieceCache cache = new PieceCache();

    /**
     * @param scores by id
     * @param usable which tokens text may become, by id
     * @param unknown the id for what has no token
     * @param byteFallback whether unknown characters become their bytes' tokens
     * @param single whether sums are kept in single precision, as the SentencePiece library does; decides ties
     */
    Unigram(
            Vocabulary vocabulary,
            double[] scores,
            boolean[] usable,
            int unknown,
            boolean byteFallback,
            boolean single) {
        this.single = single;
        this.vocabulary = vocabulary;
        this.scores = scores;
        this.unknown = unknown;
        this.byteFallback = byteFallback;
        double least = Double.POSITIVE_INFINITY;
        trie = new Trie(vocabulary.size());
        for (int id = 0; id < vocabulary.size(); id++) {
            String token = vocabulary.token(id);
            if (token == null || !usable[id]) continue;
            least = Math.min(least, scores[id]);
            if (!token.isEmpty()) trie.put(token, id);
        }
        unknownScore = least - UNKNOWN_PENALTY;
        for (int b = 0; b < 256; b++) byteIds[b] = vocabulary.id(Bpe.byteToken(b));
    }

    double[] scores() {
        return scores;
    }

    int unknown() {
        return unknown;
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public void tokenize(String text, int from, int to, Tokens out) {
        if (to - from > PieceCache.MAX_LENGTH) {
            bestPath(text, from, to, out);
            return;
        }
        int hash = PieceCache.hash(text, from, to);
        PieceCache.Entry entry = cache.get(hash, text, from, to);
        if (entry != null) {
            entry.addTo(out, 0);
            return;
        }
        int first = out.size;
        bestPath(text, from, to, out);
        cache.put(hash, text.substring(from, to), out, first, 0);
    }

    private void bestPath(String text, int from, int to, Tokens out) {
        int n = to - from;
        double[] best = new double[n + 1];
        int[] starts = new int[n + 1];
        int[] ids = new int[n + 1];
        Arrays.fill(starts, -1);
        for (int at = 0; at < n; ) {
            double here = best[at];
            int width = Character.charCount(text.codePointAt(from + at));
            boolean covered = false;
            int node = Trie.ROOT;
            for (int end = at; end < n; ) {
                node = trie.child(node, text.charAt(from + end++));
                if (node < 0) break;
                int id = trie.value(node);
                if (id < 0) continue;
                double score = rounded(here + scores[id]);
                if (starts[end] < 0 || score > best[end]) {
                    best[end] = score;
                    starts[end] = at;
                    ids[end] = id;
                }
                covered |= end - at == width;
            }
            if (!covered) {
                int end = at + width;
                double score = rounded(here + unknownScore);
                if (starts[end] < 0 || score > best[end]) {
                    best[end] = score;
                    starts[end] = at;
                    ids[end] = unknown;
                }
            }
            at += width;
        }
        // Backwards through the best path, writing it from the end of the same arrays.
        int first = n + 1;
        for (int end = n; end > 0; ) {
            int start = starts[end];
            int id = ids[end];
            while (id == unknown && start > 0 && ids[start] == unknown) start = starts[start];
            first--;
            ids[first] = id;
            int next = start;
            starts[first] = end;
            end = next;
        }
        int bytes = 0;
        int start = 0;
        for (int i = first; i <= n; i++) {
            int end = starts[i];
            int length = Utf8.length(text, from + start, from + end);
            if (ids[i] != unknown || !addBytes(text, from + start, from + end, bytes, length, out)) {
                out.add(ids[i], bytes, bytes + length);
            }
            bytes += length;
            start = end;
        }
    }

    private double rounded(double score) {
        return single ? (float) score : score;
    }

    private boolean addBytes(String text, int from, int to, int bytes, int length, Tokens out) {
        if (!byteFallback) return false;
        int before = out.size;
        for (int i = from; i < to; ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            for (int k = 0; k < Utf8.length(c); k++) {
                int id = byteIds[Utf8.byteAt(c, k)];
                if (id < 0) {
                    out.size = before;
                    return false;
                }
                out.add(id, bytes, bytes + length);
            }
        }
        return true;
    }
}
