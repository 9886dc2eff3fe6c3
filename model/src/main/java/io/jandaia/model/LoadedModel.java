package io.jandaia.model;

import io.jandaia.model.nn.Decoder;
import io.jandaia.model.nn.Network;
import io.jandaia.model.pack.ModelPacks;
import io.jandaia.model.pack.PackCache;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.KernelSets;
import io.jandaia.tensor.kernel.Kernels;
import io.jandaia.tensor.kernel.KvType;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Everything of a model that does not change while it runs: weights, tokenizer, template, defaults. */
record LoadedModel(
        ModelFiles files,
        Kernels kernels,
        Network network,
        ModelText text,
        Numerics asked,
        KvType keysAndValues,
        ModelPacks packs,
        Arena arena)
        implements AutoCloseable {

    @SuppressWarnings("MustBeClosedChecker") // owned by the result
    static LoadedModel open(Path path, LoadOptions options) {
        ModelFiles files = ModelFiles.open(path, options);
        Arena arena = Arena.ofShared();
        try {
            Kernels kernels = KernelSets.named(options.kernels() == null ? "auto" : options.kernels())
                    .kernels();
            Numerics numerics = options.numerics() == null ? kernels.usual() : options.numerics();
            ModelPacks packs = options.packCache() ? PackCache.local().open(files.weightFiles()) : ModelPacks.NONE;
            Network network = files.network((w, n) -> kernels.pack(w, n, packs), numerics, arena);
            packs.keep();
            KvType suitable = network.numerics() == Numerics.FAST ? KvType.F16 : KvType.F32;
            KvType type = options.keysAndValues() == null ? suitable : options.keysAndValues();
            return new LoadedModel(
                    files, kernels, network, files.text(options.template()), numerics, type, packs, arena);
        } catch (RuntimeException e) {
            arena.close();
            files.close();
            throw e;
        }
    }

    /** The decoder; USAGE when the model is none. */
    Decoder decoder() {
        if (network instanceof Decoder d) {
            return d;
        }
        throw files.isNot("goes on with texts");
    }

    Path path() {
        return files.path();
    }

    GenerationDefaults defaults() {
        return files.defaults();
    }

    List<String> notes() {
        List<String> notes = new ArrayList<>(files.notes());
        if (asked == Numerics.FAST && asked != kernels.usual() && network.numerics() == Numerics.EXACT) {
            notes.add("Fast numerics were asked for; with these weights the " + kernels.name()
                    + " kernels compute in exact numerics.");
        }
        packs.note().ifPresent(notes::add);
        notes.addAll(text.notes());
        return notes;
    }

    @Override
    public void close() {
        packs.close();
        arena.close();
        files.close();
    }
}
