package io.jandaia.model.grammar;

import io.jandaia.model.tokenizer.Tokenizer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** A tokenizer's tokens beside the grammars that were used last. Made when it is first needed. */
public final class Vocabulary {

    private static final int MOST_GRAMMARS = 16;

    private final Tokenizer tokenizer;
    private final Map<Set<Integer>, TokenTree> trees = new HashMap<>();
    private final Map<Key, TokenAutomaton> automata = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, TokenAutomaton> eldest) {
            return size() > MOST_GRAMMARS;
        }
    };

    private record Key(Grammar grammar, Set<Integer> shown) {}

    public Vocabulary(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * What is known about a grammar.
     *
     * @param shown special tokens that are a part of the text; of one model there are few such sets
     */
    public synchronized TokenAutomaton automaton(Grammar grammar, Set<Integer> shown) {
        TokenTree all = trees.computeIfAbsent(shown, s -> TokenTree.of(tokenizer, s));
        return automata.computeIfAbsent(new Key(grammar, shown), k -> new TokenAutomaton(grammar, all));
    }
}
