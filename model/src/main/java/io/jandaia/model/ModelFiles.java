package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.arch.Families;
import io.jandaia.model.arch.Family;
import io.jandaia.model.arch.TensorNames;
import io.jandaia.model.format.Config;
import io.jandaia.model.format.Gguf;
import io.jandaia.model.format.ModelFile;
import io.jandaia.model.format.ModelFolder;
import io.jandaia.tensor.StoredTensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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

    private ModelFiles(
            Path path,
            ModelFile file,
            String architecture,
            DecoderSpec spec,
            TensorNames names,
            GenerationDefaults defaults) {
        this.path = path;
        this.file = file;
        this.architecture = architecture;
        this.spec = spec;
        this.names = names;
        this.defaults = defaults;
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
            refuseQuantized(config);
            refuseUnsupported(folder.file());
            String architecture = architecture(config);
            Family family = Families.ofHub(architecture);
            DecoderSpec spec = family.fromHub(config.text());
            GenerationDefaults inConfig = GenerationDefaults.ofModelConfig(config); // counts as read in any case
            GenerationDefaults defaults = folder.generation().keys().isEmpty()
                    ? inConfig
                    : GenerationDefaults.of(folder.generation()).endingAs(config);
            UnreadKeys.refuse(config, options.ignoredKeys());
            return new ModelFiles(path, folder.file(), architecture, spec, family.hubTensors(), defaults);
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
                    path, file, architecture, spec, family.ggufTensors(), GenerationDefaults.ofGguf(metadata));
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

    private static void refuseQuantized(Config config) {
        if (config.has("quantization_config")) {
            String method = config.child("quantization_config").string("quant_method", "unknown");
            throw JandaiaException.unsupported("The weights are quantised with '" + method
                    + "', which this version does not read. Use the model's unquantised files or a GGUF of it.");
        }
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

    public Map<String, StoredTensor> tensors() {
        return file.tensors();
    }

    TensorNames names() {
        return names;
    }

    GenerationDefaults defaults() {
        return defaults;
    }

    /** Reads the tokenizer and finds the chat template ({@link ModelText#open}). */
    public ModelText text(@Nullable String template) {
        return file instanceof Gguf ? ModelText.of(file, template) : ModelText.open(path, template);
    }

    /** What the user should know about the files, such as settings that are not applied; a sentence each. */
    public List<String> notes() {
        return Stream.concat(file.notes().stream(), defaults.notes().stream()).toList();
    }

    @Override
    public void close() {
        file.close();
    }
}
