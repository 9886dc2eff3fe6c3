package io.jandaia.model.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

/** Grammars beside a vocabulary of the 256 bytes. */
final class Bytes {

    private static final TokenTree TREE = tree();

    private Bytes() {}

    private static TokenTree tree() {
        byte[][] texts = new byte[256][];
        for (int b = 0; b < 256; b++) {
            texts[b] = new byte[] {(byte) b};
        }
        return TokenTree.of(texts);
    }

    static TokenAutomaton automaton(Grammar g) {
        return new TokenAutomaton(g, TREE);
    }

    static boolean fits(TokenAutomaton a, String text) {
        TokenAutomaton.State s = a.next(a.start(), text.getBytes(StandardCharsets.UTF_8));
        return s != null && s.accepts();
    }

    static boolean fits(Grammar g, String text) {
        return fits(automaton(g), text);
    }

    /** A text of a grammar: wild for some bytes, then the shortest way to an end. */
    static String write(TokenAutomaton a, SplittableRandom random, int wild) {
        TokenAutomaton.State s = a.start();
        byte[] out = new byte[1 << 20];
        int n = 0;
        while (n < wild && !s.complete() && !(s.accepts() && random.nextInt(20) == 0)) {
            List<Integer> able = new ArrayList<>();
            for (int b = 0; b < 256; b++) {
                if (a.next(s, b) != null) {
                    able.add(b);
                }
            }
            int b = able.get(random.nextInt(able.size()));
            s = Objects.requireNonNull(a.next(s, b));
            out[n++] = (byte) b;
        }
        while (s.least() > 0) {
            int b = a.closing(s);
            s = Objects.requireNonNull(a.next(s, b));
            out[n++] = (byte) b;
        }
        return new String(out, 0, n, StandardCharsets.UTF_8);
    }
}
