package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Learns a Unigram tokenizer from texts (Kudo, 2018, as SentencePiece does it): from the substrings that come most often, pieces
 * are taken away until the vocabulary is small enough, those first whose absence makes the texts least unlikely; in between
 * the probabilities are fitted to the texts by expectation and maximisation. Every character of the texts stays a piece.
 *
 * <p>The special tokens have the first ids (the unknown token before them, unless it is one of them), then the bytes if they
 * are tokens, then the pieces by falling score. The same texts and options give the same tokenizer, the one of the tokenizers
 * library's UnigramTrainer but for ties (docs/COMPATIBILITY.md). One thread; feed texts with {@link #add}, in any order, then
 * {@link #train} as often as wanted.
 */
public final class UnigramTrainer {

    /** What becomes of texts before they are cut. */
    public enum Normalization {
        /** Nothing; decoding gives every text back. */
        NONE,
        /** As SentencePiece has it: control characters go, line feeds and tabs become spaces, NFKC, several spaces become one. */
        NFKC,
        /** Likewise, then in lower case. */
        NFKC_LOWERCASE
    }

    /**
     * How pieces are searched for; the defaults are those of SentencePiece.
     *
     * @param seeds how many substrings the search starts from
     * @param maxPieceLength characters in a piece
     * @param shrinkingFactor the part of the pieces that a round leaves, between 0 and 1
     * @param iterations of expectation and maximisation in a round
     */
    public record Search(int seeds, int maxPieceLength, double shrinkingFactor, int iterations) {

        public static final Search DEFAULT = new Search(1_000_000, 16, 0.75, 2);

        /**
         * Checks the numbers.
         *
         * @throws JandaiaException USAGE for one out of range
         */
        public Search {
            if (seeds < 1 || maxPieceLength < 1 || maxPieceLength > RepeatedSubstrings.MAX_LENGTH || iterations < 1) {
                throw JandaiaException.usage("Training a tokenizer: expected one seed or more, pieces of 1 to "
                        + RepeatedSubstrings.MAX_LENGTH + " characters and one iteration or more, not " + seeds + ", "
                        + maxPieceLength + " and " + iterations + ".");
            }
            if (!(shrinkingFactor > 0 && shrinkingFactor < 1)) {
                throw JandaiaException.usage("Training a tokenizer: the shrinking factor must be between 0 and 1, not "
                        + shrinkingFactor + ".");
            }
        }
    }

    /**
     * What is learned, from what.
     *
     * @param vocabularySize tokens in all; fewer where the texts do not give more pieces
     * @param unknown the token for characters without a piece
     * @param alphabet characters that become pieces although the texts may not have them
     * @param byteFallback whether there are tokens for the 256 bytes, which characters without a piece then become
     * @param prefixSpace whether a space is put before a text that begins with none
     * @param splitAtSpaces whether pieces end before a space, which is the first character of the next word
     */
    public record Options(
            int vocabularySize,
            SpecialTokens special,
            String unknown,
            String alphabet,
            boolean byteFallback,
            Normalization normalization,
            boolean prefixSpace,
            boolean splitAtSpaces,
            Search search) {

        /**
         * Checks the options; adds the unknown token to the special ones, as the first, if it is not among them.
         *
         * @throws JandaiaException USAGE for numbers out of range
         */
        public Options {
            if (!special.tokens().contains(unknown)) {
                List<String> tokens = new ArrayList<>();
                tokens.add(unknown);
                tokens.addAll(special.tokens());
                special = new SpecialTokens(tokens, special.bos(), special.eos(), special.pad());
            }
            int least = special.tokens().size() + (byteFallback ? 256 : 0) + 1;
            if (vocabularySize < least || vocabularySize > 1 << 24) {
                throw JandaiaException.usage("Training a tokenizer: the vocabulary size must be from " + least
                        + " (special tokens, bytes and a piece) to " + (1 << 24) + ", not " + vocabularySize + ".");
            }
        }

        /** As SentencePiece: NFKC, a space before each text, pieces within words, {@code <unk>}, no bytes. */
        public static Options of(int vocabularySize) {
            return new Options(
                    vocabularySize,
                    SpecialTokens.NONE,
                    "<unk>",
                    "",
                    false,
                    Normalization.NFKC,
                    true,
                    true,
                    Search.DEFAULT);
        }

        public Options withSpecial(SpecialTokens tokens) {
            return new Options(
                    vocabularySize,
                    tokens,
                    unknown,
                    alphabet,
                    byteFallback,
                    normalization,
                    prefixSpace,
                    splitAtSpaces,
                    search);
        }

        public Options withAlphabet(String characters) {
            return new Options(
                    vocabularySize,
                    special,
                    unknown,
                    characters,
                    byteFallback,
                    normalization,
                    prefixSpace,
                    splitAtSpaces,
                    search);
        }

        public Options withByteFallback(boolean bytes) {
            return new Options(
                    vocabularySize,
                    special,
                    unknown,
                    alphabet,
                    bytes,
                    normalization,
                    prefixSpace,
                    splitAtSpaces,
                    search);
        }

        public Options withNormalization(Normalization other) {
            return new Options(
                    vocabularySize,
                    special,
                    unknown,
                    alphabet,
                    byteFallback,
                    other,
                    prefixSpace,
                    splitAtSpaces,
                    search);
        }

        public Options withSplitAtSpaces(boolean split) {
            return new Options(
                    vocabularySize,
                    special,
                    unknown,
                    alphabet,
                    byteFallback,
                    normalization,
                    prefixSpace,
                    split,
                    search);
        }
    }

    /** A word this long would need a gigabyte. */
    private static final int LONGEST_WORD = 1 << 18;

    private final Options options;
    private final WordCounts words;

    private UnigramTrainer(Options options) {
        this.options = options;
        words = new WordCounts(
                normalizer(options.normalization),
                new PreTokenizer.Marks(
                        Metaspace.MARK,
                        options.prefixSpace ? PreTokenizer.Marks.Prepend.ALWAYS : PreTokenizer.Marks.Prepend.NEVER,
                        options.splitAtSpaces),
                LONGEST_WORD,
                Math.min(RepeatedSubstrings.MAX_TEXT, Runtime.getRuntime().maxMemory() / 64));
    }

    private static TextNormalizer normalizer(Normalization normalization) {
        List<TextNormalizer> steps = new ArrayList<>();
        if (normalization != Normalization.NONE) {
            steps.add(new TextNormalizer.Nmt());
            steps.add(new TextNormalizer.Canonical(Form.NFKC));
            steps.add(new TextNormalizer.Replace(SplitPattern.compile(SPACES), "", " "));
            if (normalization == Normalization.NFKC_LOWERCASE) steps.add(new TextNormalizer.Lowercase());
        }
        return new TextNormalizer.Chain(steps);
    }

    private static final String SPACES = " {2,}";

    /** A trainer without texts yet. */
    public static UnigramTrainer of(Options options) {
        return new UnigramTrainer(options);
    }

    /**
     * Takes one more text to learn from: a document, a paragraph or a line. No piece crosses texts. Words are kept once each,
     * with their counts.
     *
     * @throws JandaiaException CANCELLED if the thread was interrupted, RESOURCE where the words do not fit into memory
     */
    public void add(String text) {
        words.add(text);
    }

    public TrainedTokenizer train() {
        return train(TrainingProgress.NONE);
    }

    /**
     * Learns the tokenizer.
     *
     * @throws JandaiaException CANCELLED if the thread was interrupted, USAGE if there are no texts or the vocabulary has no
     *     room for their characters
     */
    public TrainedTokenizer train(TrainingProgress progress) {
        Map<String, Double> pieces = new UnigramPieces(words, options, progress).learn();
        return new TrainedTokenizer(components(vocabulary(pieces)), options.special);
    }

    /** Special tokens, bytes, pieces; each a token and its score. */
    private List<List<Object>> vocabulary(Map<String, Double> pieces) {
        List<List<Object>> vocabulary = new ArrayList<>();
        for (String token : options.special.tokens()) vocabulary.add(List.of(token, 0.0));
        if (options.byteFallback) {
            // Worse than the six characters that spell it, so that text which looks like the token stays text.
            double least = pieces.values().stream()
                    .mapToDouble(Double::doubleValue)
                    .min()
                    .orElse(0);
            for (int b = 0; b < 256; b++) vocabulary.add(List.of(Bpe.byteToken(b), 6 * least - 1));
        }
        pieces.forEach((piece, score) -> vocabulary.add(List.of(piece, score)));
        return vocabulary;
    }

    private Map<String, Object> components(List<List<Object>> vocabulary) {
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("type", "Unigram");
        model.put("unk_id", options.special.tokens().indexOf(options.unknown));
        model.put("vocab", vocabulary);
        model.put("byte_fallback", options.byteFallback);
        Map<String, Object> components = new LinkedHashMap<>();
        List<Map<String, Object>> steps = new ArrayList<>();
        if (options.normalization != Normalization.NONE) {
            steps.add(Map.of("type", "Nmt"));
            steps.add(Map.of("type", "NFKC"));
            Map<String, Object> replace = new LinkedHashMap<>();
            replace.put("type", "Replace");
            replace.put("pattern", Map.of("Regex", SPACES));
            replace.put("content", " ");
            steps.add(replace);
            if (options.normalization == Normalization.NFKC_LOWERCASE) steps.add(Map.of("type", "Lowercase"));
            components.put("normalizer", sequence("normalizers", steps));
        }
        Map<String, Object> marks = new LinkedHashMap<>();
        marks.put("type", "Metaspace");
        marks.put("replacement", String.valueOf(Metaspace.MARK));
        marks.put("prepend_scheme", options.prefixSpace ? "always" : "never");
        marks.put("split", options.splitAtSpaces);
        components.put("pre_tokenizer", marks);
        components.put(
                "decoder",
                options.byteFallback ? sequence("decoders", List.of(Map.of("type", "ByteFallback"), marks)) : marks);
        components.put("model", model);
        return components;
    }

    private static Map<String, Object> sequence(String name, List<Map<String, Object>> steps) {
        Map<String, Object> sequence = new LinkedHashMap<>();
        sequence.put("type", "Sequence");
        sequence.put(name, steps);
        return sequence;
    }

    /** Characters that become pieces in any case: those asked for, and those that spell the token of a byte. */
    static int[] alphabet(Options options) {
        String spelled = options.byteFallback ? "<0x123456789ABCDEF>" : "";
        return (options.alphabet + spelled).codePoints().distinct().toArray();
    }

    /** What is no piece: the tokens that the vocabulary has anyway, and the name of the unknown piece in the reference. */
    static Set<String> reserved(Options options) {
        Set<String> reserved = new HashSet<>(options.special.tokens());
        reserved.add("<UNK>");
        if (options.byteFallback) for (int b = 0; b < 256; b++) reserved.add(Bpe.byteToken(b));
        return reserved;
    }
}
