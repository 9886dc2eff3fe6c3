package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.engine.Drafter;
import io.jandaia.model.engine.Request;
import io.jandaia.model.nn.Batch;
import io.jandaia.model.nn.Decoder;
import io.jandaia.model.nn.InferenceOps;
import io.jandaia.model.sampling.Sampler;
import io.jandaia.model.sampling.Scratch;
import io.jandaia.model.state.KvLayout;
import io.jandaia.model.state.PagePool;
import io.jandaia.model.state.SequenceState;
import io.jandaia.model.tokenizer.Tokenizer;
import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.Matrix;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A smaller model that guesses what the model will draw: it draws with the same settings and the same random numbers. Its
 * engine is that of the model, on whose thread it computes.
 */
final class DraftModel implements Drafter.Source, AutoCloseable {

    private static final int CHUNK = 512;

    private final LoadedModel loaded;
    private final Decoder decoder;
    private final InferenceOps ops;
    private final PagePool pool;
    private final int vocabulary;
    /** Used by the engine's thread. */
    private final Scratch scratch = new Scratch();

    private DraftModel(LoadedModel loaded, int vocabulary, long memory, ComputeTeam team) {
        this.loaded = loaded;
        this.decoder = loaded.decoder();
        this.vocabulary = vocabulary;
        KvLayout layout = InferenceOps.layout(decoder.spec(), loaded.keysAndValues());
        this.pool = new PagePool(layout, memory);
        this.ops = new InferenceOps(decoder.spec(), layout, loaded.kernels(), team);
    }

    /**
     * @param of the model whose tokens are guessed
     * @param memory bytes for keys and values
     * @throws JandaiaException USAGE when the vocabularies differ or wrong guesses could not be taken back
     */
    static DraftModel open(Path path, LoadedModel of, LoadOptions options, long memory, ComputeTeam team) {
        LoadOptions o = LoadOptions.DEFAULT.ignoredKeys(options.ignoredKeys());
        LoadedModel loaded = LoadedModel.open(path, options.kernels() == null ? o : o.kernels(options.kernels()));
        try {
            loaded.decoder();
            checkVocabulary(path, loaded.text().tokenizer(), of.text().tokenizer());
            if (InferenceOps.layout(loaded.decoder().spec(), loaded.keysAndValues())
                    .recurs()) {
                throw JandaiaException.usage("The draft model " + path + " has recurrent layers, whose state cannot go"
                        + " back behind a wrong guess. Choose one with attention only.");
            }
            return new DraftModel(loaded, of.decoder().spec().vocabulary(), memory, team);
        } catch (RuntimeException e) {
            loaded.close();
            throw e;
        }
    }

    /** Models of one tokenizer may have padded their vocabularies to different lengths. */
    private static void checkVocabulary(Path path, Tokenizer draft, Tokenizer model) {
        if (draft.size() != model.size()) {
            throw JandaiaException.usage("The draft model " + path + " has " + draft.size() + " tokens and the model "
                    + model.size() + "; a draft model needs the same vocabulary.");
        }
        for (int id = 0; id < model.size(); id++) {
            if (!String.valueOf(draft.token(id)).equals(String.valueOf(model.token(id)))) {
                throw JandaiaException.usage("The draft model " + path + " has '" + draft.token(id) + "' as token "
                        + id + " and the model '" + model.token(id)
                        + "'; a draft model needs the same vocabulary.");
            }
        }
    }

    @Override
    public Drafter open(Request request) {
        return new Sequence(request);
    }

    private final class Sequence implements Drafter {

        private final Sampler sampler;
        private int[] seen = {};
        private @Nullable SequenceState state;

        Sequence(Request request) {
            int context = decoder.spec().contextLength();
            this.sampler = new Sampler(request.sampling(), request.prompt().length, context, scratch);
        }

        @Override
        public int[] draft(int[] tokens, int count, int most) {
            if (count + most > decoder.spec().contextLength()) {
                return NONE;
            }
            try {
                return guess(Arrays.copyOf(tokens, count + most), count, most);
            } catch (JandaiaException e) { // no memory, or no token is allowed: the model itself will say so
                close();
                return NONE;
            }
        }

        private int[] guess(int[] all, int count, int most) {
            SequenceState s = back(all, count);
            int n = 0;
            while (n < most) {
                float[] logits = compute(s, all, count + n);
                int id = sampler.next(logits, all, count + n);
                if (id >= vocabulary) {
                    break;
                }
                all[count + n++] = id;
            }
            seen = Arrays.copyOf(all, s.length());
            return Arrays.copyOfRange(all, count, count + n);
        }

        /** The state cut to what it has in common with the tokens; the last is always computed. */
        private SequenceState back(int[] all, int count) {
            int most = Math.min(seen.length, count - 1);
            int different = Arrays.mismatch(seen, 0, most, all, 0, most);
            int same = different < 0 ? most : different;
            SequenceState s = state;
            if (s != null && !s.canTruncate(same)) {
                s.close();
                s = null;
            }
            if (s == null) {
                s = pool.open();
                state = s;
                return s;
            }
            s.truncate(same);
            return s;
        }

        /** Computes the tokens up to {@code end} that are not yet, and returns the logits of the next. */
        private float[] compute(SequenceState s, int[] all, int end) {
            s.reach(end);
            s.revocable(CHUNK);
            while (true) {
                int from = s.length();
                int n = Math.min(CHUNK, end - from);
                s.reserve(n);
                for (int i = from; i < from + n; i++) {
                    if (all[i] >= decoder.spec().vocabulary()) {
                        throw JandaiaException.usage("Token " + all[i] + " is not in the draft model's vocabulary.");
                    }
                }
                Matrix hidden = decoder.forward(Batch.of(s, Arrays.copyOfRange(all, from, from + n)), ops);
                if (from + n == end) {
                    return decoder.logits(hidden, new int[] {n - 1}, ops).row(0);
                }
            }
        }

        @Override
        public void close() {
            if (state != null) {
                state.close();
                state = null;
            }
            seen = new int[0];
        }
    }

    /** After the engine has ended. */
    @Override
    public void close() {
        ops.close();
        pool.close();
        loaded.close();
    }
}
