package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.answer.ToolUse;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.arch.EncoderDecoderSpec;
import io.jandaia.model.arch.EncoderSpec;
import io.jandaia.model.arch.ModelSpec;
import io.jandaia.model.arch.TaskSpec;
import io.jandaia.model.arch.TaskSpec.Task;
import io.jandaia.model.chat.Inputs;
import io.jandaia.model.chat.Message;
import io.jandaia.model.engine.Drafter;
import io.jandaia.model.engine.Engine;
import io.jandaia.model.engine.Generation;
import io.jandaia.model.engine.Request;
import io.jandaia.model.engine.TokenEvent;
import io.jandaia.model.nn.Decoder;
import io.jandaia.model.nn.Encoder;
import io.jandaia.model.nn.EncoderDecoder;
import io.jandaia.model.nn.InferenceOps;
import io.jandaia.model.sampling.Dry;
import io.jandaia.model.sampling.LogProbs;
import io.jandaia.model.sampling.Sampling;
import io.jandaia.model.sampling.Setting;
import io.jandaia.model.sampling.Settings;
import io.jandaia.model.tokenizer.Tokenizer;
import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.KvType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A loaded model. All methods may be called by any number of threads at once: their requests are computed together, and
 * none changes another's result. Closing ends what is running with an error.
 */
public final class Model implements AutoCloseable {

    /** {@code >>xx<<} before a text. */
    private static final Pattern LANGUAGE = Pattern.compile("\\s*(>>[^<>\\s]+<<)\\s*");

    private static final int UNBOUNDED_ANSWER = 512;

    private final LoadedModel loaded;
    private final ComputeTeam team;
    private final TokenTexts texts;
    /** What writes; null in an encoder. */
    private final @Nullable Writer writer;
    /** What reads; null in a model that writes. */
    private final @Nullable TextEncoder encoder;

    private final @Nullable Embedder embedder;
    private final Adapters adapters;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Model(LoadedModel loaded, LoadOptions options, Adapters adapters) {
        this.loaded = loaded;
        this.adapters = adapters;
        int threads =
                options.threads() > 0 ? options.threads() : Runtime.getRuntime().availableProcessors();
        EmbeddingRecipe recipe =
                loaded.network() instanceof EncoderDecoder ? EmbeddingRecipe.NONE : EmbeddingRecipe.read(loaded.path());
        this.texts = new TokenTexts(loaded.text().tokenizer());
        this.team = ComputeTeam.of(threads);
        switch (loaded.network()) {
            case Decoder d -> {
                writer = Writer.of(d, loaded, options, team);
                encoder = null;
                embedder = Embedder.of(
                        recipe, tokenizer(), writer.engine(), d.spec().contextLength());
            }
            case EncoderDecoder both -> {
                writer = Writer.of(both, loaded, options, team);
                encoder = null;
                embedder = null;
            }
            case Encoder e -> {
                writer = null;
                encoder = new TextEncoder(e, new InferenceOps(e.spec(), loaded.kernels(), team));
                embedder = Embedder.of(recipe, tokenizer(), encoder);
            }
        }
    }

    /** Opens a {@code .gguf} file or a folder in Hub layout. */
    public static Model open(Path path, LoadOptions options) {
        LoadedModel loaded = LoadedModel.open(path, options);
        try {
            Adapters adapters = new Adapters(loaded);
            options.adapters().forEach(a -> adapters.load(a.name(), a.path(), a.scale()));
            return new Model(loaded, options, adapters);
        } catch (RuntimeException e) {
            loaded.close();
            throw e;
        }
    }

