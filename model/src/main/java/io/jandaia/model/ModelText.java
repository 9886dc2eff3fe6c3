package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.answer.AnswerFormat;
import io.jandaia.model.answer.FormatProbe;
import io.jandaia.model.chat.ChatTemplate;
import io.jandaia.model.chat.ChatTemplates;
import io.jandaia.model.chat.Inputs;
import io.jandaia.model.chat.Message;
import io.jandaia.model.chat.Prompt;
import io.jandaia.model.chat.Span;
import io.jandaia.model.format.ModelFile;
import io.jandaia.model.tokenizer.EncodeOptions;
import io.jandaia.model.tokenizer.Segment;
import io.jandaia.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a model does with text: its tokenizer and its chat template. Needs no weights: a folder with tokenizer files or a
 * GGUF vocabulary is enough. Immutable and thread-safe.
 */
public final class ModelText {

    private static final long MAX_TEMPLATE_BYTES = 4 << 20;

    private final Path path;
    private final Tokenizer tokenizer;
    private final ChatTemplates templates;
    private final @Nullable String chosen;
    /** Parsed templates, by whether the conversation has tools. */
    private final Map<Boolean, ChatTemplate> parsed = new ConcurrentHashMap<>();

    /** How answers are written, by whether the conversation has tools. */
    private final Map<Boolean, AnswerFormat> answers = new ConcurrentHashMap<>();

    /** Special tokens in the texts that give answers their form. */
    private final Map<List<String>, Set<Integer>> specials = new ConcurrentHashMap<>();

    /** What ends an answer, where a built-in template says so. */
    private final @Nullable String end;

    private final List<String> notes;

    private ModelText(
            Path path,
            Tokenizer tokenizer,
            ChatTemplates templates,
            @Nullable String chosen,
            @Nullable String end,
            List<String> notes) {
        this.path = path;
        this.tokenizer = tokenizer;
        this.templates = templates;
        this.chosen = chosen;
        this.end = end;
        this.notes = notes;
    }

    /**
     * Reads the tokenizer and finds the templates of a folder or a GGUF file.
     *
     * @param template one of the model's own templates by name, a built-in one by name, or a file; null for the model's
     *     default, or where it has none, the built-in one that its name suggests
     */
    public static ModelText open(Path path, @Nullable String template) {
        if (Files.isDirectory(path)) {
            return of(path, Tokenizer.load(path), ChatTemplates.load(path), template);
        }
        try (ModelFile file = ModelFile.open(path)) {
            return of(file, template);
        }
    }

    /** The same from a GGUF file that is open. */
    static ModelText of(ModelFile gguf, @Nullable String template) {
        Map<String, Object> metadata = gguf.metadata();
        return of(gguf.path(), Tokenizer.ofGguf(metadata), ChatTemplates.ofGguf(metadata), template);
    }

    private static ModelText of(Path path, Tokenizer tokenizer, ChatTemplates own, @Nullable String template) {
        if (template != null) {
            return own.sources().containsKey(template)
                    ? new ModelText(path, tokenizer, own, template, null, List.of())
                    : new ModelText(
                            path, tokenizer, only(source(template, own)), null, ChatTemplates.end(template), List.of());
        }
        if (own.isEmpty()) {
            String file = String.valueOf(path.toAbsolutePath().normalize()).toLowerCase(Locale.ROOT);
            for (String name : ChatTemplates.knownNames()) {
                if (file.contains(name)) {
                    return new ModelText(
                            path,
                            tokenizer,
                            only(ChatTemplates.named(name).source()),
                            null,
                            ChatTemplates.end(name),
                            List.of("The model came without a chat template; by its name, the built-in template '"
                                    + name + "' is used. --template chooses another."));
                }
            }
        }
        return new ModelText(path, tokenizer, own, null, null, List.of());
    }

    private static ChatTemplates only(String source) {
        return new ChatTemplates(Map.of("default", source));
    }

    private static String source(String template, ChatTemplates own) {
        if (ChatTemplates.knownNames().contains(template)) {
            return ChatTemplates.named(template).source();
        }
        try {
            Path file = Path.of(template);
            if (Files.isRegularFile(file)) {
                if (Files.size(file) > MAX_TEMPLATE_BYTES) {
                    throw JandaiaException.usage(
                            "The template " + file + " has " + Files.size(file) + " bytes; at most 4 MiB are read.");
                }
                return Files.readString(file);
            }
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.FORMAT,
                    "Cannot read the template " + template + ": " + e.getMessage() + ".",
                    e);
        } catch (InvalidPathException e) {
            // then it can only be a name
        }
        throw JandaiaException.notFound("There is no chat template '" + template + "': it is no file, not built in ("
                + String.join(", ", ChatTemplates.knownNames()) + ") and not one of the model's own ("
                + (own.isEmpty() ? "none" : String.join(", ", own.sources().keySet())) + ").");
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    public boolean hasTemplate() {
        return !templates.isEmpty();
    }

