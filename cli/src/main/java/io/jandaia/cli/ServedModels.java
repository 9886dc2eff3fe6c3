package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.error.JandaiaException;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.hub.HubSettings;
import io.jandaia.server.ModelLimits;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of which models a server has, and for how long. */
final class ServedModels {

    private static final Pattern SIZE =
            Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)\\s*([KMGT]?)(i?)B?", Pattern.CASE_INSENSITIVE);
    private static final Pattern TIME = Pattern.compile("(\\d{1,9})(s|m|h|d)?");

    @Option(names = "--only")
    boolean only;

    @Option(names = "--keep-alive", paramLabel = "TIME")
    @Nullable
    String keepAlive;

    @Option(names = "--max-memory", paramLabel = "SIZE")
    @Nullable
    String maxMemory;

    @Option(names = "--max-models", paramLabel = "N")
    @Nullable
    Integer maxModels;

    @Option(names = "--keep-prefixes", paramLabel = "SIZE")
    @Nullable
    String keepPrefixes;

    @Option(names = "--allow-pull")
    boolean allowPull;

    /** Where requests may have models pulled from; null = nowhere. */
    @Nullable
    HubSettings hub() {
        return allowPull ? HubSettings.local() : null;
    }

    ModelLimits limits(Texts texts) {
        ModelLimits limits = ModelLimits.DEFAULT;
        if (keepAlive != null) {
            limits = limits.keepAlive(time(keepAlive, texts));
        }
        if (maxMemory != null) {
            limits = limits.memory(size("--max-memory", maxMemory, texts));
        }
        if (maxModels != null) {
            if (maxModels < 1) {
                throw texts.usage("serve.range", "--max-models", maxModels, 1, Integer.MAX_VALUE);
            }
            limits = limits.models(maxModels);
        }
        return limits;
    }

    /** The options of models with what of their prompts is kept on disk. */
    LoadOptions toLoad(LoadOptions options, Texts texts) {
        return keepPrefixes == null ? options : options.keptPrefixes(size("--keep-prefixes", keepPrefixes, texts));
    }

    /** @throws JandaiaException USAGE */
    private static Duration time(String text, Texts texts) {
        if (text.equals("never") || text.equals("-1")) {
            return ModelLimits.FOREVER;
        }
        Matcher m = TIME.matcher(text);
        if (!m.matches()) {
            throw texts.usage("serve.keep-alive", text);
        }
        long n = Long.parseLong(m.group(1));
        return switch (m.group(2) == null ? "s" : m.group(2)) {
            case "m" -> Duration.ofMinutes(n);
            case "h" -> Duration.ofHours(n);
            case "d" -> Duration.ofDays(n);
            default -> Duration.ofSeconds(n);
        };
    }

    /** @throws JandaiaException USAGE */
    private static long size(String option, String text, Texts texts) {
        Matcher m = SIZE.matcher(text.strip());
        if (!m.matches()) {
            throw texts.usage("serve.size", option, text);
        }
        int power = m.group(2).isEmpty()
                ? 0
                : 1 + "KMGT".indexOf(Character.toUpperCase(m.group(2).charAt(0)));
        return (long) (Double.parseDouble(m.group(1)) * Math.pow(m.group(3).isEmpty() ? 1000 : 1024, power));
    }
}
