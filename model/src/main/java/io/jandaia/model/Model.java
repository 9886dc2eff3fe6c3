package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.chat.Inputs;
import io.jandaia.model.chat.Message;
import io.jandaia.model.engine.Engine;
import io.jandaia.model.engine.Generation;
import io.jandaia.model.engine.Kept;
import io.jandaia.model.engine.Request;
import io.jandaia.model.engine.TokenEvent;
import io.jandaia.model.nn.Decoder;
import io.jandaia.model.nn.InferenceOps;
import io.jandaia.model.sampling.Dry;
import io.jandaia.model.sampling.LogProbs;
import io.jandaia.model.sampling.Sampling;
import io.jandaia.model.sampling.Setting;
import io.jandaia.model.sampling.Settings;
import io.jandaia.model.state.KvLayout;
import io.jandaia.model.state.PagePool;
import io.jandaia.model.tokenizer.Tokenizer;
import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.Numerics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A loaded model. All methods may be called by any number of threads at once: their requests are computed together, and
 * none changes another's result. Closing ends what is running with an error.
 */
public final class Model implements AutoCloseable {

    private final LoadedModel loaded;
    private final ComputeTeam team;
    private final PagePool pool;
    private final InferenceOps ops;
    private final Engine engine;
    private final TokenTexts texts;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Model(LoadedModel loaded, LoadOptions options) {
        this.loaded = loaded;
        DecoderSpec spec = loaded.decoder().spec();
        KvLayout layout = InferenceOps.layout(spec);
        int threads =
                options.threads() > 0 ? options.threads() : Runtime.getRuntime().availableProcessors();
        this.team = ComputeTeam.of(threads);
        this.pool = new PagePool(layout, options.cacheBytes() > 0 ? options.cacheBytes() : MachineMemory.total() / 4);
        this.ops = new InferenceOps(spec, layout, loaded.kernels(), team);
        this.texts = new TokenTexts(loaded.text().tokenizer());
        this.engine = new Engine(loaded.decoder(), ops, pool, loaded.text().tokenizer(), options.sequences());
    }

    /** Opens a {@code .gguf} file or a folder in Hub layout. */
    public static Model open(Path path, LoadOptions options) {
        return new Model(LoadedModel.open(path, options), options);
    }

    /** Answers one message of a user. */
    public String chat(String message) {
        return chat(List.of(Message.user(message)), GenerateOptions.DEFAULT, text -> {})
                .text();
    }

    /**
     * Answers a conversation.
     *
     * @param onText receives the text as it becomes certain, on the calling thread
     */
    public Answer chat(List<Message> messages, GenerateOptions options, Consumer<String> onText) {
        return generate(prompt(messages), options, onText);
    }

    /** Continues a text, without a template. */
    public Answer generate(String text, GenerateOptions options, Consumer<String> onText) {
        return generate(tokenizer().encode(text).ids(), options, onText);
    }

    /** Continues token ids. */
    public Answer generate(int[] promptIds, GenerateOptions options, Consumer<String> onText) {
        return generate(promptIds, options, onText, null, g -> {});
    }

    /**
     * @param kept of the conversation that this is a part of; null for none
     * @param onStart receives the generation before its first event
     */
    Answer generate(
            int[] promptIds,
            GenerateOptions options,
            Consumer<String> onText,
            @Nullable Kept kept,
            Consumer<Generation> onStart) {
        StringBuilder text = new StringBuilder();
        List<Integer> ids = new ArrayList<>();
        List<LogProbs.OfToken> logProbs = new ArrayList<>();
        Request request = request(promptIds, options);
        try (Generation generation = engine.submit(request, kept)) {
            onStart.accept(generation);
            TokenEvent event;
            while ((event = generation.next()) != null) {
                String part = switch (event) {
                    case TokenEvent.Token t -> {
                        ids.add(t.id());
                        if (t.logProbs() != null) {
                            logProbs.add(t.logProbs());
                        }
                        yield t.text();
                    }
                    case TokenEvent.Finished f -> f.text();
                };
                if (!part.isEmpty()) {
                    text.append(part);
                    onText.accept(part);
                }
                if (event instanceof TokenEvent.Finished f) {
                    return new Answer(
                            text.toString(),
                            ids.stream().mapToInt(Integer::intValue).toArray(),
                            promptIds.clone(),
                            f.reason(),
                            f.usage(),
                            f.timings(),
                            request.sampling(),
                            List.copyOf(logProbs),
                            f.alternatives());
                }
            }
        }
        throw new JandaiaException(JandaiaException.Kind.INTERNAL, "Generation ended without saying why.");
    }

