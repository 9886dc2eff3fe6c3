package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.arch.EncoderDecoderFamily;
import io.jandaia.model.arch.EncoderDecoderSpec;
import io.jandaia.model.arch.EncoderFamily;
import io.jandaia.model.arch.EncoderSpec;
import io.jandaia.model.arch.Families;
import io.jandaia.model.arch.Family;
import io.jandaia.model.arch.ModelSpec;
import io.jandaia.model.arch.TensorNames;
import io.jandaia.model.checkpoint.QuantizedCheckpoint;
import io.jandaia.model.checkpoint.UnpackedTensors;
import io.jandaia.model.format.Config;
import io.jandaia.model.format.Gguf;
import io.jandaia.model.format.ModelFile;
import io.jandaia.model.format.ModelFolder;
import io.jandaia.model.nn.Network;
import io.jandaia.model.nn.Weights;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.kernel.WeightPacking;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The files of a model, opened and understood but not loaded: what it is and its tensors. Closing unmaps them.
 */
public final class ModelFiles implements AutoCloseable {

    private final Path path;
    private final ModelFile file;
    private final String architecture;
    private final Understood understood;
    private final GenerationDefaults defaults;
    private final @Nullable QuantizedCheckpoint quantized;
    private final @Nullable UnpackedTensors unpacked;

    /**
     * What the configuration says.
     *
     * @param family of a decoder
     * @param names of tensors; of an encoder-decoder those of the encoder, then those of the decoder
     * @param headless whether it is a decoder without a head: it gives hidden states, no tokens
     * @param prefixes what goes before texts, by task
     */
    private record Understood(
            ModelSpec spec,
            @Nullable Family family,
            List<TensorNames> names,
            boolean headless,
            Map<String, String> prefixes) {
        Understood(ModelSpec spec, @Nullable Family family, List<TensorNames> names, boolean headless) {
            this(spec, family, names, headless, Map.of());
        }
    }

    private ModelFiles(
            Path path,
            ModelFile file,
            String architecture,
            Understood understood,
            GenerationDefaults defaults,
            @Nullable QuantizedCheckpoint quantized,
            Progress progress) {
        this.path = path;
        this.file = file;
        this.architecture = architecture;
        this.understood = understood;
        this.defaults = defaults;
        this.quantized = quantized;
        this.unpacked = quantized == null
                ? null
                : new UnpackedTensors(quantized, file.tensors(), MachineMemory.total(), progress);
    }

