package io.jandaia.model;

import io.jandaia.model.engine.Engine;
import io.jandaia.model.nn.Decoder;
import io.jandaia.model.nn.EncoderDecoder;
import io.jandaia.model.nn.InferenceOps;
import io.jandaia.model.state.KvLayout;
import io.jandaia.model.state.PagePool;
import io.jandaia.tensor.ComputeTeam;
import java.util.List;

/** What runs a model that writes: its engine, and the memory that the engine's thread uses. */
record Writer(Engine engine, InferenceOps ops, List<PagePool> pools) implements AutoCloseable {

    static Writer of(Decoder decoder, LoadedModel loaded, LoadOptions options, ComputeTeam team) {
        KvLayout layout = InferenceOps.layout(decoder.spec(), loaded.keysAndValues());
        PagePool pool = new PagePool(layout, memory(options));
        InferenceOps ops = new InferenceOps(decoder.spec(), layout, loaded.kernels(), team);
        Engine engine = new Engine(decoder, ops, pool, loaded.text().tokenizer(), options.sequences());
        return new Writer(engine, ops, List.of(pool));
    }

    /** Half of the memory is for the sources. */
    static Writer of(EncoderDecoder network, LoadedModel loaded, LoadOptions options, ComputeTeam team) {
        KvLayout layout = InferenceOps.layout(network.decoder().spec(), loaded.keysAndValues());
        PagePool pool = new PagePool(layout, memory(options) / 2);
        PagePool sources = new PagePool(
                InferenceOps.sourceLayout(network.decoder().spec(), loaded.keysAndValues()), memory(options) / 2);
        InferenceOps ops = new InferenceOps(network.spec(), layout, loaded.kernels(), team);
        Engine engine = new Engine(network, ops, pool, sources, loaded.text().tokenizer(), options.sequences());
        return new Writer(engine, ops, List.of(pool, sources));
    }

    private static long memory(LoadOptions options) {
        return options.cacheBytes() > 0 ? options.cacheBytes() : MachineMemory.total() / 4;
    }

    @Override
    public void close() {
        engine.close();
        ops.close();
        pools.forEach(PagePool::close);
    }
}
