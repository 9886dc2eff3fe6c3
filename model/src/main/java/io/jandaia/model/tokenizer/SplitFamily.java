package io.jandaia.model.tokenizer;

import io.jandaia.model.tokenizer.PreTokenizer.Behavior;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How byte-level vocabularies in GGUF files are cut into pieces, by the name in {@code tokenizer.ggml.pre}. The expressions
 * are those of the tokenizer files that the models were published with.
 *
 * @param steps the cuts, one after the other
 * @param bytes whether pieces are then spelled in byte stand-ins; false where spaces are marks and bytes are tokens
 * @param whole which pieces are looked up as a whole first
 * @param addBos whether a text begins with the begin token unless the file says otherwise
 * @param addSep whether a text is put between begin and separator tokens, as encoder models want it
 */
record SplitFamily(List<PreTokenizer> steps, boolean bytes, Bpe.Whole whole, boolean addBos, boolean addSep) {

    private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String SPACES = "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String WORD = "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
    private static final String SYMBOLS = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*";
    private static final String LLAMA3 = CONTRACTIONS + "|" + WORD + "|\\p{N}{1,3}" + SYMBOLS + SPACES;
    private static final String QWEN2 = CONTRACTIONS + "|" + WORD + "|\\p{N}" + SYMBOLS + SPACES;
    private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String CASED = cased(UPPER, LOWER, "");
    private static final String CASED_CONTRACTIONS = cased(UPPER, LOWER, CONTRACTIONS + "?");
    private static final String SLASHED = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*";
    private static final String GPT4O = CASED_CONTRACTIONS + "|\\p{N}{1,3}" + SLASHED + SPACES;
    private static final String CJK = "[一-龥぀-ゟ゠-ヿ]+";
    private static final String ASCII_SYMBOL_WORD = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+";
    private static final String DEEPSEEK3 =
            ASCII_SYMBOL_WORD + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*" + SPACES;
    private static final String WORDS_TO_PUNCTUATION = " ?[^(\\s|.,!?…。，、।۔،)]+";
    private static final String LINES = "[^\\n]+|[\\n]+";

    private static String cased(String upper, String lower, String tail) {
        String head = "[^\\r\\n\\p{L}\\p{N}]?";
        return head + upper + "*" + lower + "+" + tail + "|" + head + upper + "+" + lower + "*" + tail;
    }

