package io.jandaia.cli;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.LoadOptions;
import io.jandaia.tensor.Numerics;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of every command that loads a model. */
final class ModelOptions {

    @Option(
            names = "--numerics",
            paramLabel = "exact|fast",
            description = "Activations in float32 (exact) or quantised to 8 bits where weights are (fast).")
    @Nullable
    String numerics;

    @Option(names = "--threads", paramLabel = "N", description = "Threads that compute; default: one per core.")
    @Nullable
    Integer threads;

    @Option(
            names = "--kernels",
            paramLabel = "NAME",
            description = "Kernel set: scalar, vector or auto, the fastest; default: auto.")
    @Nullable
    String kernels;

    @Mixin
    ConfigOptions configOptions = new ConfigOptions();

    LoadOptions toLoad() {
        LoadOptions o = LoadOptions.DEFAULT.ignoredKeys(Set.copyOf(configOptions.ignoredKeys));
        if (threads != null) {
            if (threads < 1 || threads > 1024) {
                throw JandaiaException.usage("--threads is " + threads + "; expected 1 to 1024.");
            }
            o = o.threads(threads);
        }
        if (numerics != null) {
            o = o.numerics(numericsOf(numerics));
        }
        return kernels == null ? o : o.kernels(kernels);
    }

    private static Numerics numericsOf(String name) {
        return Arrays.stream(Numerics.values())
                .filter(n -> n.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElseThrow(() -> JandaiaException.usage("--numerics is '" + name + "'; expected exact or fast."));
    }
}