    /**
     * Opens a GGUF file or a folder in Hub layout.
     *
     * @throws JandaiaException UNSUPPORTED when the architecture, the storage or a key of the configuration is not known
     */
    public static ModelFiles open(Path path, LoadOptions options) {
        try {
            return Files.isDirectory(path) ? openFolder(path, options) : openFile(path, options);
        } catch (ArithmeticException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.FORMAT,
                    "The configuration of " + path
                            + " has sizes whose product is larger than any model's; it is damaged.",
                    e);
        }
    }

    private static ModelFiles openFolder(Path path, LoadOptions options) {
        ModelFolder folder = ModelFolder.open(path);
        try {
            Config config = folder.config();
            QuantizedCheckpoint quantized = QuantizedCheckpoint.of(config);
            refuseUnsupported(folder.file());
            String architecture = architecture(config);
            Understood understood = understood(folder, architecture);
            GenerationDefaults inConfig = GenerationDefaults.ofModelConfig(config); // counts as read in any case
            GenerationDefaults defaults = folder.generation().keys().isEmpty()
                    ? inConfig
                    : GenerationDefaults.of(folder.generation()).endingAs(config);
            UnreadKeys.refuse(config, options.ignoredKeys());
            return new ModelFiles(
                    path, folder.file(), architecture, understood, defaults, quantized, options.progress());
        } catch (RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    private static ModelFiles openFile(Path path, LoadOptions options) {
        ModelFile file = ModelFile.open(path);
        try {
            Config metadata = Config.of(path.toString(), file.metadata());
            if (!metadata.has("general.architecture")) {
                throw JandaiaException.usage(path + " holds tensors but does not say of which architecture."
                        + " Give the folder that also has its config.json.");
            }
            refuseUnsupported(file);
            String architecture = metadata.string("general.architecture");
            Family family = Families.ofGguf(architecture);
            Config own = metadata.section(architecture);
            DecoderSpec spec = family.fromGguf(own, file.tensors());
            UnreadKeys.refuse(own, options.ignoredKeys());
            return new ModelFiles(
                    path,
                    file,
                    architecture,
                    new Understood(spec, family, List.of(family.ggufTensors()), false),
                    GenerationDefaults.ofGguf(metadata),
                    null,
                    Progress.NONE);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static Understood understood(ModelFolder folder, String architecture) {
        Config config = folder.config();
        Optional<EncoderFamily> encoders = EncoderFamily.ofHub(architecture);
        if (encoders.isPresent()) {
            EncoderFamily family = encoders.get();
            EncoderSpec spec =
                    family.fromHub(config, architecture, folder.file().tensors());
            return new Understood(spec, null, List.of(family.hubTensors(architecture)), false);
        }
        Optional<EncoderDecoderFamily> both = EncoderDecoderFamily.ofHub(architecture);
        if (both.isPresent()) {
            EncoderDecoderFamily family = both.get();
            EncoderDecoderSpec spec = family.fromHub(config, folder.file().tensors());
            Config generation = folder.generation();
            int start = generation.whole("decoder_start_token_id", spec.start());
            return new Understood(
                    new EncoderDecoderSpec(spec.encoder(), spec.decoder(), start),
                    null,
                    List.of(family.encoderTensors(), family.decoderTensors()),
                    false,
                    prefixes(config));
        }
        if (!config.flag("is_causal", true)) {
            throw JandaiaException.unsupported("The configuration's is_causal is false: a " + architecture
                    + " whose tokens see those after them, which this version does not run.");
        }
        Optional<Family> headless = Families.headless(architecture);
        Family family = headless.orElseGet(() -> Families.ofHub(architecture));
        DecoderSpec spec = family.fromHub(config.text());
        return new Understood(
                headless.isPresent() ? spec.withTiedHead() : spec,
                family,
                List.of(family.hubTensors()),
                headless.isPresent());
    }

    /** The prefixes in {@code task_specific_params}. */
    private static Map<String, String> prefixes(Config config) {
        Map<String, String> out = new LinkedHashMap<>();
        if (config.value("task_specific_params") instanceof Map<?, ?> tasks) {
            tasks.forEach((name, settings) -> {
                if (settings instanceof Map<?, ?> s && s.get("prefix") instanceof String prefix) {
                    out.put(name.toString(), prefix);
                }
            });
        }
        return out;
    }

    private static String architecture(Config config) {
        List<String> names = config.has("architectures")
                ? config.strings("architectures")
                : config.has("model_type") ? List.of(Families.architectureOf(config.string("model_type"))) : List.of();
        if (names.size() != 1) {
            throw JandaiaException.format("The configuration " + config.source() + " has " + names.size()
                    + " architectures; expected exactly one, such as LlamaForCausalLM.");
        }
        return names.getFirst();
    }

    /** A decoder needs all of its tensors. */
    private static void refuseUnsupported(ModelFile file) {
        file.unsupported().forEach((name, type) -> {
            throw JandaiaException.unsupported("Of the tensors in " + file.path() + ", "
                    + file.unsupported().size()
                    + " are of types that this version cannot compute with, the first '" + name + "' of type " + type
                    + ". Use a file in F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0 or Q5_1.");
        });
    }

    public Path path() {
        return path;
    }

    /** As its files call it: {@code LlamaForCausalLM}, {@code llama}. */
    public String architecture() {
        return architecture;
    }

    /**
     * The family of a decoder.
     *
     * @throws JandaiaException USAGE when the model is none
     */
    Family family() {
        if (understood.family == null) {
            throw isNot("goes on with texts");
        }
        return understood.family;
    }

    /** Whether it is a GGUF file, and not a folder in Hub layout. */
    boolean isGguf() {
        return file instanceof Gguf;
    }

    /** What the model is made of. */
    public ModelSpec modelSpec() {
        return understood.spec;
    }

    /**
     * What a decoder is made of.
     *
     * @throws JandaiaException USAGE when the model is none
     */
    public DecoderSpec spec() {
        if (understood.spec instanceof DecoderSpec d) {
            return d;
        }
        throw isNot("goes on with texts");
    }

    /** What goes before texts by task, where the configuration of an encoder-decoder says. */
    Map<String, String> taskPrefixes() {
        return understood.prefixes;
    }

    /** Whether it gives hidden states but has no head for tokens. */
    boolean headless() {
        return understood.headless;
    }

    /** Says what the model is, to somebody who took it for something else. */
    JandaiaException isNot(String whatWasWanted) {
        return JandaiaException.usage(
                "The model in " + path + " is " + kind() + ", not one that " + whatWasWanted + ".");
    }

    private String kind() {
        return architecture + ": "
                + switch (understood.spec) {
                    case DecoderSpec d when understood.headless -> "a decoder without a head, for embed";
                    case DecoderSpec d -> "a decoder, for run, score and embed";
                    case EncoderDecoderSpec b -> "an encoder-decoder, for run and translate";
                    case EncoderSpec e when e.task() == null -> "an encoder, for embed";
                    case EncoderSpec e ->
                        switch (Objects.requireNonNull(e.task()).task()) {
                            case FILL -> "an encoder that guesses masked tokens, for fill and embed";
                            case TEXT_LABELS -> "an encoder that gives texts labels or scores, for classify and rerank";
                            case TOKEN_LABELS -> "an encoder that gives tokens labels, for classify";
                        };
                };
    }

    /** Packs the weights. */
    Network network(WeightPacking packing, Numerics numerics, Arena arena) {
        TensorNames names = understood.names.getFirst();
        return switch (understood.spec) {
            case DecoderSpec d -> Weights.decoder(d, tensors(), names, packing, numerics, arena);
            case EncoderSpec e -> Weights.encoder(e, tensors(), names, packing, numerics, arena);
            case EncoderDecoderSpec b ->
                Weights.encoderDecoder(b, tensors(), names, understood.names.getLast(), packing, numerics, arena);
        };
    }

    /** The tensors that the architecture asks for; those of a quantised checkpoint are made when they are read. */
    public Map<String, StoredTensor> tensors() {
        return unpacked == null ? file.tensors() : unpacked;
    }

    /** Whose bytes the tensors are; none when they are made of what the files hold. */
    List<Path> weightFiles() {
        return unpacked == null ? file.files() : List.of();
    }

    /** The tensors as the file has them. */
    public Map<String, StoredTensor> stored() {
        return file.tensors();
    }

    /** Bytes of all of them. */
    long storedBytes() {
        return stored().values().stream().mapToLong(w -> w.data().byteSize()).sum();
    }

    /** Numbers in all tensors, whatever they are stored as. */
    public long parameters() {
        return unpacked == null
                ? file.tensors().values().stream()
                        .mapToLong(StoredTensor::count)
                        .sum()
                : unpacked.parameters();
    }

    /** How a checkpoint of the Hub is quantised, {@code gptq, 4 bits, groups of 128}; null when it is not. */
    public @Nullable String quantization() {
        return quantized == null ? null : quantized.description();
    }

    /** What its files call its tensors; of an encoder-decoder the encoder's. */
    public TensorNames names() {
        return understood.names.getFirst();
    }

    GenerationDefaults defaults() {
        return defaults;
    }

    /** Reads the tokenizer and finds the chat template ({@link ModelText#open}). */
    public ModelText text(@Nullable String template) {
        return file instanceof Gguf ? ModelText.of(file, template) : ModelText.open(path, template);
    }

    /**
     * What the user should know about the files, such as settings that are not applied and what became of quantised weights; a
     * sentence each.
     */
    public List<String> notes() {
        List<String> notes = new ArrayList<>(file.notes());
        notes.addAll(defaults.notes());
        if (quantized != null && unpacked != null) {
            notes.addAll(quantized.notes());
            notes.addAll(unpacked.notes());
        }
        return notes;
    }

    @Override
    public void close() {
        if (unpacked != null) {
            unpacked.close();
        }
        file.close();
    }
}
