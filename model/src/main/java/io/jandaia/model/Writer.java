package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.engine.Engine;
import io.jandaia.model.engine.NgramDrafter;
import io.jandaia.model.nn.Decoder;
import io.jandaia.model.nn.EncoderDecoder;
import io.jandaia.model.nn.InferenceOps;
import io.jandaia.model.state.KvLayout;
import io.jandaia.model.state.PagePool;
import io.jandaia.tensor.ComputeTeam;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What runs a model that writes: its engine, and the memory that the engine's thread uses.
 *
 * @param draft guesses tokens; null = nothing or something without a model
 * @param speculation what guesses, or why nothing does
 * @param notes what the user should know
 */
record Writer(
        Engine engine,
        InferenceOps ops,
        List<PagePool> pools,
        @Nullable DraftModel draft,
        String speculation,
        List<String> notes)
        implements AutoCloseable {

    static Writer of(Decoder decoder, LoadedModel loaded, LoadOptions options, ComputeTeam team) {
        KvLayout layout = InferenceOps.layout(decoder.spec(), loaded.keysAndValues());
        PagePool pool = new PagePool(layout, memory(options));
        InferenceOps ops = new InferenceOps(decoder.spec(), layout, loaded.kernels(), team);
        Engine engine = new Engine(decoder, ops, pool, loaded.text().tokenizer(), options.sequences());
        DraftModel draft = null;
        try {
            Speculate s = options.speculate();
            boolean model =
                    s.mode() == Speculate.Mode.DRAFT || (s.mode() == Speculate.Mode.AUTO && s.draftModel() != null);
            String obstacle = engine.speculationObstacle();
            String speculation;
            if (s.most() < 1 || s.most() > 32) {
                throw JandaiaException.usage("The number of draft tokens is " + s.most() + "; expected 1 to 32.");
            }
            if (s.mode() == Speculate.Mode.OFF || (s.mode() == Speculate.Mode.AUTO && !model && obstacle != null)) {
                speculation = obstacle == null || s.mode() == Speculate.Mode.OFF ? "off" : "off: " + obstacle;
            } else if (model) {
                if (s.draftModel() == null) {
                    throw JandaiaException.usage("Speculation with a draft model needs one; name it.");
                }
                if (obstacle != null) {
                    throw JandaiaException.usage("Speculative decoding is not possible: " + obstacle + ".");
                }
                draft = DraftModel.open(s.draftModel(), loaded, options, memory(options) / 4, team);
                engine.speculate(draft, s.most(), true);
                speculation = "draft model " + s.draftModel() + ", up to " + s.most() + " tokens";
            } else {
                engine.speculate(r -> new NgramDrafter(), s.most(), true);
                speculation = "n-grams, up to " + s.most() + " tokens";
            }
            return new Writer(engine, ops, List.of(pool), draft, speculation, keepPrefixes(engine, loaded, options));
        } catch (RuntimeException e) {
            new Writer(engine, ops, List.of(pool), draft, "", List.of()).close();
            throw e;
        }
    }

    /** Half of the memory is for the sources. */
    static Writer of(EncoderDecoder network, LoadedModel loaded, LoadOptions options, ComputeTeam team) {
        Speculate s = options.speculate();
        if (s.draftModel() != null || s.mode() == Speculate.Mode.NGRAM || s.mode() == Speculate.Mode.DRAFT) {
            throw JandaiaException.usage(
                    "Speculative decoding is not possible: the model is an encoder-decoder. Leave out"
                            + " the draft model and the choice of what guesses.");
        }
        KvLayout layout = InferenceOps.layout(network.decoder().spec(), loaded.keysAndValues());
        PagePool pool = new PagePool(layout, memory(options) / 2);
        PagePool sources = new PagePool(
                InferenceOps.sourceLayout(network.decoder().spec(), loaded.keysAndValues()), memory(options) / 2);
        InferenceOps ops = new InferenceOps(network.spec(), layout, loaded.kernels(), team);
        Engine engine = new Engine(network, ops, pool, sources, loaded.text().tokenizer(), options.sequences());
        return new Writer(
                engine, ops, List.of(pool, sources), null, "off: the model reads before it writes", List.of());
    }

    private static List<String> keepPrefixes(Engine engine, LoadedModel loaded, LoadOptions options) {
        if (options.keptPrefixes() == 0) {
            return List.of();
        }
        try {
            String note = engine.keep(loaded.prefixes(options.keptPrefixes()));
            return note == null ? List.of() : List.of(note);
        } catch (IOException e) {
            return List.of("Beginnings of prompts are not kept: " + e.getMessage() + ".");
        }
    }

    /** The most bytes of keys and values. */
    static long memory(LoadOptions options) {
        return options.cacheBytes() > 0 ? options.cacheBytes() : MachineMemory.total() / 4;
    }

    @Override
    public void close() {
        engine.close();
        ops.close();
        pools.forEach(PagePool::close);
        if (draft != null) {
            draft.close();
        }
    }
}
