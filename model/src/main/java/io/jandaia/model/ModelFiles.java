package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.arch.Families;
import io.jandaia.model.arch.Family;
import io.jandaia.model.arch.TensorNames;
import io.jandaia.model.checkpoint.QuantizedCheckpoint;
import io.jandaia.model.checkpoint.UnpackedTensors;
import io.jandaia.model.format.Config;
import io.jandaia.model.format.Gguf;
import io.jandaia.model.format.ModelFile;
import io.jandaia.model.format.ModelFolder;
import io.jandaia.tensor.StoredTensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files of a model, opened and understood but not loaded: what it is and its tensors. Closing unmaps them.
 */
public final class ModelFiles implements AutoCloseable {

    private final Path path;
    private final ModelFile file;
    private final String architecture;
    private final DecoderSpec spec;
    private final TensorNames names;
    private final GenerationDefaults defaults;
    private final @Nullable QuantizedCheckpoint quantized;
    private final @Nullable UnpackedTensors unpacked;

    private ModelFiles(
            Path path,
            ModelFile file,
            String architecture,
            DecoderSpec spec,
            TensorNames names,
            GenerationDefaults defaults,
            @Nullable QuantizedCheckpoint quantized,
            Progress progress) {
        this.path = path;
        this.file = file;
        this.architecture = architecture;
        this.spec = spec;
        this.names = names;
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
        return Files.isDirectory(path) ? openFolder(path, options) : openFile(path, options);
    }

    private static ModelFiles openFolder(Path path, LoadOptions options) {
        ModelFolder folder = ModelFolder.open(path);
        try {
            Config config = folder.config();
            QuantizedCheckpoint quantized = QuantizedCheckpoint.of(config);
            refuseUnsupported(folder.file());
            String architecture = architecture(config);
            Family family = Families.ofHub(architecture);
            DecoderSpec spec = family.fromHub(config.text());
            GenerationDefaults inConfig = GenerationDefaults.ofModelConfig(config); // counts as read in any case
            GenerationDefaults defaults = folder.generation().keys().isEmpty()
                    ? inConfig
                    : GenerationDefaults.of(folder.generation()).endingAs(config);
            UnreadKeys.refuse(config, options.ignoredKeys());
            return new ModelFiles(
                    path,
                    folder.file(),
                    architecture,
                    spec,
                    family.hubTensors(),
                    defaults,
                    quantized,
                    options.progress());
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
                    spec,
                    family.ggufTensors(),
                    GenerationDefaults.ofGguf(metadata),
                    null,
                    Progress.NONE);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
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

    public DecoderSpec spec() {
        return spec;
    }

    /** The tensors that the architecture asks for; those of a quantised checkpoint are made when they are read. */
    public Map<String, StoredTensor> tensors() {
        return unpacked == null ? file.tensors() : unpacked;
    }

    /** The tensors as the file has them. */
    public Map<String, StoredTensor> stored() {
        return file.tensors();
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

    /** What its files call its tensors. */
    public TensorNames names() {
        return names;
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
