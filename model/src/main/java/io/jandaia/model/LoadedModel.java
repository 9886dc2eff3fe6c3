package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.engine.PrefixStore;
import io.jandaia.model.nn.Decoder;
import io.jandaia.model.nn.Network;
import io.jandaia.model.pack.FileIdentity;
import io.jandaia.model.pack.ModelPacks;
import io.jandaia.model.pack.PackCache;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.kernel.KernelSets;
import io.jandaia.tensor.kernel.Kernels;
import io.jandaia.tensor.kernel.KvType;
import io.jandaia.tensor.kernel.PackStore;
import io.jandaia.tensor.kernel.PackedMatrix;
import io.jandaia.tensor.kernel.WeightPacking;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;

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

    /** Products read from memory what they can; a table's rows come from the file, few at a time. */
    private record Packing(Kernels kernels, PackStore store, boolean inMemory) implements WeightPacking {
        @Override
        public PackedMatrix pack(StoredTensor weight, Numerics numerics) {
            PackedMatrix packed = kernels.pack(weight, numerics, store);
            return inMemory ? packed.inMemory() : packed;
        }

        @Override
        public PackedMatrix table(StoredTensor weight) {
            return kernels.table(weight);
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // owned by the result
    static LoadedModel open(Path path, LoadOptions options) {
        ModelFiles files = ModelFiles.open(path, options);
        Arena arena = Arena.ofShared();
        ModelPacks packs = ModelPacks.NONE;
        // The tokenizer is made on one processor while the weights are read and packed.
        FutureTask<ModelText> text = new FutureTask<>(() -> files.text(options.template()));
        Thread.ofPlatform().name("jandaia-text").daemon().start(text);
        try {
            Kernels kernels = KernelSets.named(options.kernels() == null ? "auto" : options.kernels())
                    .kernels();
            Numerics numerics = options.numerics() == null ? kernels.usual() : options.numerics();
            ModelPacks store = options.packCache() ? PackCache.local().open(files.weightFiles()) : packs;
            packs = store;
            boolean inMemory = files.storedBytes() <= MachineMemory.available() / 2;
            Network network = files.network(new Packing(kernels, store, inMemory), numerics, arena);
            KvType suitable = network.numerics() == Numerics.FAST ? KvType.F16 : KvType.F32;
            KvType type = options.keysAndValues() == null ? suitable : options.keysAndValues();
            LoadedModel loaded = new LoadedModel(files, kernels, network, result(text), numerics, type, packs, arena);
            packs.keep();
            return loaded;
        } catch (RuntimeException | Error e) {
            settle(text); // it reads what is closed now
            packs.close();
            arena.close();
            files.close();
            throw e;
        }
    }

    private static <T> T result(Future<T> task) {
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException r) {
                throw r;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JandaiaException(JandaiaException.Kind.CANCELLED, "Loading the model was interrupted.", e);
        }
    }

    private static void settle(Future<?> task) {
        boolean interrupted = false;
        while (!task.isDone()) {
            try {
                task.get();
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                break; // the first failure is the one to report
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
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

    /**
     * Where what prompts begin with stays until the next run: beside the packed weights.
     *
     * @throws IOException when the model's files cannot be read
     */
    PrefixStore prefixes(long bytes) throws IOException {
        List<Path> read = identified();
        String name = FileIdentity.name(read) + ".prefixes";
        String key = String.join(
                "\n",
                FileIdentity.contents(read),
                kernels.name(),
                network.numerics().name(),
                keysAndValues.name(),
                asked.name());
        return new PrefixStore(
                PackCache.local().folder().resolveSibling("prefixes").resolve(name), key, bytes);
    }

    /** The files that decide what the model computes. */
    private List<Path> identified() throws IOException {
        if (!Files.isDirectory(path())) {
            return files.weightFiles().isEmpty() ? List.of(path()) : files.weightFiles();
        }
        try (Stream<Path> all = Files.list(path())) {
            return all.filter(file ->
                            Files.isRegularFile(file) && !file.toString().endsWith(".md"))
                    .sorted(Comparator.comparing((Path file) -> !file.toString().endsWith(".safetensors"))
                            .thenComparing(Comparator.naturalOrder()))
                    .toList();
        }
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
