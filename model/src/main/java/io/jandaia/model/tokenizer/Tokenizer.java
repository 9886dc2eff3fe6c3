package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Text to token ids and back. Immutable and thread-safe.
 *
 * <p>Encoding: added tokens are found in the text, the rest is normalised, cut into pieces, each piece is cut into tokens
 * by the model, and a template's tokens are put around. An unpaired surrogate counts as U+FFFD.
 */
public final class Tokenizer {

    private final Vocabulary vocabulary;
    private final Model model;
    private final TextNormalizer normalizer;
    private final PreTokenizer preTokenizer;
    private final AddedTokens added;
    private final @Nullable PostProcessor postProcessor;
    private final PostProcessor.Trims trims;
    private final Decoder decoder;
    private final SpecialIds special;
    private final int size;

    /** The parts as a file describes them. */
    record Parts(
            Model model,
            TextNormalizer normalizer,
            PreTokenizer preTokenizer,
            List<AddedToken> added,
            @Nullable PostProcessor postProcessor,
            Decoder decoder,
            SpecialIds special) {}

    /** Ids with a role; -1 where there is none. */
    record SpecialIds(int bos, int eos, int pad, int unk, int mask, Set<Integer> ends) {
        static final SpecialIds NONE = new SpecialIds(-1, -1, -1, -1, -1, Set.of());
    }

    Tokenizer(Parts parts) {
        vocabulary = parts.model.vocabulary();
        normalizer = parts.normalizer;
        added = new AddedTokens(parts.added, normalizer);
        postProcessor = parts.postProcessor;
        decoder = parts.decoder;
        special = parts.special;
        size = Math.max(vocabulary.size(), added.maxId() + 1);
        trims = PostProcessor.Trims.of(vocabulary, added, postProcessor == null ? 0 : size);
        // A byte-level step at the end only spells bytes for the model: a model that reads raw text saves it.
        List<PreTokenizer> steps = new ArrayList<>(
                parts.preTokenizer instanceof PreTokenizer.Chain chain ? chain.steps() : List.of(parts.preTokenizer));
        if (!steps.isEmpty()
                && steps.getLast() instanceof PreTokenizer.ByteLevel last
                && parts.model instanceof Bpe bpe
                && bpe.canReadBytes()) {
            steps.set(steps.size() - 1, new PreTokenizer.ByteLevel(last.addPrefixSpace(), last.useRegex(), false));
            model = bpe.onRawText();
        } else {
            model = parts.model;
        }
        preTokenizer = steps.size() == 1 ? steps.getFirst() : new PreTokenizer.Chain(List.copyOf(steps));
    }

    /**
     * Reads the tokenizer of a model folder as the Hub lays it out: {@code tokenizer.json}, else the older files of each
     * family.
     *
     * @throws JandaiaException NOT_FOUND, FORMAT or UNSUPPORTED
     */
    public static Tokenizer load(Path folder) {
        return TokenizerFiles.load(folder);
    }

    /**
     * The tokenizer in the metadata of a GGUF file.
     *
     * @param metadata the keys {@code tokenizer.ggml.*}, with strings, numbers, booleans, arrays or lists as values
     * @throws JandaiaException FORMAT or UNSUPPORTED
     */
    public static Tokenizer ofGguf(Map<String, Object> metadata) {
        return new GgufTokenizer(metadata).build();
    }

    /** As the reference encodes: special tokens in the text are recognised, the template is applied. */
    public Encoding encode(String text) {
        return encode(text, EncodeOptions.DEFAULT);
    }

    public Encoding encode(String text, EncodeOptions options) {
        boolean parse = options.parseSpecial();
        return finish(List.of(tokens(text, (token, from, to) -> parse || !token.special())), options);
    }

    /**
     * Encodes one text that comes in parts. In the parts of a user no special token is recognised; everything else is as for
     * the joined text.
     */
    public Encoding encode(List<Segment> segments, EncodeOptions options) {
        var text = new StringBuilder();
        int[] users = new int[2 * segments.size()];
        int n = 0;
        for (Segment segment : segments) {
            if (segment.user() && !segment.text().isEmpty()) {
                users[n++] = text.length();
                users[n++] = text.length() + segment.text().length();
            }
            text.append(segment.text());
        }
        int[] ranges = java.util.Arrays.copyOf(users, n);
        boolean parse = options.parseSpecial();
        AddedTokens.Permission permission =
                (token, from, to) -> !token.special() || (parse && !touches(ranges, from, to));
        return finish(List.of(tokens(text.toString(), permission)), options);
    }

