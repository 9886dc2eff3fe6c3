package io.jandaia.model.tokenizer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds added tokens in a text: from the left, the longest that is allowed. */
final class AddedTokens {

    /** Which tokens may be recognised where. */
    interface Permission {
        /** Whether a token may be recognised in this range of the input. */
        boolean allows(AddedToken token, int from, int to);
    }

    /** One stretch of a text: an added token, or text for the model when {@code token} is null. */
    record Section(Text text, @Nullable AddedToken token) {}

    private final Map<Integer, AddedToken> byId = new HashMap<>();
    private final Map<String, Integer> ids = new HashMap<>();
    /** What the reference decodes instead of the content: the content as the normaliser leaves it. */
    private final Map<Integer, String> decoded = new HashMap<>();

    private final Index raw = new Index();
    private final Index normalized = new Index();

    AddedTokens(List<AddedToken> tokens, TextNormalizer normalizer) {
        for (AddedToken token : tokens) {
            byId.put(token.id(), token);
            ids.put(token.content(), token.id());
        }
        long before = 0;
        long after = 0;
        for (AddedToken token : byId.values()) {
            if (token.content().isEmpty()) continue;
            if (!token.normalized()) {
                raw.put(token.content(), token);
                continue;
            }
            String content = normalizer.normalize(new Text(token.content(), 0)).chars();
            before += token.content().length();
            after += content.length();
            Growth.check("Normalising added tokens", after, before);
            if (!content.equals(token.content())) decoded.put(token.id(), content);
            if (!content.isEmpty()) normalized.put(content, token);
        }
    }

    @Nullable
    AddedToken byId(int id) {
        return byId.get(id);
    }

    /** The id of an added token, or -1. */
    int id(String content) {
        return ids.getOrDefault(content, -1);
    }

    /** How the token is written for a decoder, or null if it is not an added one. */
    @Nullable
    String decoded(int id) {
        AddedToken token = byId.get(id);
        return token == null ? null : decoded.getOrDefault(id, token.content());
    }

    int maxId() {
        return byId.keySet().stream().mapToInt(Integer::intValue).max().orElse(-1);
    }

    /** Cuts a text at the tokens that are looked for before, or after, normalisation. */
    void split(Text text, boolean afterNormalization, Permission permission, List<Section> out) {
        Index index = afterNormalization ? normalized : raw;
        String chars = text.chars();
        int done = 0;
        long taken = 0;
        for (int at = index.next(chars, 0); at < chars.length(); at = index.next(chars, at)) {
            AddedToken token = index.longest(text, at, permission);
            if (token == null) {
                at++;
                continue;
            }
            int start = at;
            int end = at
                    + (afterNormalization
                            ? decodedLength(token)
                            : token.content().length());
            at = end;
            if (token.singleWord() && touchesWord(chars, start, end)) continue;
            if (token.lstrip()) {
                while (start > done && CharSet.isWhitespace(chars.charAt(start - 1))) start--;
                start = Math.max(start, done);
            }
            if (token.rstrip()) while (end < chars.length() && CharSet.isWhitespace(chars.charAt(end))) end++;
            if (done < start) out.add(new Section(text.slice(done, start), null));
            taken += end - start;
            Growth.check("Finding added tokens", taken, chars.length());
            if (start < end) out.add(new Section(text.slice(start, end), token));
            // As in the reference, the search goes on behind the content: whitespace that was taken with the token may
            // still begin the next, and is then seen twice.
            done = end;
        }
        if (done < chars.length()) out.add(new Section(text.slice(done, chars.length()), null));
    }

    private int decodedLength(AddedToken token) {
        return decoded.getOrDefault(token.id(), token.content()).length();
    }

    private static boolean touchesWord(String chars, int start, int end) {
        return (start > 0 && CharSet.isWord(chars.codePointBefore(start)))
                || (end < chars.length() && CharSet.isWord(chars.codePointAt(end)));
    }

    /** Contents to tokens. */
    private static final class Index {
        private final Trie trie = new Trie(16);
        private final Map<Integer, AddedToken> tokens = new HashMap<>();
        /** Which characters below 128 a content begins with. */
        private final boolean[] first = new boolean[128];

        private boolean firstAbove;

        void put(String content, AddedToken token) {
            trie.put(content, token.id());
            tokens.put(token.id(), token);
            char c = content.charAt(0);
            if (c < 128) first[c] = true;
            else firstAbove = true;
        }

        /** The next place from {@code at} on where a content may begin, or the length of the text. */
        int next(String chars, int at) {
            if (tokens.isEmpty()) return chars.length();
            int i = at;
            for (; i < chars.length(); i++) {
                char c = chars.charAt(i);
                if (c < 128 ? first[c] : firstAbove) return i;
            }
            return i;
        }

        @Nullable
        AddedToken longest(Text text, int from, Permission permission) {
            String chars = text.chars();
            AddedToken found = null;
            int node = Trie.ROOT;
            for (int at = from; at < chars.length(); ) {
                node = trie.child(node, chars.charAt(at++));
                if (node < 0) break;
                int id = trie.value(node);
                if (id < 0) continue;
                AddedToken token = tokens.get(id);
                if (token != null && permission.allows(token, text.start(from), text.end(at - 1))) found = token;
            }
            return found;
        }
    }
}
