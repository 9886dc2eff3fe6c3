package io.jandaia.model.grammar;

import io.jandaia.model.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A tokenizer's tokens beside the grammars that were used last. Made when it is first needed. */
public final class Vocabulary {

    private static final int MOST_GRAMMARS = 16;

    private final Tokenizer tokenizer;
    private @Nullable TokenTree tree;
    private final Map<Grammar, TokenAutomaton> automata = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Grammar, TokenAutomaton> eldest) {
            return size() > MOST_GRAMMARS;
        }
    };

    public Vocabulary(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** What is known about a grammar. */
    public synchronized TokenAutomaton automaton(Grammar grammar) {
        TokenTree t = tree;
        if (t == null) {
            t = TokenTree.of(tokenizer);
            tree = t;
        }
        TokenTree all = t;
        return automata.computeIfAbsent(grammar, g -> new TokenAutomaton(g, all));
    }
}
