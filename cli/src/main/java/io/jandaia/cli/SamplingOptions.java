package io.jandaia.cli;

import io.jandaia.model.GenerateOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that generates. What is not given is the model's own default. */
final class SamplingOptions {

    @Option(names = "--temperature", paramLabel = "T")
    @Nullable
    Double temperature;

    @Option(names = "--top-k", paramLabel = "K")
    @Nullable
    Integer topK;

    @Option(names = "--top-p", paramLabel = "P")
    @Nullable
    Double topP;

    @Option(names = "--min-p", paramLabel = "P")
    @Nullable
    Double minP;

    @Option(names = "--repeat-penalty", paramLabel = "X")
    @Nullable
    Double repeatPenalty;

    @Option(names = "--seed", paramLabel = "N")
    @Nullable
    Long seed;

    @Option(names = "--max-tokens", paramLabel = "N")
    @Nullable
    Integer maxTokens;

    @Option(names = "--stop", paramLabel = "TEXT")
    List<String> stops = List.of();

    @Option(names = "--ignore-eos")
    boolean ignoreEnd;

    GenerateOptions toGenerate() {
        return new GenerateOptions(
                maxTokens, temperature, topK, topP, minP, repeatPenalty, seed, List.copyOf(stops), ignoreEnd);
    }
}
