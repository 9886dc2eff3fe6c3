package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The special tokens of a tokenizer to be trained: they get the first ids, in this order.
 *
 * @param bos which of them begins a text, or null
 * @param eos which of them ends a text, or null
 * @param pad which of them fills up, or null
 */
public record SpecialTokens(
        List<String> tokens,
        @Nullable String bos,
        @Nullable String eos,
        @Nullable String pad) {

    public static final SpecialTokens NONE = new SpecialTokens(List.of(), null, null, null);

    /**
     * Checks the tokens.
     *
     * @throws JandaiaException USAGE for a token that is empty or comes twice, or a role of a token that is not there
     */
    public SpecialTokens {
        tokens = List.copyOf(tokens);
        Set<String> seen = new HashSet<>();
        for (String token : tokens) {
            if (token.isEmpty() || !seen.add(token)) {
                throw JandaiaException.usage("Training a tokenizer: the special token '" + token
                        + "' is empty or named twice; name every one once.");
            }
            if (token.codePoints().anyMatch(c -> c >= 0xD800 && c <= 0xDFFF)) {
                throw JandaiaException.usage("Training a tokenizer: special token " + tokens.indexOf(token)
                        + " has an unpaired surrogate, which no file can hold.");
            }
        }
        check(seen, "bos", bos);
        check(seen, "eos", eos);
        check(seen, "pad", pad);
    }

    private static void check(Set<String> tokens, String role, @Nullable String token) {
        if (token != null && !tokens.contains(token)) {
            throw JandaiaException.usage("Training a tokenizer: the " + role + " token '" + token
                    + "' is not among the special tokens; add it to them.");
        }
    }

    public static SpecialTokens of(String... tokens) {
        return new SpecialTokens(List.of(tokens), null, null, null);
    }

    /** With a token that begins a text; put to the end where it is new. */
    public SpecialTokens withBos(String token) {
        return new SpecialTokens(with(token), token, eos, pad);
    }

    /** With a token that ends a text; put to the end where it is new. */
    public SpecialTokens withEos(String token) {
        return new SpecialTokens(with(token), bos, token, pad);
    }

    /** With a token that fills up; put to the end where it is new. */
    public SpecialTokens withPad(String token) {
        return new SpecialTokens(with(token), bos, eos, token);
    }

    /** The id that a token gets, -1 for null. */
    int id(@Nullable String token) {
        return token == null ? -1 : tokens.indexOf(token);
    }

    private List<String> with(String token) {
        if (tokens.contains(token)) return tokens;
        List<String> more = new ArrayList<>(tokens);
        more.add(token);
        return more;
    }
}
