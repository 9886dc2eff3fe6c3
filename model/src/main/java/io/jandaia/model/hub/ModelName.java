package io.jandaia.model.hub;

import io.jandaia.error.JandaiaException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of a model on the Hub: {@code org/name}, {@code org/name@revision}, {@code org/name:Q4_K_M}.
 *
 * @param id {@code org/name}, or {@code name} for the few without an owner
 * @param revision a branch, a tag or a commit; null for {@code main}
 * @param quant which of a repository's GGUF files, by its quantisation; null for the usual one
 */
public record ModelName(
        String id, @Nullable String revision, @Nullable String quant) {

    private static final Pattern ADDRESS =
            Pattern.compile("^(?:hf://|(?:https://)?(?:huggingface\\.co|hf\\.co)/)", Pattern.CASE_INSENSITIVE);
    private static final Pattern FORM = Pattern.compile("([^@:]+)(?:@([^:]+))?(?::([A-Za-z0-9_.-]{1,64}))?");
    private static final String WORD = "[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?";
    private static final Pattern ID = Pattern.compile("(?:" + WORD + "/)?" + WORD);

    /** The name in {@code text}; empty when it can be none. */
    public static Optional<ModelName> of(String text) {
        Matcher m = FORM.matcher(ADDRESS.matcher(text).replaceFirst(""));
        if (!m.matches() || !isId(m.group(1)) || (m.group(2) != null && !Names.isRevision(m.group(2)))) {
            return Optional.empty();
        }
        return Optional.of(new ModelName(m.group(1), m.group(2), m.group(3)));
    }

    /** The name in {@code text}; otherwise a USAGE error. */
    public static ModelName parse(String text) {
        return of(text).orElseThrow(() -> JandaiaException.usage(Names.quote(text)
                + " is no name of a model on the Hub; expected org/name, org/name@revision or org/name:Q4_K_M."));
    }

    /** This model at another revision. */
    public ModelName at(String other) {
        if (!Names.isRevision(other)) {
            throw JandaiaException.usage("The revision " + Names.quote(other) + " can be no branch, tag or commit.");
        }
        return new ModelName(id, other, quant);
    }

    /** This model with another choice of GGUF files. */
    public ModelName quant(String other) {
        return new ModelName(id, revision, other);
    }

    /** Whether it names an owner too; other names are easily meant otherwise. */
    public boolean owned() {
        return id.contains("/");
    }

    String revisionOrMain() {
        return revision == null ? "main" : revision;
    }

    /** As it is written. */
    @Override
    public String toString() {
        return id + (revision == null ? "" : "@" + revision) + (quant == null ? "" : ":" + quant);
    }

    private static boolean isId(String id) {
        return ID.matcher(id).matches() && !id.contains("--") && !id.contains("..") && !id.endsWith(".git");
    }
}