    /** The family of a name, or null. */
    static @Nullable SplitFamily of(String name) {
        return switch (name) {
            case "llama3",
                    "llama-v3",
                    "llama-bpe",
                    "falcon3",
                    "falcon-h1",
                    "pixtral",
                    "midm-2.0",
                    "lfm2",
                    "jina-v5-nano" -> new SplitFamily(splits(LLAMA3), true, Bpe.Whole.ALL, true, false);
            case "dbrx", "smaug-bpe", "glm4", "chatglm-bpe" -> plain(LLAMA3);
            case "minicpm5" -> whole("\\p{N}{1,3}", CONTRACTIONS + "|" + WORD + "|\\p{N}+" + SYMBOLS + SPACES);
            case "jais-2" ->
                plain(CONTRACTIONS + "|" + WORD + "|\\p{N}{1,3}" + SYMBOLS + "|\\s*[\\r\\n]+"
                        + "|\\s{512}(?!\\S)|\\s{256}(?!\\S)|\\s{128}(?!\\S)|\\s{64}(?!\\S)|\\s{32}(?!\\S)"
                        + "|\\s{16}(?!\\S)|\\s{8}(?!\\S)|\\s{4}(?!\\S)|\\s{1,2}(?!\\S)|\\s{1}");
            case "qwen2",
                    "deepseek-r1-qwen",
                    "kormo",
                    "f2llmv2",
                    "megrez",
                    "stablelm2",
                    "hunyuan",
                    "solar-open",
                    "grok-2" -> plain(QWEN2);
            case "qwen35" ->
                plain(CONTRACTIONS
                        + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*"
                        + SPACES);
            case "ufakzeka" -> plain(WORD + "|\\p{N}" + SYMBOLS + SPACES);
            case "laguna" -> plain(LINES, QWEN2);
            case "gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2" -> plain(GPT4O);
            case "granite-embed-multi-97m" -> whole(GPT4O);
            case "tekken" ->
                new SplitFamily(splits(CASED + "|\\p{N}" + SLASHED + SPACES), true, Bpe.Whole.ALL, true, false);
            case "youtu" ->
                whole("[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|" + CJK, CASED_CONTRACTIONS + "|\\p{N}" + SLASHED + SPACES);
            case "tiny_aya", "cohere2moe" -> {
                List<PreTokenizer> steps = new ArrayList<>();
                steps.add(new PreTokenizer.DigitGroups(true));
                steps.addAll(splits(GPT4O));
                yield new SplitFamily(steps, true, Bpe.Whole.NONE, false, false);
            }
            case "superbpe" ->
                new SplitFamily(
                        List.of(split("\\p{N}+"), new PreTokenizer.DigitGroups(false)),
                        true,
                        Bpe.Whole.NONE,
                        false,
                        false);
            case "afmoe" -> {
                List<PreTokenizer> steps = new ArrayList<>();
                steps.add(new PreTokenizer.DigitGroups(false));
                steps.addAll(splits(
                        "[一-鿿㐀-䶿\\uF900-\\uFAFF぀-ゟ゠-ヿ･-ﾟ⼀-\u2FDFเ-\u0E7F\u0E80-\u0EFFក-\u17FFက-႟ꩠ-ꩿꧠ-\uA9FF가-\uD7AFᄀ-ᇿ]+",
                        DEEPSEEK3));
                yield new SplitFamily(steps, true, Bpe.Whole.NONE, false, false);
            }
            case "kimi-k2" -> {
                String upper = UPPER.replace("]", "&&[^\\p{Han}]]");
                String lower = LOWER.replace("]", "&&[^\\p{Han}]]");
                yield plain(
                        "[\\p{Han}]+|" + cased(upper, lower, CONTRACTIONS + "?") + "|\\p{N}{1,3}" + SYMBOLS + SPACES);
            }
            case "deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4" -> plain("\\p{N}{1,3}", CJK, DEEPSEEK3);
            case "spark2_5" ->
                plain(
                        "\\p{N}{1,3}",
                        CJK,
                        ASCII_SYMBOL_WORD + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+"
                                + "|[\\r\\n]|\\s+(?!\\S)|\\s+",
                        "\\p{N}");
            case "deepseek-llm" ->
                plain(
                        "[\\r\\n]",
                        "\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿ"
                                + "ᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-\\u1F15\\u1F18-\\u1F1D\\u1F20-\\u1F45\\u1F48-\\u1F4D\\u1F50-\\u1F57"
                                + "\\u1F59\\u1F5B\\u1F5D\\u1F5F-\\u1F7D\\u1F80-\\u1FB4\\u1FB6-\\u1FBC\\u1FBE\\u1FC2-\\u1FC4"
                                + "\\u1FC6-\\u1FCC\\u1FD0-\\u1FD3\\u1FD6-\\u1FDB\\u1FE0-\\u1FEC\\u1FF2-\\u1FF4\\u1FF6-\\u1FFC"
                                + "\\u2102\\u2107\\u210A-\\u2113\\u2115\\u2119-\\u211D\\u2124\\u2126\\u2128\\u212A-\\u212D"
                                + "\\u212F-\\u2134\\u2139\\u213C-\\u213F\\u2145-\\u2149\\u214E\\u2183\\u2184Ⰰ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳ"
                                + "Ꙁ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ"
                                + "𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+",
                        "\\s?[!-/:-~！-／：-～‘-‟\u3000-。]+",
                        "\\s+$",
                        "[一-龥ࠀ-一가-\uD7FF]+",
                        "\\p{N}+");
            case "deepseek-coder" -> plain("[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", "[一-龥ࠀ-一가-\uD7FF]+", "\\p{N}");
            case "falcon" -> plain("[\\p{P}\\$\\+<=>\\^~\\|`]+", PreTokenizer.ByteLevel.GPT2, "[0-9][0-9][0-9]");
            case "default" ->
                plain("[\\p{P}\\$\\+<=>\\^~\\|]+", PreTokenizer.ByteLevel.GPT2, "\\p{N}+", "[0-9][0-9][0-9]");
            case "starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2" ->
                plain("\\p{N}", PreTokenizer.ByteLevel.GPT2);
            case "gpt-2",
                    "phi-2",
                    "jina-es",
                    "jina-de",
                    "gigachat",
                    "jina-v2-es",
                    "jina-v2-de",
                    "a.x-4.0",
                    "mellum",
                    "modern-bert",
                    "mpt",
                    "olmo",
                    "jais",
                    "trillion",
                    "granite-docling",
                    "exaone4" -> plain(PreTokenizer.ByteLevel.GPT2);
            case "jina-v1-en", "jina-v2-code", "roberta-bpe" ->
                new SplitFamily(splits(PreTokenizer.ByteLevel.GPT2), true, Bpe.Whole.NONE, false, true);
            case "exaone-moe" ->
                plain(CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+|\\p{N}"
                        + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]?|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+");
            case "bailingmoe", "bailingmoe2", "llada-moe" ->
                plain("'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*"
                        + "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+");
            case "seed-coder" -> plain(CONTRACTIONS + "|" + WORD + "|\\p{N}{1}| ?[^\\s\\p{L}\\p{N}\\r\\n]+" + SPACES);
            case "poro-chat", "bloom", "gpt3-finnish" -> plain(WORDS_TO_PUNCTUATION);
            case "viking" -> plain(WORDS_TO_PUNCTUATION, "\\p{N}");
            case "chameleon" ->
                new SplitFamily(
                        splits(
                                "<sentinel:[0-9]+>",
                                "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z",
                                "([\\t\\n]|    |  )",
                                "\\p{N}",
                                "[\\p{P}!-/:-@\\[-`{-~]",
                                PreTokenizer.ByteLevel.GPT2),
                        true,
                        Bpe.Whole.NONE,
                        true,
                        false);
            case "gemma4", "granite-embed-multi-311m" ->
                new SplitFamily(splits(LINES), false, Bpe.Whole.NEWLINES, true, false);
            case "sarvam-moe" -> new SplitFamily(splits(LINES), false, Bpe.Whole.NONE, false, false);
            default -> null;
        };
    }

