package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A step after the model: trims positions, puts a template's tokens around one text or two. */
sealed interface PostProcessor {

    /** Rewrites the parts of one input; there are one or two at first, a template makes more. */
    List<Tokens> process(List<Tokens> parts, boolean addSpecial, Trims trims);

    /** How many spaces tokens begin and end with, by id. */
    record Trims(short[] left, short[] right) {

        static Trims of(Vocabulary vocabulary, AddedTokens added, int size) {
            var trims = new Trims(new short[size], new short[size]);
            for (int id = 0; id < size; id++) {
                AddedToken token = added.byId(id);
                String spelled = token != null ? token.content() : vocabulary.token(id);
                if (spelled == null) continue;
                trims.left[id] = (short) Math.min(Short.MAX_VALUE, TrimOffsets.spaces(spelled, true));
                trims.right[id] = (short) Math.min(Short.MAX_VALUE, TrimOffsets.spaces(spelled, false));
            }
            return trims;
        }
    }

    record Chain(List<PostProcessor> steps) implements PostProcessor {
        public Chain {
            steps = Growth.steps(steps.stream()
                    .flatMap(step -> step instanceof Chain chain ? chain.steps.stream() : Stream.of(step))
                    .toList());
            // What a template leaves is neither one text nor two: there is nothing a second could mean.
            if (steps.stream().filter(step -> step instanceof Template).count() > 1) {
                throw JandaiaException.unsupported(
                        "Reading a tokenizer: two templates one after the other are not supported by this version.");
            }
        }

        @Override
        public List<Tokens> process(List<Tokens> parts, boolean addSpecial, Trims trims) {
            List<Tokens> result = parts;
            for (PostProcessor step : steps) result = step.process(result, addSpecial, trims);
            return result;
        }
    }

    /** Leaves the spaces that byte-level tokens hold out of their positions. */
    record TrimOffsets(boolean addPrefixSpace) implements PostProcessor {
        @Override
        public List<Tokens> process(List<Tokens> parts, boolean addSpecial, Trims trims) {
            for (Tokens tokens : parts) trim(tokens, trims);
            return parts;
        }

        private void trim(Tokens tokens, Trims trims) {
            for (int i = 0; i < tokens.size; i++) {
                int left;
                int right;
                if (tokens.trims[i] == Tokens.MODEL) {
                    left = trims.left[tokens.ids[i]];
                    right = trims.right[tokens.ids[i]];
                } else {
                    left = tokens.trims[i] >>> 16;
                    right = tokens.trims[i] & 0xFFFF;
                }
                if (left > 0) {
                    boolean first = i == 0 || tokens.starts[i] == 0;
                    if (first && addPrefixSpace && left == 1) left = 0;
                    tokens.starts[i] = Math.min(tokens.starts[i] + left, tokens.ends[i]);
                }
                if (right > 0 && tokens.ends[i] >= right) {
                    tokens.ends[i] = Math.max(tokens.ends[i] - right, tokens.starts[i]);
                }
            }
        }

        static int spaces(String token, boolean left) {
            int n = 0;
            while (n < token.length()) {
                char c = token.charAt(left ? n : token.length() - 1 - n);
                if (c != ByteAlphabet.toChar(' ') && !CharSet.isWhitespace(c)) break;
                n++;
            }
            return n;
        }
    }

    /**
     * A part of a template.
     *
     * @param sequence 0 for the first text, 1 for the second, -1 for {@code ids}
     */
    record Part(int sequence, int[] ids, int type) {}

    record Template(List<Part> single, List<Part> pair) implements PostProcessor {
        @Override
        public List<Tokens> process(List<Tokens> parts, boolean addSpecial, Trims trims) {
            List<Part> template = parts.size() == 1 ? single : pair;
            var out = new java.util.ArrayList<Tokens>();
            long before = 0;
            for (Tokens tokens : parts) before += tokens.size;
            long after = 0;
            for (Part part : template) {
                if (part.sequence >= 0) after += parts.get(part.sequence).size;
                else if (addSpecial) after += part.ids.length;
                Growth.check("Framing a text", after, before);
                if (part.sequence >= 0) {
                    var tokens = new Tokens();
                    tokens.addAll(parts.get(part.sequence));
                    java.util.Arrays.fill(tokens.types, 0, tokens.size, part.type);
                    out.add(tokens);
                } else if (addSpecial) {
                    out.add(added(part.ids, part.type));
                }
            }
            return out;
        }
    }

    /** BERT's and RoBERTa's own processors: the same idea with fixed templates. */
    static Template around(int cls, int sep, boolean roberta) {
        int second = roberta ? 0 : 1;
        int[] before = {cls};
        int[] after = {sep};
        List<Part> single = List.of(new Part(-1, before, 0), new Part(0, after, 0), new Part(-1, after, 0));
        List<Part> pair = roberta
                ? List.of(
                        new Part(-1, before, 0),
                        new Part(0, after, 0),
                        new Part(-1, new int[] {sep, sep}, 0),
                        new Part(1, after, 0),
                        new Part(-1, after, 0))
                : List.of(
                        new Part(-1, before, 0),
                        new Part(0, after, 0),
                        new Part(-1, after, 0),
                        new Part(1, after, second),
                        new Part(-1, after, second));
        return new Template(single, pair);
    }

    private static Tokens added(int[] ids, int type) {
        var tokens = new Tokens();
        for (int id : ids) {
            tokens.add(id, 0, 0);
            tokens.types[tokens.size - 1] = type;
        }
        return tokens;
    }

    /** Runs a processor, if there is one, and joins what it left. */
    static Encoding finish(@Nullable PostProcessor processor, List<Tokens> parts, boolean addSpecial, Trims trims) {
        for (int i = 0; i < parts.size(); i++) java.util.Arrays.fill(parts.get(i).types, 0, parts.get(i).size, i);
        List<Tokens> done = processor == null ? parts : processor.process(parts, addSpecial, trims);
        if (done.size() == 1) return done.getFirst().encoding();
        var all = new Tokens();
        for (Tokens tokens : done) all.addAll(tokens);
        return all.encoding();
    }
}