    /** Tokens that end an answer: the tokenizer's, and that of a built-in template such as Dolly's {@code ### End}. */
    Set<Integer> endIds() {
        OptionalInt id = end == null ? OptionalInt.empty() : tokenizer.id(end);
        if (id.isEmpty()) {
            return tokenizer.endIds();
        }
        Set<Integer> ids = new HashSet<>(tokenizer.endIds());
        ids.add(id.getAsInt());
        return ids;
    }

    /** Texts that end an answer: the end of a built-in template where the tokenizer has no token for it. */
    List<String> stops() {
        return end == null || tokenizer.id(end).isPresent() ? List.of() : List.of(end);
    }

    /** The source of the chat template that is used where there are no tools; empty when there is none. */
    public Optional<String> template() {
        return templates.isEmpty()
                ? Optional.empty()
                : Optional.of(templates.select(chosen, false).source());
    }

    /** What the user should know, a sentence each. */
    public List<String> notes() {
        return notes;
    }

    /**
     * The text that the model will see.
     *
     * @throws JandaiaException USAGE when the model has no template, or its template refuses the conversation
     */
    public Prompt render(List<Message> messages, Inputs inputs) {
        if (templates.isEmpty()) {
            throw JandaiaException.usage(
                    "The model in " + path + " has no chat template. Continue its text instead (--raw"
                            + " on the command line, generate in Java), or choose a template with --template: "
                            + String.join(", ", ChatTemplates.knownNames()) + " or a file.");
        }
        ChatTemplate template =
                parsed.computeIfAbsent(inputs.tools() != null, tools -> templates.select(chosen, tools));
        Map<String, String> special = new HashMap<>(inputs.specialTokens());
        name("bos_token", tokenizer.bosId(), special);
        name("eos_token", tokenizer.eosId(), special);
        name("pad_token", tokenizer.padId(), special);
        name("unk_token", tokenizer.unkId(), special);
        return template.render(messages, inputs.specialTokens(special));
    }

    private void name(String name, OptionalInt id, Map<String, String> special) {
        if (id.isPresent()) {
            special.putIfAbsent(name, tokenizer.token(id.getAsInt()));
        }
    }

    /** The token ids of a conversation: what came from its messages never becomes a special token. */
    public int[] prompt(List<Message> messages, Inputs inputs) {
        return encode(render(messages, inputs));
    }

    /** The token ids of a prompt. */
    int[] encode(Prompt prompt) {
        List<Segment> segments = new ArrayList<>();
        for (Span span : prompt.spans()) {
            segments.add(new Segment(prompt.text().substring(span.start(), span.end()), span.user()));
        }
        return tokenizer.encode(segments, EncodeOptions.RENDERED).ids();
    }

    /** How the model writes its answers, learned from the template for conversations with or without tools. */
    public AnswerFormat answers(boolean tools) {
        return answers.computeIfAbsent(tools, this::learn);
    }

    private AnswerFormat learn(boolean tools) {
        if (templates.isEmpty()) {
            return AnswerFormat.TEXT;
        }
        Set<String> ends = new HashSet<>();
        endIds().forEach(id -> ends.add(tokenizer.token(id)));
        return FormatProbe.learn(
                (messages, list, generate) -> {
                    try {
                        Inputs inputs = Inputs.NONE.tools(list).generate(generate);
                        return render(messages.stream().map(Message::of).toList(), inputs)
                                .text();
                    } catch (JandaiaException e) { // the template refuses
                        return null;
                    }
                },
                templates.select(chosen, tools).source(),
                ends);
    }

    /** Special tokens that are a part of how answers are written, and so of their text. */
    Set<Integer> specials(AnswerFormat format, boolean tools) {
        return specials.computeIfAbsent(format.markers(tools), this::specials);
    }

    private Set<Integer> specials(List<String> markers) {
        Set<Integer> ids = new HashSet<>();
        Set<Integer> ends = endIds();
        for (String marker : markers) {
            for (int id : tokenizer
                    .encode(List.of(new Segment(marker, false)), EncodeOptions.RENDERED)
                    .ids()) {
                if (tokenizer.isSpecial(id) && !ends.contains(id)) {
                    ids.add(id);
                }
            }
        }
        return Set.copyOf(ids);
    }
}