    private Engine engine(String purpose) {
        if (writer == null || loaded.files().headless()) {
            throw loaded.files().isNot(purpose);
        }
        return writer.engine();
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

    /** Continues a text, without a template; an encoder-decoder answers it. */
    public Answer generate(String text, GenerateOptions options, Consumer<String> onText) {
        return generate(sourceTokens(text).ids(), options, onText);
    }

    /** What an encoder-decoder makes of a text: a translation, a summary ... */
    public Answer answer(String text, GenerateOptions options, Consumer<String> onText) {
        return answer(sourceTokens(text), options, onText);
    }

    public Answer answer(TextTokens text, GenerateOptions options, Consumer<String> onText) {
        if (!(loaded.network() instanceof EncoderDecoder)) {
            throw loaded.files().isNot("answers texts that it has read");
        }
        return generate(text.ids(), options, onText);
    }

    /** A text as tokens. In front of it {@code >>xx<<}, as translators have it, is one token if the model knows it. */
    public TextTokens sourceTokens(String text) {
        Matcher language = LANGUAGE.matcher(text);
        if (loaded.network() instanceof EncoderDecoder && language.lookingAt()) {
            OptionalInt id = tokenizer().id(language.group(1));
            if (id.isPresent()) {
                int[] rest = tokenizer().encode(text.substring(language.end())).ids();
                return TextTokens.of(IntStream.concat(IntStream.of(id.getAsInt()), IntStream.of(rest))
                        .toArray());
            }
        }
        return tokens(text);
    }

    /**
     * What goes before a text to have it translated into a language: the token {@code >>xx<<}, or the prefix that the model's
     * configuration has for a task of that name.
     *
     * @throws JandaiaException USAGE, naming the languages that the model knows
     */
    public String targetPrefix(String language) {
        String token = ">>" + language + "<<";
        if (tokenizer().id(token).isPresent()) {
            return token + " ";
        }
        Map<String, String> tasks = loaded.files().taskPrefixes();
        for (Map.Entry<String, String> task : tasks.entrySet()) {
            if (task.getKey().endsWith("_to_" + language)) {
                return task.getValue();
            }
        }
        List<String> known = IntStream.range(0, tokenizer().size())
                .mapToObj(tokenizer()::token)
                .filter(t -> t.startsWith(">>") && t.endsWith("<<"))
                .map(t -> t.substring(2, t.length() - 2))
                .toList();
        throw JandaiaException.usage("The model knows no language '" + language + "'; it "
                + (known.isEmpty() ? "has none to choose from" : "knows " + String.join(", ", known))
                + (tasks.isEmpty() ? "." : ", and its tasks are " + String.join(", ", tasks.keySet()) + "."));
    }

    /** Continues token ids; an encoder-decoder answers them. */
    public Answer generate(int[] promptIds, GenerateOptions options, Consumer<String> onText) {
        return generate(promptIds, options, onText, g -> {});
    }

    /** @param onStart receives the generation before its first event */
    Answer generate(int[] promptIds, GenerateOptions options, Consumer<String> onText, Consumer<Generation> onStart) {
        StringBuilder text = new StringBuilder();
        List<Integer> ids = new ArrayList<>();
        List<LogProbs.OfToken> logProbs = new ArrayList<>();
        Request request = request(promptIds, options);
        try (Generation generation = engine("writes").submit(request)) {
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
        return engine("writes").submit(request(promptIds, options));
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
        boolean reads = loaded.network() instanceof EncoderDecoder;
        int[] prompt = loaded.network() instanceof EncoderDecoder both
                ? new int[] {both.spec().start()}
                : promptIds;
        int limit = maxTokens(s, prompt.length);
        return new Request(
                prompt,
                reads && limit == 0 ? longestAnswer() : limit,
                sampling(s),
                ends(s),
                stops(s),
                logProbs,
                reads ? promptIds : null,
                adapters.find(options.adapter()),
                options.grammar(),
                options.form(),
                options.handling());
    }

    /** Where nobody says how long an answer may be, and any length could be computed. */
    private int longestAnswer() {
        return loaded.network() instanceof EncoderDecoder both
                        && both.spec().decoder().contextLength() > UNBOUNDED_ANSWER
                ? UNBOUNDED_ANSWER
                : 0;
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

    /** Opens a conversation: its turns do not compute again what the one before has. */
    public Conversation conversation() {
        scorer();
        return new Conversation(this);
    }

    /** The token ids of a conversation as the model's template writes it, ready for an answer. */
    public int[] prompt(List<Message> messages) {
        return loaded.text().prompt(messages, Inputs.NONE.generate(true));
    }

    /**
     * A conversation whose answer may have reasoning and calls of tools.
     *
     * @param inputs for the template, without tools
     * @param reasoningTokens the most tokens of reasoning; null = no limit
     * @throws JandaiaException USAGE or UNSUPPORTED when the template or the tools do not allow it
     */
    public Dialogue dialogue(
            List<Message> messages,
            Inputs inputs,
            ToolUse tools,
            GenerateOptions options,
            @Nullable Integer reasoningTokens) {
        return Dialogue.of(loaded.text(), messages, inputs, tools, options, reasoningTokens);
    }

    /** Starts the answer to a dialogue. */
    public Reply reply(Dialogue dialogue) {
        return new Reply(dialogue, stream(dialogue.prompt(), dialogue.options()));
    }

    /** How likely a text is. */
    public Score score(String text) {
        return score(tokenizer().encode(text).ids());
    }

    private Engine scorer() {
        if (loaded.network() instanceof EncoderDecoder) {
            throw loaded.files().isNot("goes on with texts");
        }
        return engine("goes on with texts");
    }

    public Score score(int[] ids) {
        return score(ids, null);
    }

    /** How likely a text is with an adapter; null = by the model itself. */
    public Score score(int[] ids, @Nullable String adapter) {
        return new Score(
                ids.clone(),
                logProbs(ids, 0, adapter).stream()
                        .mapToDouble(LogProbs.OfToken::logProb)
                        .toArray());
    }

    /**
     * The log-probability of every token but the first, with the likeliest others at its place.
     *
     * @param top how many of those
     * @param adapter null = the model itself
     */
    public List<LogProbs.OfToken> logProbs(int[] ids, int top, @Nullable String adapter) {
        return Results.of(scorer().logProbs(ids, top, adapters.find(adapter)));
    }

    /**
     * Loads an adapter beside the running model: a folder of the PEFT library or a GGUF file. Requests choose it with
     * {@link GenerateOptions#adapter}; those of several adapters and of none are computed together.
     *
     * @param scale what its own strength is multiplied with; 1 = as it was trained
     * @throws JandaiaException USAGE when it does not fit this model or the name is taken
     */
    public LoadedAdapter loadAdapter(String name, Path path, double scale) {
        return adapters.load(name, path, scale);
    }

    /** The same as strong as it was trained. */
    public LoadedAdapter loadAdapter(String name, Path path) {
        return loadAdapter(name, path, 1);
    }

    /** Forgets an adapter. Requests that use it go on to their end. */
    public void unloadAdapter(String name) {
        adapters.unload(name);
    }

    /** The adapters beside the model, in the order in which they were loaded. */
    public List<LoadedAdapter> adapters() {
        return adapters.list();
    }

    /**
     * Vectors of texts.
     *
     * @throws JandaiaException USAGE when a text is too long and may not be cut, or when the model gives no vectors
     */
    public Embeddings embed(List<String> texts, EmbedOptions options) {
        return embedder().embed(texts, options);
    }

    public float[] embed(TextTokens text, EmbedOptions options) {
        return embedder().embed(text, options);
    }

    private Embedder embedder() {
        if (embedder == null) {
            throw loaded.files().isNot("makes vectors of texts");
        }
        return embedder;
    }

    /** A text as the model reads it. */
    public TextTokens tokens(String text) {
        return TextTokens.of(tokenizer().encode(text));
    }

    /** Two texts as the model reads them together. */
    public TextTokens tokens(String first, String second) {
        return TextTokens.of(tokenizer().encodePair(first, second));
    }

    /** The text, with its end cut off if it is longer than an encoder reads; a sentence about that goes to {@code notes}. */
    public TextTokens cut(TextTokens text, String name, List<String> notes) {
        int limit = encoder("reads whole texts").encoder().spec().contextLength();
        return Embedder.within(limit, text, true, tokenizer(), name, notes);
    }

    /** The hidden states of a text, {@code [tokens, dim]}; of an encoder. */
    public float[][] hidden(TextTokens text) {
        return encoder("reads whole texts").hidden(List.of(checked(text))).getFirst();
    }

    /** The labels of texts; the model must be one that labels texts. */
    public List<Classification> classify(List<String> texts) {
        return classifyAll(texts.stream().map(this::tokens).toList());
    }

    public Classification classify(TextTokens text) {
        return classifyAll(List.of(text)).getFirst();
    }

    /** The labels of texts that are tokens. */
    public List<Classification> classifyAll(List<TextTokens> texts) {
        TaskSpec task = task(Task.TEXT_LABELS, "gives texts labels");
        return encoder("gives texts labels").outputs(checked(texts)).stream()
                .map(logits -> Classification.of(task, logits))
                .toList();
    }

    /** Whether it labels tokens, {@link #classifyTokens}, and not texts as a whole. */
    public boolean labelsTokens() {
        return modelSpec() instanceof EncoderSpec e
                && e.task() != null
                && e.task().task() == Task.TOKEN_LABELS;
    }

    /** The labels of texts' tokens; the model must be one that labels tokens. */
    public List<TokenLabels> classifyTokens(List<String> texts) {
        List<TextTokens> tokens = texts.stream().map(this::tokens).toList();
        List<TokenLabels> out = new ArrayList<>();
        List<float[][]> logits = tokenLogits(tokens);
        TaskSpec task = task(Task.TOKEN_LABELS, "gives tokens labels");
        for (int i = 0; i < tokens.size(); i++) {
            out.add(TokenLabels.of(task, tokens.get(i), logits.get(i), tokenizer(), texts.get(i)));
        }
        return out;
    }

    public TokenLabels classifyTokens(TextTokens text, @Nullable String original) {
        float[][] logits = tokenLogits(List.of(text)).getFirst();
        return TokenLabels.of(task(Task.TOKEN_LABELS, "gives tokens labels"), text, logits, tokenizer(), original);
    }

    private List<float[][]> tokenLogits(List<TextTokens> texts) {
        task(Task.TOKEN_LABELS, "gives tokens labels");
        return encoder("gives tokens labels")
                .outputs(checked(texts), t -> IntStream.range(0, t.size()).toArray());
    }

    /**
     * What may stand where the text has the model's mask token.
     *
     * @param count candidates for each place
     */
    public List<MaskGuess> fill(String text, int count) {
        return fill(tokens(text), count);
    }

    public List<MaskGuess> fill(TextTokens text, int count) {
        task(Task.FILL, "guesses masked tokens");
        OptionalInt mask = tokenizer().maskId();
        int[] places = IntStream.range(0, text.size())
                .filter(i -> mask.isPresent() && text.ids()[i] == mask.getAsInt())
                .toArray();
        if (places.length == 0) {
            throw JandaiaException.usage("The text has no mask to fill; write "
                    + (mask.isPresent() ? tokenizer().token(mask.getAsInt()) : "the model's mask token")
                    + " where a token is to be guessed.");
        }
        return fill(text, places, count);
    }

    /** What may stand at the places of a text, whatever stands there. */
    public List<MaskGuess> fill(TextTokens text, int[] places, int count) {
        task(Task.FILL, "guesses masked tokens");
        for (int place : places) {
            if (place < 0 || place >= text.size()) {
                throw JandaiaException.usage(
                        "The text has " + text.size() + " tokens; it has none at place " + place + ".");
            }
        }
        float[][] logits = encoder("guesses masked tokens")
                .outputs(List.of(checked(text)), t -> places)
                .getFirst();
        return IntStream.range(0, places.length)
                .mapToObj(i -> MaskGuess.of(places[i], logits[i], count, tokenizer()))
                .toList();
    }

    /** Texts by how well they answer a query, the best first; the model must be one that gives a pair of texts one score. */
    public List<Ranked> rerank(String query, List<String> texts) {
        return rank(texts.stream().map(t -> tokens(query, t)).toList());
    }

    /** The same of pairs that are tokens. */
    public List<Ranked> rank(List<TextTokens> pairs) {
        TaskSpec task = task(Task.TEXT_LABELS, "scores pairs of texts");
        if (task.outputs() != 1) {
            throw JandaiaException.usage("The model gives " + task.outputs() + " labels ("
                    + String.join(", ", task.labels()) + "); ranking needs one that gives a single score.");
        }
        List<float[]> scores = encoder("scores pairs of texts").outputs(checked(pairs));
        return IntStream.range(0, scores.size())
                .mapToObj(i -> new Ranked(i, scores.get(i)[0]))
                .sorted(Comparator.comparingDouble(Ranked::score).reversed())
                .toList();
    }

    /** What reads; null in a model that writes. */
    @Nullable
    TextEncoder textEncoder() {
        return encoder;
    }

    private TextEncoder encoder(String purpose) {
        if (encoder == null) {
            throw loaded.files().isNot(purpose);
        }
        return encoder;
    }

    /** What the model is for, if it is for this. */
    private TaskSpec task(Task wanted, String purpose) {
        TaskSpec task = encoder(purpose).encoder().spec().task();
        if (task == null || task.task() != wanted) {
            throw loaded.files().isNot(purpose);
        }
        return task;
    }

    private List<TextTokens> checked(List<TextTokens> all) {
        int limit = encoder("reads whole texts").encoder().spec().contextLength();
        for (int i = 0; i < all.size(); i++) {
            Embedder.within(limit, all.get(i), false, tokenizer(), "Text " + (i + 1), List.of());
        }
        return all;
    }

    private TextTokens checked(TextTokens text) {
        return checked(List.of(text)).getFirst();
    }

    public Tokenizer tokenizer() {
        return loaded.text().tokenizer();
    }

    /** Tokenizer and chat template, for prompts with tools, documents or further variables. */
    public ModelText text() {
        return loaded.text();
    }

    /** What a decoder is made of; USAGE when the model is none. */
    public DecoderSpec spec() {
        return loaded.decoder().spec();
    }

    /** What the model is made of. */
    public ModelSpec modelSpec() {
        return loaded.network().spec();
    }

    /** The file or folder it was loaded from. */
    public Path path() {
        return loaded.path();
    }

    /** The last part of its path. */
    public String name() {
        return String.valueOf(path().toAbsolutePath().normalize().getFileName());
    }

    /** As its files call it: {@code LlamaForCausalLM}, {@code llama}. */
    public String architecture() {
        return loaded.files().architecture();
    }

    /** Numbers in all tensors. */
    public long parameters() {
        return loaded.files().parameters();
    }

    /** Tokens that may be given at once. */
    public int contextLength() {
        return switch (modelSpec()) {
            case DecoderSpec d -> d.contextLength();
            case EncoderSpec e -> e.contextLength();
            case EncoderDecoderSpec b -> b.encoder().contextLength();
        };
    }

    public Decoder decoder() {
        return loaded.decoder();
    }

    /** What guesses the next tokens, or why nothing does. */
    public String speculation() {
        return writer == null ? "off" : writer.speculation();
    }

    /** From now on guesses with this, in place of what the options said; {@code adaptive}: only as many as pay. */
    public void speculate(Drafter.Source source, int most, boolean adaptive) {
        engine("writes").speculate(source, most, adaptive);
    }

    /** How the weights are multiplied. */
    public Numerics numerics() {
        return loaded.network().numerics();
    }

    /** How keys and values are kept. */
    public KvType keysAndValues() {
        return loaded.keysAndValues();
    }

    /** The kernel set in use. */
    public String kernels() {
        return loaded.kernels().name();
    }

    public int threads() {
        return team.size();
    }

    /** Tokens of the prompts that wait for their turn. */
    public long waitingTokens() {
        return writer == null ? 0 : writer.engine().waitingTokens();
    }

    /** What the user should know about this model: settings of its files that are not applied, a sentence each. */
    public List<String> notes() {
        List<String> notes = new ArrayList<>(loaded.notes());
        if (writer != null) {
            notes.addAll(writer.notes());
        }
        adapters().forEach(a -> notes.addAll(a.notes()));
        return notes;
    }

    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        if (encoder != null) {
            encoder.close();
        }
        if (writer != null) {
            writer.close();
        }
        team.close();
        loaded.close();
    }
}
