package io.jandaia.model;

import io.jandaia.model.tokenizer.EncodeOptions;
import io.jandaia.model.tokenizer.Segment;
import io.jandaia.model.tokenizer.Tokenizer;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How a model of code is asked for what is between two texts: special tokens before the first, between them and after the
 * second.
 *
 * @param ends tokens that end what is filled in
 */
public record Infill(String begin, String hole, String end, Set<Integer> ends) {

    /** What models have: StarCoder and Granite, Qwen and CodeGemma, DeepSeek, CodeLlama, SantaCoder. */
    private static final List<List<String>> KNOWN = List.of(
            List.of("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
            List.of("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
            List.of("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),
            List.of("▁<PRE>", "▁<SUF>", "▁<MID>"),
            List.of("<fim-prefix>", "<fim-suffix>", "<fim-middle>"));

    private static final List<String> ALSO_END = List.of(
            "<|fim_pad|>",
            "<fim_pad>",
            "<|repo_name|>",
            "<|file_sep|>",
            "<|file_separator|>",
            "<file_sep>",
            "▁<EOT>",
            "<|endoftext|>");

    /** That of a model; empty for one that was not trained for it. */
    public static Optional<Infill> of(Tokenizer tokenizer) {
        for (List<String> tokens : KNOWN) {
            if (tokens.stream().allMatch(t -> tokenizer.id(t).isPresent())) {
                Set<Integer> ends = new HashSet<>();
                tokens.forEach(t -> tokenizer.id(t).ifPresent(ends::add));
                ALSO_END.forEach(t -> tokenizer.id(t).ifPresent(ends::add));
                return Optional.of(new Infill(tokens.get(0), tokens.get(1), tokens.get(2), Set.copyOf(ends)));
            }
        }
        return Optional.empty();
    }

    /** The prompt for what is to be between two texts. */
    public int[] prompt(Tokenizer tokenizer, String before, String after) {
        return tokenizer
                .encode(
                        List.of(
                                new Segment(begin, false),
                                new Segment(before, true),
                                new Segment(hole, false),
                                new Segment(after, true),
                                new Segment(end, false)),
                        EncodeOptions.DEFAULT)
                .ids();
    }
}
