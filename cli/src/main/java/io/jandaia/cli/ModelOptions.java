package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.model.LoadOptions;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.KvType;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of every command that loads a model. */
final class ModelOptions {

    @Option(names = "--numerics", paramLabel = "exact|fast")
    @Nullable
    String numerics;

    @Option(names = "--kv-type", paramLabel = "f32|f16|bf16|q8")
    @Nullable
    String kvType;

    @Option(names = "--threads", paramLabel = "N")
    @Nullable
    Integer threads;

    @Option(names = "--kernels", paramLabel = "NAME")
    @Nullable
    String kernels;

    @Option(names = "--no-pack-cache")
    boolean noPackCache;

    @Mixin
    ConfigOptions configOptions = new ConfigOptions();

    boolean given() {
        return numerics != null
                || kvType != null
                || threads != null
                || kernels != null
                || noPackCache
                || !configOptions.ignoredKeys.isEmpty();
    }

    LoadOptions toLoad(Texts texts) {
        LoadOptions o = LoadOptions.DEFAULT.ignoredKeys(Set.copyOf(configOptions.ignoredKeys));
        if (threads != null) {
            if (threads < 1 || threads > 1024) {
                throw texts.usage("threads.range", threads);
            }
            o = o.threads(threads);
        }
        if (numerics != null) {
            o = o.numerics(named(Numerics.values(), numerics, "numerics.range", texts));
        }
        if (kvType != null) {
            o = o.keysAndValues(named(KvType.values(), kvType, "kv-type.range", texts));
        }
        o = o.packCache(!noPackCache);
        return kernels == null ? o : o.kernels(kernels);
    }

    private static <T extends Enum<T>> T named(T[] values, String name, String range, Texts texts) {
        return Arrays.stream(values)
                .filter(v -> v.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElseThrow(() -> texts.usage(range, name));
    }
}
