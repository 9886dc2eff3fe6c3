package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.tokenizer.PreTokenizer.Behavior;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The tokenizer of a Hub folder as GGUF metadata, the inverse of {@link Tokenizer#ofGguf}: what is written is read back and has
 * to cut a text of many scripts into the same tokens.
 *
 * @param metadata keys {@code tokenizer.ggml.*}; values are String, Boolean, Long, List of strings, int[], float[] and byte[]
 * @param notes what the format has no place for, a sentence each
 */
public record GgufVocabulary(Map<String, Object> metadata, List<String> notes) {

    private static final String KEY = "tokenizer.ggml.";

    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;
    private static final int BYTE = 6;

    /** Names that say most, and that most versions of llama.cpp know, before those that mean the same. */
    private static final List<String> PREFERRED = List.of(
            "gpt-2",
            "llama-bpe",
            "qwen2",
            "gpt-4o",
            "tekken",
            "deepseek-v3",
            "deepseek-llm",
            "deepseek-coder",
            "starcoder",
            "falcon",
            "bloom",
            "smaug-bpe",
            "default");

    /** Scripts, digits, blanks, punctuation, contractions, symbols: where cuts differ, they differ here. */
    private static final String PROBE =
            "\n \n\n \n\n\n \t \t\t \t\n  \n   \n    \n\uD83D\uDE80 (normal) \uD83D\uDE36\u200D\uD83C\uDF2B\uFE0F (multiple"
                    + " emojis) \u2705 3 33 333 3333 33333 333333 33333333 3.3 3..3 3...3 10:45 \u0663\u0664 \u00BD"
                    + " Hello, world! I've don't WE'LL it's 'tis camelCase HTTPServer snake_case a+b=c <tag/> x|y `q` ~z ^w $5 #6 @me"
                    + " \u043F\u0440\u0438\u0432\u0435\u0442 \u4F60\u597D\u4E16\u754C\u3002 \u304B\u306A\u30AB\u30CA \uD55C\uAD6D\uC5B4"
                    + " \u0645\u0631\u062D\u0628\u0627\u060C \u0939\u093F\u0928\u094D\u0926\u0940 \u0E44\u0E17\u0E22 a\u00E7\u00E3o"
                    + " n\u00E3o \u00C9l\u00E8ve e\u0301 na\u00EFve stra\u00DFe \u2026 \u201Cquoted\u201D \u2014 \u00A0x  y   z\r\nend ";

    /**
     * Reads the tokenizer of a folder.
     *
     * @param rows of the model's embedding: ids without a token become unused ones
     * @param pre the name for {@code tokenizer.ggml.pre}; null to find it by the patterns that cut the text
     * @throws JandaiaException NOT_FOUND when there is no tokenizer, UNSUPPORTED when GGUF has no place for it
     */
    public static GgufVocabulary of(Path folder, int rows, @Nullable String pre) {
        return new Writer(folder, TokenizerFiles.parts(folder), rows, pre).write();
    }

    private static final class Writer {
        private final Path folder;
        private final Tokenizer.Parts parts;
        private final Tokenizer tokenizer;
        private final int rows;
        private final @Nullable String pre;
        private final Map<String, Object> keys = new LinkedHashMap<>();
        private final List<String> notes = new ArrayList<>();
        private final int[] types;
        private final List<String> tokens = new ArrayList<>();

        Writer(Path folder, Tokenizer.Parts parts, int rows, @Nullable String pre) {
            this.folder = folder;
            this.parts = parts;
            this.tokenizer = new Tokenizer(parts);
            this.rows = rows;
            this.pre = pre;
            this.types = new int[rows];
        }

        GgufVocabulary write() {
            if (tokenizer.size() > rows) {
                throw cannot(
                        "it has ids up to " + (tokenizer.size() - 1) + ", but the model knows " + rows + " tokens");
            }
            collect();
            switch (parts.model()) {
                case Bpe b when b.options().byteFallback() || isMarked() -> scored(b);
                case Bpe b -> byteLevel(b);
                case Unigram u -> unigram(u);
                case WordPiece w -> wordPiece(w);
                default -> throw cannot("GGUF has no vocabularies of this kind");
            }
            keys.put(KEY + "tokens", tokens);
            keys.put(KEY + "token_type", types);
            special();
            verify();
            return new GgufVocabulary(keys, List.copyOf(notes));
        }

        private JandaiaException cannot(String why) {
            return JandaiaException.unsupported(
                    "Cannot write the tokenizer of " + folder + " as a GGUF vocabulary: " + why + ".");
        }

        private void collect() {
            Map<Integer, AddedToken> added = new HashMap<>();
            parts.added().forEach(t -> added.put(t.id(), t));
            for (int id = 0; id < rows; id++) {
                AddedToken token = added.get(id);
                String spelled = parts.model().vocabulary().token(id);
                types[id] =
                        token == null ? spelled == null ? UNUSED : NORMAL : token.special() ? CONTROL : USER_DEFINED;
                tokens.add(token != null ? token.content() : spelled != null ? spelled : "[PAD" + id + "]");
            }
        }

        /** Whether spaces are spelled as marks. */
        private boolean isMarked() {
            return steps().stream().anyMatch(s -> s instanceof PreTokenizer.Marks)
                    || normalizers().stream()
                            .anyMatch(n -> n instanceof TextNormalizer.Replace r
                                    && r.content().equals(String.valueOf(Metaspace.MARK)));
        }

        private List<PreTokenizer> steps() {
            return parts.preTokenizer() instanceof PreTokenizer.Chain c ? c.steps() : List.of(parts.preTokenizer());
        }

        private List<TextNormalizer> normalizers() {
            return parts.normalizer() instanceof TextNormalizer.Chain c ? c.steps() : List.of(parts.normalizer());
        }

        private void byteLevel(Bpe model) {
            List<PreTokenizer> steps = steps();
            List<PreTokenizer.ByteLevel> bytes = steps.stream()
                    .filter(PreTokenizer.ByteLevel.class::isInstance)
                    .map(PreTokenizer.ByteLevel.class::cast)
                    .toList();
            if (!model.options().prefix().isEmpty() || !model.options().suffix().isEmpty() || bytes.isEmpty()) {
                throw cannot("its pair encoding is not of bytes");
            }
            if (bytes.stream().anyMatch(PreTokenizer.ByteLevel::addPrefixSpace)) {
                throw cannot("it puts a space before every text");
            }
            for (TextNormalizer n : normalizers()) {
                if (!(n instanceof TextNormalizer.Canonical)) {
                    throw cannot("it rewrites texts before it cuts them ("
                            + n.getClass().getSimpleName() + ")");
                }
                notes.add("The tokenizer of " + folder
                        + " composes characters (NFC) before it cuts a text, for which GGUF"
                        + " has no place: texts with letters and accents apart may become other tokens.");
            }
            keys.put(KEY + "model", "gpt2");
            keys.put(
                    KEY + "pre",
                    pre != null ? pre : family(steps, model.options().whole()));
            Vocabulary vocabulary = model.vocabulary();
            List<String> merges = new ArrayList<>();
            for (MergeTable.Merge m : model.merges().sorted()) {
                merges.add(vocabulary.token(m.left()) + " " + vocabulary.token(m.right()));
            }
            keys.put(KEY + "merges", merges);
        }

        /** The name of the patterns that cut texts so. */
        private String family(List<PreTokenizer> steps, Bpe.Whole whole) {
            List<String> cuts = cuts(steps);
            Set<String> names = new LinkedHashSet<>(PREFERRED);
            names.addAll(SplitFamily.NAMES);
            String close = null;
            for (String name : names) {
                SplitFamily family = SplitFamily.of(name);
                if (family != null && family.bytes() && !family.addSep() && cuts.equals(cuts(family.steps()))) {
                    if (family.whole() == whole) {
                        return name;
                    }
                    close = close == null ? name : close;
                }
            }
            if (close != null) {
                return close; // words that are tokens as a whole: that this makes no difference, the probe has to show
            }
            throw cannot("its patterns " + cuts + " are none that this version knows a name for; if you know the name,"
                    + " give it with --pre");
        }

        private static List<String> cuts(List<PreTokenizer> steps) {
            List<String> out = new ArrayList<>();
            for (PreTokenizer step : steps) {
                switch (step) {
                    case PreTokenizer.Split s
                    when s.behavior() == (s.invert() ? Behavior.REMOVED : Behavior.ISOLATED) ->
                        out.add(s.pattern().toString().replace("\\\"", "\""));
                    case PreTokenizer.DigitGroups d -> out.add(d.toString());
                    case PreTokenizer.ByteLevel b -> {
                        if (b.useRegex()) {
                            out.add(PreTokenizer.ByteLevel.GPT2);
                        }
                    }
                    case PreTokenizer.Characters c -> out.add(cut(c));
                    default -> out.add(step.toString());
                }
            }
            return out;
        }

        /** Cuts around digits or punctuation, as a pattern. */
        private static String cut(PreTokenizer.Characters c) {
            boolean digits = c.members().test('7')
                    && !c.members().test('a')
                    && !c.members().test('!');
            boolean marks = c.members().test('!')
                    && c.members().test(0x3002)
                    && !c.members().test('7');
            return switch (c.behavior()) {
                case ISOLATED -> digits ? "\\p{N}" : c.toString();
                case CONTIGUOUS -> digits ? "\\p{N}+" : marks ? "[\\p{P}\\$\\+<=>\\^~\\|`]+" : c.toString();
                default -> c.toString();
            };
        }

        /** SentencePiece's kind: merges are what the scores of the joined tokens say. */
        private void scored(Bpe model) {
            boolean prefix = normalizers().stream()
                            .anyMatch(n -> n instanceof TextNormalizer.Prepend
                                    || (n instanceof SentencePieceNormalizer s && s.addPrefix()))
                    || steps().stream()
                            .anyMatch(s -> s instanceof PreTokenizer.Marks m
                                    && m.prepend() != PreTokenizer.Marks.Prepend.NEVER);
            keys.put(KEY + "model", "llama");
            keys.put(KEY + "pre", "default");
            float[] scores = new float[rows];
            boolean[] made = new boolean[rows];
            int rank = 0;
            for (MergeTable.Merge m : model.merges().sorted()) {
                if (!made[m.joined()]) {
                    made[m.joined()] = true;
                    scores[m.joined()] = -rank++;
                }
            }
            for (int id = 0; id < rows; id++) {
                if (types[id] == NORMAL && isByte(tokens.get(id))) {
                    types[id] = BYTE;
                } else if (types[id] == NORMAL && !made[id]) {
                    scores[id] = -rank - id; // a character, or what no merge makes
                }
            }
            int unknown = model.options().unknown();
            if (unknown >= 0) {
                types[unknown] = UNKNOWN;
            }
            keys.put(KEY + "scores", scores);
            keys.put(KEY + "add_space_prefix", prefix);
        }

        private static boolean isByte(String token) {
            return token.matches("<0x[0-9A-F]{2}>");
        }

        private void unigram(Unigram model) {
            keys.put(KEY + "model", "t5");
            float[] scores = new float[rows];
            for (int id = 0; id < model.scores().length; id++) {
                scores[id] = (float) model.scores()[id];
            }
            if (model.unknown() >= 0) {
                types[model.unknown()] = UNKNOWN;
                keys.put(KEY + "unknown_token_id", (long) model.unknown());
            }
            boolean prefix = steps().stream()
                    .anyMatch(
                            s -> s instanceof PreTokenizer.Marks m && m.prepend() != PreTokenizer.Marks.Prepend.NEVER);
            boolean extra = normalizers().stream()
                    .anyMatch(n -> n instanceof TextNormalizer.Replace r
                            && r.pattern().toString().contains(" {2,}"));
            for (TextNormalizer n : normalizers()) {
                switch (n) {
                    case TextNormalizer.Precompiled p ->
                        keys.put(KEY + "precompiled_charsmap", p.map().data());
                    case SentencePieceNormalizer s -> {
                        prefix |= s.addPrefix();
                        extra |= s.removeExtra();
                        if (s.map() != null) {
                            keys.put(KEY + "precompiled_charsmap", s.map().data());
                        }
                    }
                    default -> {} // what they do to the probe has to be the same
                }
            }
            keys.put(KEY + "scores", scores);
            keys.put(KEY + "add_space_prefix", prefix);
            keys.put(KEY + "remove_extra_whitespaces", extra);
        }

        /** Parts that begin a word are marked in place of those that go on. */
        private void wordPiece(WordPiece model) {
            keys.put(KEY + "model", "bert");
            keys.put(KEY + "token_type_count", 2L);
            for (int id = 0; id < rows; id++) {
                if (types[id] == NORMAL) {
                    String token = tokens.get(id);
                    tokens.set(id, token.startsWith("##") ? token.substring(2) : Metaspace.MARK + token);
                }
            }
            keys.put(KEY + "unknown_token_id", (long) model.unknown());
            boolean lowercase = normalizers().stream().anyMatch(n -> n instanceof BertNormalizer b && b.lowercase());
            keys.put(KEY + "normalizer.lowercase", lowercase);
        }

        private void special() {
            Tokenizer.SpecialIds s = parts.special();
            int[] framed = tokenizer.encode("a").ids();
            int[] plain = tokenizer.encode("a", EncodeOptions.RENDERED).ids();
            int before = 0;
            while (before + plain.length < framed.length
                    && !Arrays.equals(Arrays.copyOfRange(framed, before, before + plain.length), plain)) {
                before++;
            }
            int after = framed.length - plain.length - before;
            if (before > 1 || after > 1) {
                throw cannot("it puts more than one token before or after a text");
            }
            int bos = before == 1 ? framed[0] : s.bos();
            int eos = after == 1 ? framed[framed.length - 1] : s.eos();
            boolean bert = parts.model() instanceof WordPiece;
            put("bos_token_id", bos);
            if (bert) {
                put("cls_token_id", bos);
                put("seperator_token_id", eos); // spelled so in the format
            } else {
                put("eos_token_id", eos);
            }
            Set<Integer> ends = new TreeSet<>(s.ends());
            ends.remove(eos);
            int i = 0;
            for (int id : ends) {
                if (i < 2) {
                    put(i == 0 ? "eot_token_id" : "eom_token_id", id);
                }
                i++;
            }
            if (i > 2) {
                notes.add("The tokenizer of " + folder + " has " + (i + 1)
                        + " tokens that end an answer; GGUF has place for" + " three.");
            }
            put("padding_token_id", s.pad());
            if (!keys.containsKey(KEY + "unknown_token_id")) {
                int unknown = parts.model() instanceof Bpe b ? b.options().unknown() : -1;
                put("unknown_token_id", unknown >= 0 ? unknown : s.unk());
            }
            keys.put(KEY + "add_bos_token", before == 1);
            keys.put(KEY + "add_eos_token", after == 1);
        }

        private void put(String name, int id) {
            if (id >= 0) {
                keys.put(KEY + name, (long) id);
            }
        }

        private void verify() {
            Map<String, Object> values = new HashMap<>(keys);
            values.put(KEY + "tokens", tokens.toArray(String[]::new));
            Tokenizer back = Tokenizer.ofGguf(values);
            boolean composed = normalizers().stream().anyMatch(n -> n instanceof TextNormalizer.Canonical);
            String probe = composed ? Normalizer.normalize(PROBE, Normalizer.Form.NFC) : PROBE; // noted above
            int[] wanted = tokenizer.encode(probe).ids();
            int[] found = back.encode(probe).ids();
            if (Arrays.equals(wanted, found)) {
                return;
            }
            int at = Math.max(0, Arrays.mismatch(wanted, found));
            String problem = "a text of many scripts becomes other tokens, the first at place " + at + ": "
                    + spelled(wanted, at) + " would be " + spelled(found, at);
            if (pre == null) {
                throw cannot(problem);
            }
            notes.add("With --pre " + pre + ", " + problem + ".");
        }

        private String spelled(int[] ids, int at) {
            return at < ids.length ? "'" + tokens.get(ids[at]) + "'" : "the end";
        }
    }
}
