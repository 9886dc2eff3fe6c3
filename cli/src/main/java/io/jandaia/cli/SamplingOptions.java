package io.jandaia.cli;

import io.jandaia.model.GenerateOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that generates. What is not given is the model's own default. */
final class SamplingOptions {

    @Option(names = "--temperature", paramLabel = "T", description = "0 = always the most likely token.")
    @Nullable
    Double temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "Only the K most likely tokens; 0 = all.")
    @Nullable
    Integer topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description = "Only the tokens that together reach probability P; 1 = all.")
    @Nullable
    Double topP;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            description = "Only tokens at least P times as likely as the best; 0 = all.")
    @Nullable
    Double minP;

    @Option(
            names = "--repeat-penalty",
            paramLabel = "X",
            description = "Makes tokens that occurred less likely; 1 = no.")
    @Nullable
    Double repeatPenalty;

    @Option(names = "--seed", paramLabel = "N", description = "Same seed, same text; default: a new one each time.")
    @Nullable
    Long seed;

    @Option(names = "--max-tokens", paramLabel = "N", description = "The most tokens to generate.")
    @Nullable
    Integer maxTokens;

    @Option(names = "--stop", paramLabel = "TEXT", description = "A text that ends the answer; may be repeated.")
    List<String> stops = List.of();

    @Option(names = "--ignore-eos", description = "Go on when the model ends its answer.")
    boolean ignoreEnd;

    GenerateOptions toGenerate() {
        return new GenerateOptions(
                maxTokens, temperature, topK, topP, minP, repeatPenalty, seed, List.copyOf(stops), ignoreEnd);
    }
}
