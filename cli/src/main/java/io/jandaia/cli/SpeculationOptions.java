package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.ModelStore;
import io.jandaia.model.Speculate;
import io.jandaia.model.Speculate.Mode;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of commands that may guess tokens ahead. */
final class SpeculationOptions {

    @Option(names = "--speculate", paramLabel = "auto|off|ngram|draft")
    @Nullable
    String speculate;

    @Option(names = "--draft-model", paramLabel = "MODEL")
    @Nullable
    String draftModel;

    @Option(names = "--draft-tokens", paramLabel = "N")
    @Nullable
    Integer draftTokens;

    boolean given() {
        return speculate != null || draftModel != null || draftTokens != null;
    }

    LoadOptions toLoad(LoadOptions options, Texts texts) {
        String given = speculate == null ? "auto" : speculate;
        Mode mode = Arrays.stream(Mode.values())
                .filter(m -> m.name().toLowerCase(Locale.ROOT).equals(given))
                .findFirst()
                .orElseThrow(() -> texts.usage("speculate.range", given));
        if ((draftModel == null && mode == Mode.DRAFT) || (draftModel != null && mode == Mode.NGRAM)) {
            throw texts.usage("speculate.model", given);
        }
        int most = draftTokens == null ? Speculate.DEFAULT.most() : draftTokens;
        if (most < 1 || most > 32) {
            throw texts.usage("draft-tokens.range", most);
        }
        return options.speculate(new Speculate(mode, draftModel == null ? null : path(draftModel), most));
    }

    private static Path path(String model) {
        try {
            if (Files.exists(Path.of(model))) {
                return Path.of(model);
            }
        } catch (InvalidPathException e) {
            // not a path: a name in the store
        }
        return ModelStore.local().find(model); // which says that there is none
    }
}
