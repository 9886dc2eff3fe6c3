package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Learns a byte-level BPE tokenizer from texts (Sennrich et al., 2016, over bytes as GPT-2 has them): again and again the
 * pair of neighbours that is counted most often becomes a token, of equal counts the pair of smaller ids. The special
 * tokens have the first ids, then the bytes in the order of their stand-ins, then the merges.
 *
 * <p>The same texts and options give the same tokenizer, merge for merge the one of the tokenizers library's BpeTrainer
 * (which counts in 32 bits, and so differs from 2<sup>31</sup> occurrences of one pair on). One thread; feed texts with
 * {@link #add}, in any order, then {@link #train} as often as wanted.
 */
public final class BpeTrainer {

    /**
     * What is learned, from what.
     *
     * @param vocabularySize tokens in all; fewer where the texts have no more pairs
     * @param minFrequency pairs that are counted less often do not become tokens
     * @param allBytes whether all 256 bytes are tokens, or those of the texts only, so that others cannot be encoded
     * @param limitAlphabet how many bytes may be tokens, the most frequent ones, of equally frequent ones those of the
     *     smaller stand-in; the others are left out of the words. 0 for no limit
     * @param maxTokenLength a token of two or more bytes that would have this length in bytes or more is joined from
     *     bytes only, as the reference has it; 0 for no limit
     * @param splitPattern the regular expression that cuts texts into words (what it matches, and what lies between), or
     *     null for the one published with GPT-2
     * @param addPrefixSpace whether a space is put before a text that begins with none
     * @param compose whether texts are brought to the normal form NFC first
     */
    public record Options(
            int vocabularySize,
            long minFrequency,
            SpecialTokens special,
            boolean allBytes,
            int limitAlphabet,
            int maxTokenLength,
            @Nullable String splitPattern,
            boolean addPrefixSpace,
            boolean compose) {

        /**
         * Checks the options.
         *
         * @throws JandaiaException USAGE for numbers out of range or options that contradict each other
         */
        public Options {
            if (minFrequency < 0 || limitAlphabet < 0 || maxTokenLength < 0) {
                throw JandaiaException.usage("Training a tokenizer: the least frequency " + minFrequency
                        + ", the limit of the alphabet " + limitAlphabet + " and the longest token " + maxTokenLength
                        + " must not be negative.");
            }
            if (allBytes && limitAlphabet > 0 && limitAlphabet < 256) {
                throw JandaiaException.usage("Training a tokenizer: an alphabet limited to " + limitAlphabet
                        + " cannot have all 256 bytes; give up one of the two.");
            }
            int least = special.tokens().size() + (allBytes ? 256 : 0);
            if (vocabularySize < least || vocabularySize > 1 << 24) {
                throw JandaiaException.usage("Training a tokenizer: the vocabulary size must be from " + least
                        + " (special tokens and bytes) to " + (1 << 24) + ", not " + vocabularySize + ".");
            }
        }

        /** All bytes, the GPT-2 pattern, no prefix space, no special tokens, every pair that comes at all. */
        public static Options of(int vocabularySize) {
            return new Options(vocabularySize, 0, SpecialTokens.NONE, true, 0, 0, null, false, false);
        }

        public Options withMinFrequency(long frequency) {
            return new Options(
                    vocabularySize,
                    frequency,
                    special,
                    allBytes,
                    limitAlphabet,
                    maxTokenLength,
                    splitPattern,
                    addPrefixSpace,
                    compose);
        }

        public Options withSpecial(SpecialTokens tokens) {
            return new Options(
                    vocabularySize,
                    minFrequency,
                    tokens,
                    allBytes,
                    limitAlphabet,
                    maxTokenLength,
                    splitPattern,
                    addPrefixSpace,
                    compose);
        }

        /** Only bytes of the texts, and of those at most so many. */
        public Options withSeenBytes(int limit) {
            return new Options(
                    vocabularySize,
                    minFrequency,
                    special,
                    false,
                    limit,
                    maxTokenLength,
                    splitPattern,
                    addPrefixSpace,
                    compose);
        }

        public Options withMaxTokenLength(int length) {
            return new Options(
                    vocabularySize,
                    minFrequency,
                    special,
                    allBytes,
                    limitAlphabet,
                    length,
                    splitPattern,
                    addPrefixSpace,
                    compose);
        }

        public Options withSplitPattern(String pattern) {
            return new Options(
                    vocabularySize,
                    minFrequency,
                    special,
                    allBytes,
                    limitAlphabet,
                    maxTokenLength,
                    pattern,
                    addPrefixSpace,
                    compose);
        }

        public Options withPrefixSpace(boolean add) {
            return new Options(
                    vocabularySize,
                    minFrequency,
                    special,
                    allBytes,
                    limitAlphabet,
                    maxTokenLength,
                    splitPattern,
                    add,
                    compose);
        }

        public Options withCompose(boolean nfc) {
            return new Options(
                    vocabularySize,
                    minFrequency,
                    special,
                    allBytes,
                    limitAlphabet,
                    maxTokenLength,
                    splitPattern,
                    addPrefixSpace,
                    nfc);
        }
    }

    private final Options options;
    private final WordCounts words;

    private BpeTrainer(Options options) {
        this.options = options;
        List<PreTokenizer> steps = new ArrayList<>();
        if (options.splitPattern != null) {
            steps.add(new PreTokenizer.Split(
                    SplitPattern.compile(options.splitPattern), PreTokenizer.Behavior.ISOLATED, false));
        }
        steps.add(new PreTokenizer.ByteLevel(options.addPrefixSpace, options.splitPattern == null, false));
        words = new WordCounts(
                options.compose
                        ? new TextNormalizer.Canonical(java.text.Normalizer.Form.NFC)
                        : new TextNormalizer.Chain(List.of()),
                new PreTokenizer.Chain(steps),
                Integer.MAX_VALUE,
                Runtime.getRuntime().maxMemory() / 64);
    }

    /**
     * A trainer without texts yet.
     *
     * @throws JandaiaException UNSUPPORTED or FORMAT for a split pattern that is none
     */
    public static BpeTrainer of(Options options) {
        return new BpeTrainer(options);
    }

    /**
     * Takes one more text to learn from: a document, a paragraph or a line, with its line breaks. No word crosses texts.
     *
     * @throws JandaiaException CANCELLED if the thread was interrupted
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
     * @throws JandaiaException CANCELLED if the thread was interrupted, USAGE if the vocabulary has no room for the bytes
     */
    public TrainedTokenizer train(TrainingProgress progress) {
        return new Run(progress).train();
    }

    /** A pair that may be merged, as it was counted when it was put into the queue, and the words it came up in then. */
    private record Candidate(long count, long pair, int number, Places places) implements Comparable<Candidate> {
        @Override
        public int compareTo(Candidate other) {
            if (count != other.count) return count > other.count ? -1 : 1;
            return Long.compare(pair, other.pair);
        }
    }

    /** Numbers of words, ascending as they are added, each once. */
    private static final class Places {
        private int[] words = new int[2];
        private int size;

        void add(int word) {
            if (size > 0 && words[size - 1] == word) return;
            if (size == words.length) words = Arrays.copyOf(words, 2 * size);
            words[size++] = word;
        }
    }

    private final class Run {
        private final TrainingProgress progress;
        private final List<String> tokens = new ArrayList<>();
        private final Map<String, Integer> ids = new HashMap<>();
        /** The words of two symbols and more, the symbols' ids, how many of them are left, and how often the word came. */
        private int[][] symbols = {};

        private int[] lengths = {};
        private long[] counts = {};

        private final PairCounts pairs = new PairCounts();
        private final PriorityQueue<Candidate> queue = new PriorityQueue<>();
        /** Where pairs have come up since they were last put into the queue, by their number. */
        private final Map<Integer, Places> fresh = new LinkedHashMap<>();
        /** Pairs with the token they become, in the order of their last merge. */
        private final Map<Long, Integer> merges = new LinkedHashMap<>();

        Run(TrainingProgress progress) {
            this.progress = progress;
        }

        TrainedTokenizer train() {
            for (String token : options.special.tokens()) id(token);
            readWords(alphabet());
            countPairs();
            merge();
            return result();
        }

        private int id(String token) {
            Integer known = ids.putIfAbsent(token, tokens.size());
            if (known != null) return known;
            tokens.add(token);
            return tokens.size() - 1;
        }

        /** The ids of the bytes that are tokens; -1 for the others. */
        private int[] alphabet() {
            long[] seen = new long[256];
            words.counts().forEach((word, count) -> {
                for (int i = 0; i < word.length(); ) {
                    int c = word.codePointAt(i);
                    i += Character.charCount(c);
                    for (int k = 0; k < Utf8.length(c); k++) seen[Utf8.byteAt(c, k)] += count[0];
                }
            });
            List<Integer> kept = new ArrayList<>();
            for (int b = 0; b < 256; b++) if (options.allBytes || seen[b] > 0) kept.add(b);
            kept.sort(java.util.Comparator.comparingInt(ByteAlphabet::toChar));
            if (options.limitAlphabet > 0 && kept.size() > options.limitAlphabet) {
                List<Integer> frequent = new ArrayList<>(kept);
                frequent.sort((a, b) -> Long.compare(seen[b], seen[a]));
                kept.retainAll(frequent.subList(0, options.limitAlphabet));
            }
            int[] bytes = new int[256];
            Arrays.fill(bytes, -1);
            for (int b : kept) bytes[b] = id(String.valueOf(ByteAlphabet.toChar(b)));
            if (tokens.size() > options.vocabularySize) {
                throw JandaiaException.usage("Training a tokenizer: the special tokens and the bytes of the texts are "
                        + tokens.size() + " tokens, more than the vocabulary of " + options.vocabularySize
                        + "; make it larger or limit the alphabet.");
            }
            return bytes;
        }

        private void readWords(int[] bytes) {
            Map<String, long[]> all = words.counts();
            symbols = new int[all.size()][];
            lengths = new int[all.size()];
            counts = new long[all.size()];
            int n = 0;
            for (Map.Entry<String, long[]> entry : all.entrySet()) {
                String word = entry.getKey();
                int[] found = new int[Utf8.length(word, 0, word.length())];
                int length = 0;
                for (int i = 0; i < word.length(); ) {
                    int c = word.codePointAt(i);
                    i += Character.charCount(c);
                    for (int k = 0; k < Utf8.length(c); k++) {
                        int id = bytes[Utf8.byteAt(c, k)];
                        if (id >= 0) found[length++] = id;
                    }
                }
                if (length < 2) continue;
                symbols[n] = found;
                lengths[n] = length;
                counts[n++] = entry.getValue()[0];
            }
            symbols = Arrays.copyOf(symbols, n);
        }

        private void countPairs() {
            for (int word = 0; word < symbols.length; word++) {
                int[] s = symbols[word];
                for (int i = 0; i + 1 < lengths[word]; i++) more(s[i], s[i + 1], word);
                if ((word & 0xFFF) == 0) WordCounts.checkInterrupted();
            }
            progress.at(TrainingProgress.Stage.PAIRS, symbols.length, symbols.length);
            enqueue();
        }

        private void more(int left, int right, int word) {
            int number = pairs.add(PairCounts.pair(left, right), counts[word]);
            fresh.computeIfAbsent(number, key -> new Places()).add(word);
        }

        private void less(int left, int right, int word) {
            pairs.add(PairCounts.pair(left, right), -counts[word]);
        }

        private void enqueue() {
            fresh.forEach((number, places) -> {
                long count = pairs.count(number);
                if (count > 0) queue.add(new Candidate(count, pairs.pair(number), number, places));
            });
            fresh.clear();
        }

        private void merge() {
            int first = tokens.size();
            int total = options.vocabularySize - first;
            int step = Math.max(1, total / 200);
            int told = -1;
            while (tokens.size() < options.vocabularySize) {
                WordCounts.checkInterrupted();
                if (told != (tokens.size() - first) / step) {
                    told = (tokens.size() - first) / step;
                    progress.at(TrainingProgress.Stage.MERGES, tokens.size() - first, total);
                }
                Candidate top = queue.poll();
                if (top == null) break;
                long count = pairs.count(top.number);
                if (count != top.count) {
                    // Merges since then have taken some of them; a pair that is used up never comes to the top again.
                    if (count > 0) queue.add(new Candidate(count, top.pair, top.number, top.places));
                    continue;
                }
                if (count < options.minFrequency) break;
                int left = (int) (top.pair >> 32);
                int right = (int) top.pair;
                int joined = id(tokens.get(left).concat(tokens.get(right)));
                // Two ways to spell one token can bring a pair up anew; its last merge is the one that counts.
                merges.remove(top.pair);
                merges.put(top.pair, joined);
                for (int i = 0; i < top.places.size; i++) merge(left, right, joined, top.places.words[i]);
                enqueue();
            }
            progress.at(TrainingProgress.Stage.MERGES, tokens.size() - first, total);
        }

        /** Joins a pair in one word, from left to right. The count of the pair itself is left as it is. */
        private void merge(int left, int right, int joined, int word) {
            int[] s = symbols[word];
            int n = lengths[word];
            int to = 0;
            for (int from = 0; from < n; ) {
                if (s[from] != left || from + 1 >= n || s[from + 1] != right) {
                    s[to++] = s[from++];
                    continue;
                }
                int next = from + 2;
                if (to > 0) {
                    less(s[to - 1], left, word);
                    if (fits(s[to - 1], joined)) more(s[to - 1], joined, word);
                }
                if (next < n) {
                    less(right, s[next], word);
                    if (fits(joined, s[next])) more(joined, s[next], word);
                }
                s[to++] = joined;
                from = next;
            }
            lengths[word] = to;
        }

        private boolean fits(int left, int right) {
            return options.maxTokenLength == 0
                    || tokens.get(left).length() + tokens.get(right).length() < options.maxTokenLength;
        }

        private TrainedTokenizer result() {
            Map<String, Integer> vocabulary = new LinkedHashMap<>();
            for (String token : tokens) vocabulary.put(token, vocabulary.size());
            List<List<String>> pairs = new ArrayList<>();
            for (long pair : merges.keySet()) {
                pairs.add(List.of(tokens.get((int) (pair >> 32)), tokens.get((int) pair)));
            }
            Map<String, @Nullable Object> model = new LinkedHashMap<>();
            model.put("type", "BPE");
            model.put("dropout", null);
            model.put("unk_token", null);
            model.put("continuing_subword_prefix", null);
            model.put("end_of_word_suffix", null);
            model.put("fuse_unk", false);
            model.put("byte_fallback", false);
            model.put("ignore_merges", false);
            model.put("vocab", vocabulary);
            model.put("merges", pairs);
            Map<String, Object> bytes = byteLevel(options.addPrefixSpace, options.splitPattern == null);
            Map<String, Object> components = new LinkedHashMap<>();
            if (options.compose) components.put("normalizer", Map.of("type", "NFC"));
            components.put(
                    "pre_tokenizer", options.splitPattern == null ? bytes : sequence(options.splitPattern, bytes));
            components.put("decoder", byteLevel(true, true));
            components.put("model", model);
            return new TrainedTokenizer(components, options.special);
        }
    }

    private static Map<String, Object> byteLevel(boolean addPrefixSpace, boolean useRegex) {
        Map<String, Object> component = new LinkedHashMap<>();
        component.put("type", "ByteLevel");
        component.put("add_prefix_space", addPrefixSpace);
        component.put("trim_offsets", true);
        component.put("use_regex", useRegex);
        return component;
    }

    private static Map<String, Object> sequence(String pattern, Map<String, Object> bytes) {
        Map<String, Object> split = new LinkedHashMap<>();
        split.put("type", "Split");
        split.put("pattern", Map.of("Regex", pattern));
        split.put("behavior", "Isolated");
        split.put("invert", false);
        Map<String, Object> sequence = new LinkedHashMap<>();
        sequence.put("type", "Sequence");
        sequence.put("pretokenizers", List.of(split, bytes));
        return sequence;
    }
}