    /** Whether any of the sorted ranges shares a place with [from, to). */
    private static boolean touches(int[] ranges, int from, int to) {
        int low = 0;
        int high = ranges.length / 2;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ranges[2 * middle + 1] <= from) low = middle + 1;
            else high = middle;
        }
        return 2 * low < ranges.length && ranges[2 * low] < to;
    }

    /** Two texts in the tokenizer's template for pairs. */
    public Encoding encodePair(String first, String second) {
        AddedTokens.Permission all = (token, from, to) -> true;
        return finish(List.of(tokens(first, all), tokens(second, all)), EncodeOptions.DEFAULT);
    }

    private Encoding finish(List<Tokens> parts, EncodeOptions options) {
        return PostProcessor.finish(postProcessor, parts, options.addSpecial(), trims);
    }

    private Tokens tokens(String input, AddedTokens.Permission permission) {
        String text = wellFormed(input);
        var out = new Tokens();
        List<AddedTokens.Section> sections = new ArrayList<>();
        added.split(new Text(text, 0), false, permission, sections);
        List<AddedTokens.Section> inner = new ArrayList<>();
        for (AddedTokens.Section section : sections) {
            if (section.token() != null) {
                inner.add(section);
            } else {
                Text rest = section.text();
                if (model instanceof Renumbered marian) rest = withoutLanguage(rest, marian, inner);
                added.split(normalizer.normalize(rest), true, permission, inner);
            }
        }
        for (AddedTokens.Section section : inner) {
            if (section.token() != null) addSpecial(section.text(), section.token(), out);
            else addText(section.text(), out);
        }
        toCodePoints(text, out);
        return out;
    }

    private static Text withoutLanguage(Text text, Renumbered marian, List<AddedTokens.Section> out) {
        int end = Renumbered.languageEnd(text.chars());
        if (end == 0) return text;
        Text code = text.slice(0, end);
        out.add(new AddedTokens.Section(code, marian.language(code.chars())));
        return text.slice(end, text.length());
    }

    private static void addSpecial(Text text, AddedToken token, Tokens out) {
        out.add(token.id(), text.start(0), text.end(text.length() - 1));
        int left = Math.min(0x7FFF, PostProcessor.TrimOffsets.spaces(text.chars(), true));
        int right = Math.min(0xFFFF, PostProcessor.TrimOffsets.spaces(text.chars(), false));
        out.trims[out.size - 1] = left << 16 | right;
    }

    private void addText(Text section, Tokens out) {
        Pieces pieces = preTokenizer.apply(new Pieces(section));
        Text text = pieces.text;
        String chars = text.chars();
        for (int i = 0; i < pieces.size; i++) {
            int first = out.size;
            model.tokenize(chars, pieces.start(i), pieces.end(i), out);
            place(text, pieces.start(i), pieces.end(i), first, out);
        }
    }

    /** Byte ranges within a piece to places in the input. */
    private static void place(Text text, int from, int to, int first, Tokens out) {
        String chars = text.chars();
        int start = from;
        int startByte = 0;
        int end = from;
        int endByte = 0;
        for (int i = first; i < out.size; i++) {
            // The character that holds the first byte, and the one that holds the last.
            for (int n = width(chars, start); start < to && startByte + n <= out.starts[i]; n = width(chars, start)) {
                startByte += n;
                start += n == 4 ? 2 : 1;
                if (start >= to) break;
            }
            for (int n = width(chars, end); end < to && endByte + n < out.ends[i]; n = width(chars, end)) {
                if (end + (n == 4 ? 2 : 1) >= to) break;
                endByte += n;
                end += n == 4 ? 2 : 1;
            }
            out.starts[i] = text.start(Math.min(start, to - 1));
            out.ends[i] = text.end(end);
        }
    }

    private static int width(String chars, int at) {
        if (at >= chars.length()) return 1;
        char c = chars.charAt(at);
        return c < 0x80 ? 1 : c < 0x800 ? 2 : Character.isHighSurrogate(c) ? 4 : 3;
    }

    /** Turns places in UTF-16 units into places in code points. */
    private static void toCodePoints(String text, Tokens out) {
        int before = 0;
        while (before < text.length() && !Character.isHighSurrogate(text.charAt(before))) before++;
        if (before == text.length()) return;
        int[] points = new int[text.length() + 1];
        int n = 0;
        for (int i = 0; i < text.length(); i++) {
            points[i] = n;
            if (!Character.isHighSurrogate(text.charAt(i))) n++;
        }
        points[text.length()] = n;
        for (int i = 0; i < out.size; i++) {
            out.starts[i] = points[out.starts[i]];
            out.ends[i] = points[out.ends[i]];
        }
    }

    static String wellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0xD800 || c > 0xDFFF) continue;
            if (c < 0xDC00 && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                continue;
            }
            var fixed = new StringBuilder(text);
            for (int k = i; k < fixed.length(); k++) {
                int point = fixed.codePointAt(k);
                if (point >= 0x10000) k++;
                else if (point >= 0xD800 && point <= 0xDFFF) fixed.setCharAt(k, '\uFFFD');
            }
            return fixed.toString();
        }
        return text;
    }

    /** The text of token ids. Ids outside the vocabulary add nothing, as in the reference. */
    public String decode(int[] ids, boolean skipSpecial) {
        StreamDecoder stream = streamDecoder(skipSpecial);
        for (int id : ids) stream.feed(id);
        return stream.finish();
    }

    public StreamDecoder streamDecoder(boolean skipSpecial) {
        return new StreamDecoder(this, decoder, id -> skipSpecial && isSpecial(id));
    }

    /** Text without special tokens, but for these. */
    public StreamDecoder streamDecoder(Set<Integer> shown) {
        return new StreamDecoder(this, decoder, id -> isSpecial(id) && !shown.contains(id));
    }

    /** Whether the decoder has a step of a kind. */
    boolean decodes(Predicate<Decoder> kind) {
        return TokenBytes.has(decoder, kind);
    }

    /** One more than the largest id. */
    public int size() {
        return size;
    }

    /** The token of an id as the vocabulary spells it; empty for an id that the vocabulary leaves out. */
    public String token(int id) {
        if (id < 0 || id >= size) {
            throw JandaiaException.usage(
                    "Looking up a token: id " + id + " is not in the vocabulary of " + size + " tokens.");
        }
        AddedToken token = added.byId(id);
        if (token != null) return token.content();
        String spelled = vocabulary.token(id);
        return spelled == null ? "" : spelled;
    }

    /** How the decoder is given a token, or null for an id that is none. */
    @Nullable
    String spelling(int id) {
        String spelled = added.decoded(id);
        return spelled != null ? spelled : vocabulary.token(id);
    }

    /** The id of a token as the vocabulary spells it. */
    public OptionalInt id(String token) {
        int id = added.id(token);
        return optional(id >= 0 ? id : vocabulary.id(token));
    }

    /** Whether a token is control rather than text. */
    public boolean isSpecial(int id) {
        AddedToken token = added.byId(id);
        return token != null && token.special();
    }

    public OptionalInt bosId() {
        return optional(special.bos);
    }

    public OptionalInt eosId() {
        return optional(special.eos);
    }

    public OptionalInt padId() {
        return optional(special.pad);
    }

    public OptionalInt unkId() {
        return optional(special.unk);
    }

    /** The token that stands for one that is to be guessed. */
    public OptionalInt maskId() {
        return optional(special.mask);
    }

    /** Whether tokens within a word begin with ##, as in WordPiece. */
    public boolean continuesWithHashes() {
        return model instanceof WordPiece;
    }

    /** Ids that end a text or a turn: the end of sequence and what the files name besides. */
    public Set<Integer> endIds() {
        return special.ends;
    }

    private static OptionalInt optional(int id) {
        return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
    }
}
