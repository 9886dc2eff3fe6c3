package io.jandaia.model;

import io.jandaia.model.sampling.Dry;
import io.jandaia.model.tokenizer.EncodeOptions;
import io.jandaia.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Texts of the caller as sequences of token ids: what is banned, and what ends a repetition. */
final class TokenTexts {

    /** Tokens of the rest of a breaker that count, as in llama.cpp. */
    private static final int MOST_TAIL = 20;

    private final Tokenizer tokenizer;
    private final Map<List<String>, Dry.Breakers> known = new ConcurrentHashMap<>();

    TokenTexts(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** Each text as it begins a text and as it follows a space, which most tokenizers write differently. */
    List<List<Integer>> banned(List<String> texts) {
        Set<List<Integer>> out = new LinkedHashSet<>();
        for (String text : texts) {
            for (String form : List.of(text, " " + text.stripLeading())) {
                List<Integer> ids = Arrays.stream(encode(form)).boxed().toList();
                if (!ids.isEmpty()) {
                    out.add(ids);
                }
            }
        }
        return List.copyOf(out);
    }

    private int[] encode(String text) {
        return tokenizer.encode(text, EncodeOptions.PLAIN).ids();
    }

    /** Looks through the vocabulary once for each list of texts. */
    Dry.Breakers breakers(List<String> texts) {
        return known.computeIfAbsent(texts, this::find);
    }

    /**
     * Tokens that hold a breaker, or end with its beginning: then the rest must follow (as in llama.cpp, after pi6am's
     * implementation in KoboldCpp).
     */
    private Dry.Breakers find(List<String> texts) {
        Map<Integer, List<int[]>> tails = new HashMap<>();
        for (int id = 0; id < tokenizer.size(); id++) {
            String word = tokenizer.decode(new int[] {id}, false);
            for (String text : texts) {
                if (word.contains(text)) {
                    add(tails, id, new int[0]);
                    continue;
                }
                for (int n = 1; n < text.length(); n++) {
                    if (word.endsWith(text.substring(0, n))) {
                        int[] rest = encode(text.substring(n));
                        add(tails, id, Arrays.copyOf(rest, Math.min(rest.length, MOST_TAIL)));
                    }
                }
            }
        }
        return new Dry.Breakers(Map.copyOf(tails));
    }

    private static void add(Map<Integer, List<int[]>> tails, int id, int[] tail) {
        List<int[]> own = tails.computeIfAbsent(id, k -> new ArrayList<>());
        if (own.stream().noneMatch(t -> Arrays.equals(t, tail))) {
            own.add(tail);
        }
    }
}
