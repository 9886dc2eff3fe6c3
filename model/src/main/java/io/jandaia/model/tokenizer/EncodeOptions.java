package io.jandaia.model.tokenizer;

/**
 * How to encode.
 *
 * @param addSpecial whether the tokenizer's own template (begin of text, [CLS] and the like) is applied
 * @param parseSpecial whether the text of a special token becomes that token; when false it is ordinary text
 */
public record EncodeOptions(boolean addSpecial, boolean parseSpecial) {

    /** Template and special tokens, as the reference libraries do by default. */
    public static final EncodeOptions DEFAULT = new EncodeOptions(true, true);

    /** For text that already holds its special tokens, such as a rendered chat template. */
    public static final EncodeOptions RENDERED = new EncodeOptions(false, true);

    /** Only the text itself: nothing is added and nothing in it is special. */
    public static final EncodeOptions PLAIN = new EncodeOptions(false, false);
}
