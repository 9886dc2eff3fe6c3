package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.model.TextTokens;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A text as token ids in place of words, for tests and tooling. */
final class TokenIdOptions {

    @Option(names = "--token-ids", paramLabel = "IDS")
    @Nullable
    String tokenIds;

    @Option(names = "--type-ids", paramLabel = "IDS")
    @Nullable
    String typeIds;

    /** The tokens that were given; null when there are none, and then there may be words. */
    @Nullable
    TextTokens given(List<String> words, Texts texts) {
        if (tokenIds == null) {
            if (typeIds != null) {
                throw texts.usage("type.ids");
            }
            return null;
        }
        if (!words.isEmpty()) {
            throw texts.usage("token.ids.or.text");
        }
        TextTokens tokens = TextTokens.of(TokenIds.parse(tokenIds, "--token-ids", texts));
        return typeIds == null ? tokens : tokens.withTypes(TokenIds.parse(typeIds, "--type-ids", texts));
    }
}