    /** The names above, for the message about one that is not among them. */
    static final List<String> NAMES = List.of(
            "a.x-4.0",
            "afmoe",
            "bailingmoe",
            "bailingmoe2",
            "bloom",
            "chameleon",
            "chatglm-bpe",
            "codeshell",
            "cohere2moe",
            "command-r",
            "dbrx",
            "deepseek-coder",
            "deepseek-llm",
            "deepseek-r1-qwen",
            "deepseek-v3",
            "default",
            "exaone",
            "exaone-moe",
            "exaone4",
            "f2llmv2",
            "falcon",
            "falcon-h1",
            "falcon3",
            "gemma4",
            "gigachat",
            "glm4",
            "gpt-2",
            "gpt-4o",
            "gpt3-finnish",
            "granite-docling",
            "granite-embed-multi-311m",
            "granite-embed-multi-97m",
            "grok-2",
            "hunyuan",
            "hunyuan-dense",
            "hy_v4",
            "jais",
            "jais-2",
            "jina-de",
            "jina-es",
            "jina-v1-en",
            "jina-v2-code",
            "jina-v2-de",
            "jina-v2-es",
            "jina-v5-nano",
            "joyai-llm",
            "kanana2",
            "kimi-k2",
            "kormo",
            "laguna",
            "lfm2",
            "llada-moe",
            "llama-bpe",
            "llama-v3",
            "llama3",
            "llama4",
            "megrez",
            "mellum",
            "mellum2",
            "midm-2.0",
            "minerva-7b",
            "minicpm5",
            "minimax-m2",
            "modern-bert",
            "mpt",
            "olmo",
            "phi-2",
            "pixtral",
            "poro-chat",
            "qwen2",
            "qwen35",
            "refact",
            "roberta-bpe",
            "sarvam-moe",
            "seed-coder",
            "smaug-bpe",
            "smollm",
            "solar-open",
            "spark2_5",
            "stablelm2",
            "starcoder",
            "superbpe",
            "talkie",
            "tekken",
            "tiny_aya",
            "trillion",
            "ufakzeka",
            "viking",
            "youtu");

    private static SplitFamily plain(String... patterns) {
        return new SplitFamily(splits(patterns), true, Bpe.Whole.NONE, false, false);
    }

    private static SplitFamily whole(String... patterns) {
        return new SplitFamily(splits(patterns), true, Bpe.Whole.ALL, false, false);
    }

    private static List<PreTokenizer> splits(String... patterns) {
        List<PreTokenizer> steps = new ArrayList<>();
        for (String pattern : patterns) steps.add(split(pattern));
        return steps;
    }

    private static PreTokenizer split(String pattern) {
        return new PreTokenizer.Split(SplitPattern.compile(pattern), Behavior.ISOLATED, false);
    }
}
