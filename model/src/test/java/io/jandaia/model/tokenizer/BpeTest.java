package io.jandaia.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BpeTest {

    private static final Bpe.Options PLAIN = new Bpe.Options(-1, false, false, "", "", Bpe.Whole.NONE);

    /** The definition, word for word: while any pair is in the table, join the one of least rank, leftmost first. */
    private static List<String> merged(String text, Map<String, Integer> ranks) {
        List<String> symbols = new ArrayList<>();
        text.codePoints().forEach(c -> symbols.add(Character.toString(c)));
        while (true) {
            int best = -1;
            int least = Integer.MAX_VALUE;
            for (int i = 0; i + 1 < symbols.size(); i++) {
                int rank = ranks.getOrDefault(symbols.get(i) + " " + symbols.get(i + 1), Integer.MAX_VALUE);
                if (rank < least) {
                    least = rank;
                    best = i;
                }
            }
            if (best < 0) return symbols;
            symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
        }
    }

    @Test
    void mergesShortAndLongPiecesAsDefined() {
        long seed = 31;
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            Set<String> tokens = new LinkedHashSet<>(List.of("a", "b", "c"));
            List<String> parts = new ArrayList<>();
            Map<String, Integer> ranks = new HashMap<>();
            while (tokens.size() < 25) {
                List<String> known = List.copyOf(tokens);
                String left = known.get(random.nextInt(known.size()));
                String right = known.get(random.nextInt(known.size()));
                if (ranks.putIfAbsent(left + " " + right, parts.size() / 2) != null) continue;
                parts.addAll(List.of(left, right));
                tokens.add(left + right);
            }
            Vocabulary vocabulary = Vocabulary.of(tokens.toArray(String[]::new));
            var bpe = new Bpe(vocabulary, ModelJson.mergeTable(vocabulary, parts, "", "a test"), PLAIN, false);
            int length = 1 + random.nextInt(300);
            var text = new StringBuilder();
            while (text.length() < length) text.append("abc".charAt(random.nextInt(3)));
            var out = new Tokens();
            bpe.tokenize(text.toString(), 0, text.length(), out);
            assertThat(Arrays.stream(out.ids, 0, out.size)
                            .mapToObj(vocabulary::token)
                            .toList())
                    .isEqualTo(merged(text.toString(), ranks));
            assertThat(out.ends[out.size - 1]).isEqualTo(text.length());
        }
    }

    @Test
    void scoresRankTheMergesOfSentencePiece() {
        Vocabulary vocabulary = Vocabulary.of(new String[] {"a", "b", "ab", "bb", "abb"});
        MergeTable merges = ScoredMerges.table(vocabulary, new double[] {0, 0, -2, -1, -3}, id -> true);
        var bpe = new Bpe(vocabulary, merges, PLAIN, false);
        var out = new Tokens();
        bpe.tokenize("abb", 0, 3, out);
        // "bb" scores above "ab", and "a" with "bb" makes "abb".
        assertThat(Arrays.copyOf(out.ids, out.size)).containsExactly(4);
        out.size = 0;
        bpe.tokenize("bab", 0, 3, out);
        assertThat(Arrays.copyOf(out.ids, out.size)).containsExactly(1, 2);
    }
}
