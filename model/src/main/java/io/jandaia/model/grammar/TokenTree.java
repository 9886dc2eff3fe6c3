package io.jandaia.model.grammar;

import io.jandaia.model.tokenizer.TokenBytes;
import io.jandaia.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Set;

/**
 * The bytes of all tokens of a vocabulary as a tree, in the order in which it is walked: a node has its byte, its depth,
 * where its subtree ends, and the tokens that end at it. Tokens without bytes, such as special ones, are not in it.
 */
final class TokenTree {

    final byte[] bytes;
    final int[] depths;
    final int[] ends;
    /** Per node the place of its first token in {@link #tokens}; one more at the end. */
    final int[] firsts;

    final int[] tokens;
    /** Bytes of the longest token. */
    final int longest;
    /** One more than the largest id. */
    final int size;
    /** The bytes of each token; empty for those without. */
    final byte[][] texts;
    /** Tokens with other bytes at the beginning of an answer. */
    final BitSet changedFirst;

    private TokenTree(byte[][] texts, BitSet changedFirst) {
        this.changedFirst = changedFirst;
        this.size = texts.length;
        this.texts = texts;
        List<Integer> ids = new ArrayList<>();
        for (int id = 0; id < size; id++) {
            if (texts[id].length > 0) {
                ids.add(id);
            }
        }
        ids.sort((a, b) -> {
            int order = Arrays.compareUnsigned(texts[a], texts[b]);
            return order != 0 ? order : Integer.compare(a, b);
        });
        int most = ids.stream().mapToInt(id -> texts[id].length).sum();
        byte[] nodes = new byte[most];
        int[] depth = new int[most];
        int[] counts = new int[most];
        int[] end = new int[most];
        this.longest = ids.stream().mapToInt(id -> texts[id].length).max().orElse(0);
        int[] path = new int[longest];
        this.tokens = new int[ids.size()];
        int n = 0;
        byte[] previous = new byte[0];
        for (int i = 0; i < ids.size(); i++) {
            byte[] text = texts[ids.get(i)];
            int common = Arrays.mismatch(previous, text);
            common = common < 0 ? text.length : common;
            for (int d = common; d < previous.length; d++) {
                end[path[d]] = n;
            }
            for (int d = common; d < text.length; d++) {
                nodes[n] = text[d];
                depth[n] = d;
                path[d] = n++;
            }
            tokens[i] = ids.get(i);
            counts[path[text.length - 1]]++; // ends are met in the order of the nodes
            previous = text;
        }
        for (int d = 0; d < previous.length; d++) {
            end[path[d]] = n;
        }
        this.bytes = Arrays.copyOf(nodes, n);
        this.depths = Arrays.copyOf(depth, n);
        this.ends = Arrays.copyOf(end, n);
        this.firsts = new int[n + 1];
        for (int node = 0; node < n; node++) {
            firsts[node + 1] = firsts[node] + counts[node];
        }
    }

    static TokenTree of(Tokenizer tokenizer) {
        return of(tokenizer, Set.of());
    }

    /** @param shown special tokens that are a part of the text */
    static TokenTree of(Tokenizer tokenizer, Set<Integer> shown) {
        byte[][] texts = new byte[tokenizer.size()][];
        BitSet changed = new BitSet();
        TokenBytes bytes = TokenBytes.of(tokenizer);
        for (int id = 0; id < texts.length; id++) {
            texts[id] = bytes.inside(id);
            changed.set(id, !Arrays.equals(texts[id], bytes.first(id)));
        }
        for (int id : shown) {
            texts[id] = bytes.special(id);
            changed.clear(id);
        }
        return new TokenTree(texts, changed);
    }

    /** Of a vocabulary of these. */
    static TokenTree of(byte[][] texts) {
        return new TokenTree(texts, new BitSet());
    }
}