    /** Starts a generation whose events the caller reads; closing it cancels. */
    public Generation stream(int[] promptIds, GenerateOptions options) {
        return engine.submit(request(promptIds, options), null);
    }

    /** What the model's own settings and the caller's come to. Without a seed of the caller's the seed is a new one. */
    public Sampling sampling(GenerateOptions options) {
        return sampling(loaded.defaults().under(options));
    }

    private Sampling sampling(Settings s) {
        List<List<Integer>> banned = new ArrayList<>(s.get(Setting.BANNED_SEQUENCES));
        banned.addAll(texts.banned(s.get(Setting.BANNED_TEXTS)));
        Dry.Breakers breakers =
                s.get(Setting.DRY_MULTIPLIER) > 0 ? texts.breakers(s.get(Setting.DRY_BREAKERS)) : Dry.Breakers.NONE;
        long seed = s.has(Setting.SEED) ? s.get(Setting.SEED) : new SplittableRandom().nextLong() & 0xFFFFFFFFL;
        return Sampling.of(s.with(Setting.BANNED_SEQUENCES, banned), ends(s), breakers, seed);
    }

    private Request request(int[] promptIds, GenerateOptions options) {
        Settings s = loaded.defaults().under(options);
        int logProbs = s.get(Setting.LOG_PROBS);
        return new Request(promptIds, maxTokens(s, promptIds.length), sampling(s), ends(s), stops(s), logProbs);
    }

    /** The caller's, and the end of the template's answers where the tokenizer has no token for it. */
    private List<String> stops(Settings s) {
        List<String> stops = new ArrayList<>(s.get(Setting.STOPS));
        if (!s.get(Setting.IGNORE_END)) {
            stops.addAll(loaded.text().stops());
        }
        return stops;
    }

    private Set<Integer> ends(Settings s) {
        Set<Integer> ends = new HashSet<>(s.get(Setting.STOP_IDS));
        if (!s.get(Setting.IGNORE_END)) {
            ends.addAll(loaded.defaults().endIds());
            ends.addAll(loaded.text().endIds());
        }
        return Set.copyOf(ends);
    }

    private static int maxTokens(Settings s, int promptLength) {
        int together = s.get(Setting.MAX_LENGTH);
        if (s.has(Setting.MAX_TOKENS) || together == 0) {
            return s.get(Setting.MAX_TOKENS);
        }
        if (promptLength >= together) {
            throw JandaiaException.usage(
                    "The prompt has " + promptLength + " tokens, and the model's own max_length allows " + together
                            + " for prompt and answer together. Set max-tokens to say how long the answer may be.");
        }
        return together - promptLength;
    }

    /** Opens a conversation: its turns do not compute again what the one before has. Close it to give the memory back. */
    public Conversation conversation() {
        return new Conversation(this, engine.keep());
    }

    /** The token ids of a conversation as the model's template writes it, ready for an answer. */
    public int[] prompt(List<Message> messages) {
        return loaded.text().prompt(messages, Inputs.NONE.generate(true));
    }

    /** How likely a text is. */
    public Score score(String text) {
        return score(tokenizer().encode(text).ids());
    }

    public Score score(int[] ids) {
        try {
            return new Score(ids.clone(), engine.score(ids).join());
        } catch (CompletionException e) {
            throw e.getCause() instanceof JandaiaException j ? j : e;
        }
    }

    public Tokenizer tokenizer() {
        return loaded.text().tokenizer();
    }

    /** Tokenizer and chat template, for prompts with tools, documents or further variables. */
    public ModelText text() {
        return loaded.text();
    }

    public DecoderSpec spec() {
        return loaded.decoder().spec();
    }

    public Decoder decoder() {
        return loaded.decoder();
    }

    /** How the weights are multiplied. */
    public Numerics numerics() {
        return loaded.decoder().numerics();
    }

    /** The kernel set in use. */
    public String kernels() {
        return loaded.kernels().name();
    }

    public int threads() {
        return team.size();
    }

    /** What the user should know about this model: settings of its files that are not applied, a sentence each. */
    public List<String> notes() {
        return loaded.notes();
    }

    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        engine.close();
        ops.close();
        team.close();
        pool.close();
        loaded.close();
    }
}
