package io.jandaia.model.convert;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.ModelFiles;
import io.jandaia.model.arch.AttentionSpec;
import io.jandaia.model.arch.AttentionSpec.QkvLayout;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.arch.ExpertsSpec;
import io.jandaia.model.arch.ExpertsSpec.Storage;
import io.jandaia.model.arch.Families;
import io.jandaia.model.arch.Family;
import io.jandaia.model.arch.FeedForwardSpec;
import io.jandaia.model.arch.LayerSpec;
import io.jandaia.model.arch.MixerSpec;
import io.jandaia.model.arch.MlpSpec;
import io.jandaia.model.arch.Role;
import io.jandaia.model.arch.RopeSpec;
import io.jandaia.model.arch.RopeSpec.LongRope;
import io.jandaia.model.arch.TensorNames;
import io.jandaia.model.chat.ChatTemplates;
import io.jandaia.model.convert.Conversion.Side;
import io.jandaia.model.format.Config;
import io.jandaia.model.format.GgufValue;
import io.jandaia.model.format.TensorShape;
import io.jandaia.model.quantization.GgufSource;
import io.jandaia.model.quantization.Mix;
import io.jandaia.model.quantization.Quantizer;
import io.jandaia.model.quantization.SourceTensor;
import io.jandaia.model.tokenizer.GgufVocabulary;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A Hub folder as what a GGUF file is written from. The metadata is read back by the family that will read the file, and what it
 * then understands is compared with what the folder says.
 */
public final class HubToGguf implements GgufSource {

    /**
     * How to read the folder.
     *
     * @param ignoredKeys of the configuration, taken for harmless
     * @param pre how the vocabulary cuts text, by the name for {@code tokenizer.ggml.pre}; null to find it
     */
    public record Options(Set<String> ignoredKeys, @Nullable String pre) {
        public static final Options DEFAULT = new Options(Set.of(), null);
    }

    /** Where llama.cpp wants a head in the file even if it is the embedding. */
    private static final Set<String> HEADED = Set.of("gpt2", "bloom");

    private final Path folder;
    private final ModelFiles files;
    private final String architecture;
    private final List<SourceTensor> tensors;
    private final Map<String, Object> metadata;
    private final List<String> notes;

    private HubToGguf(
            Path folder,
            ModelFiles files,
            String architecture,
            List<SourceTensor> tensors,
            Map<String, Object> metadata,
            List<String> notes) {
        this.folder = folder;
        this.files = files;
        this.architecture = architecture;
        this.tensors = tensors;
        this.metadata = metadata;
        this.notes = notes;
    }

    /**
     * Opens a folder.
     *
     * @throws JandaiaException UNSUPPORTED when GGUF has no place for the architecture, for something of its configuration, or
     *     for its tokenizer
     */
    public static HubToGguf open(Path folder, Options options) {
        ModelFiles files = ModelFiles.open(folder, LoadOptions.DEFAULT.ignoredKeys(options.ignoredKeys));
        try {
            return of(folder, files, options);
        } catch (RuntimeException e) {
            files.close();
            throw e;
        }
    }

    private static HubToGguf of(Path folder, ModelFiles files, Options options) {
        String architecture = Families.ofHub(files.architecture()).ggufTarget();
        if (architecture == null) {
            throw JandaiaException.unsupported("Cannot convert " + folder + ": this version does not know how GGUF"
                    + " stores a " + files.architecture() + ". It converts: "
                    + Families.all().stream()
                            .filter(f -> f.ggufTarget() != null)
                            .map(Family::hubName)
                            .collect(Collectors.joining(", "))
                    + ".");
        }
        Family family = Families.ofGguf(architecture);
        DecoderSpec spec = files.spec();
        TensorNames names = family.ggufTensors();
        Side from = new Side(spec, files.names());
        List<SourceTensor> rope = ropeTensors(spec);
        Map<String, StoredTensor> stubs = new HashMap<>();
        for (SourceTensor t : Conversion.of(
                files.tensors(), from, new Side(form(spec, names, HEADED.contains(architecture)), names))) {
            stubs.put(t.name(), new StoredTensor(t.name(), t.type(), t.shape().shape(), MemorySegment.NULL));
        }
        rope.forEach(t -> stubs.put(t.name(), t.parts().getFirst().read(java.lang.foreign.Arena.global())));
        Map<String, Object> own = new LinkedHashMap<>();
        family.toGguf(spec).forEach((key, value) -> own.put(architecture + "." + key, value));
        Config read = Config.of("the metadata of the GGUF file", own).section(architecture);
        DecoderSpec result = family.fromGguf(read, stubs);
        read.unread().keySet().forEach(own::remove);
        List<String> notes = new ArrayList<>();
        check(folder, architecture, spec, result, own, notes);

        List<SourceTensor> tensors = new ArrayList<>();
        for (SourceTensor t : Conversion.of(files.tensors(), from, new Side(result, names))) {
            tensors.add(Quantizer.changes(t.name(), t.shape().shape()) ? t : inFloat32(t));
        }
        tensors.addAll(rope);
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("general.architecture", architecture);
        all.put("general.type", "model");
        all.put("general.name", name(folder));
        String license = ModelCard.license(folder);
        if (license != null) {
            all.put("general.license", license);
        }
        all.putAll(sampling(folder));
        all.putAll(own);
        all.putAll(vocabulary(folder, spec.vocabulary(), options.pre, notes));
        ChatTemplates.load(folder)
                .sources()
                .forEach((name, source) ->
                        all.put("tokenizer.chat_template" + (name.equals("default") ? "" : "." + name), source));
        return new HubToGguf(folder, files, architecture, tensors, all, notes);
    }

    /** The spec with its weights stored as GGUF files have them; but for the order of rotated pairs, which the family decides. */
    private static DecoderSpec form(DecoderSpec spec, TensorNames names, boolean headed) {
        List<LayerSpec> layers = new ArrayList<>();
        for (LayerSpec l : spec.layers()) {
            MixerSpec mixer = l.mixer() instanceof AttentionSpec a && a.layout() == QkvLayout.PER_GROUP
                    ? a.layout(QkvLayout.BLOCKS)
                    : l.mixer();
            FeedForwardSpec feedForward = switch (l.feedForward()) {
                case MlpSpec m -> names.has(Role.GATE_UP) ? m : unfused(m);
                case ExpertsSpec e -> {
                    MlpSpec shared = e.shared();
                    yield new ExpertsSpec(
                            e.count(),
                            e.perToken(),
                            unfused(e.expert()),
                            e.routing(),
                            Storage.STACKED,
                            shared == null ? null : unfused(shared),
                            e.sharedGate());
                }
            };
            layers.add(new LayerSpec(
                    mixer,
                    feedForward,
                    l.residual(),
                    l.mixerIn(),
                    l.mixerOut(),
                    l.feedForwardIn(),
                    l.feedForwardOut(),
                    l.cross(),
                    l.residualScale()));
        }
        return new DecoderSpec(
                spec.vocabulary(),
                spec.dim(),
                spec.contextLength(),
                spec.embedding(),
                layers,
                spec.finalNorm(),
                new HeadSpec(
                        spec.head().tied() && !headed,
                        spec.head().bias(),
                        spec.head().scale(),
                        spec.head().cap()));
    }

    private static MlpSpec unfused(MlpSpec m) {
        return new MlpSpec(m.activation(), m.inner(), m.gated(), false, m.bias(), m.limit());
    }

    /** Scalings that are not in the metadata but in tensors of one factor a pair. */
    private static List<SourceTensor> ropeTensors(DecoderSpec spec) {
        RopeSpec rope = spec.layers().stream()
                .map(LayerSpec::mixer)
                .filter(m -> m instanceof AttentionSpec a && a.rope() != null)
                .map(m -> ((AttentionSpec) m).rope())
                .findFirst()
                .orElse(null);
        if (rope == null) {
            return List.of();
        }
        if (rope.scaling() instanceof LongRope l) {
            return List.of(
                    vector("rope_factors_long.weight", l.longFactors()),
                    vector("rope_factors_short.weight", l.shortFactors()));
        }
        return rope.scaling() instanceof RopeSpec.Llama3 || rope.factors() != null
                ? List.of(vector("rope_freqs.weight", rope.stretches()))
                : List.of();
    }

    private static SourceTensor vector(String name, float[] values) {
        MemorySegment data = MemorySegment.ofArray(values);
        return SourceTensor.of(new StoredTensor(name, ElementType.F32, new long[] {values.length}, data));
    }

    private static SourceTensor inFloat32(SourceTensor t) {
        return new SourceTensor(
                new TensorShape(t.name(), ElementType.F32, t.shape().shape()),
                t.parts().stream()
                        .map(p -> new Rows(t.type(), 0, p).floats(0).part())
                        .toList());
    }

    /**
     * Refuses what the metadata cannot say. What only shows in long texts, and what the whole ecosystem's files of these families
     * leave out, is noted.
     */
    private static void check(
            Path folder,
            String architecture,
            DecoderSpec spec,
            DecoderSpec result,
            Map<String, Object> own,
            List<String> notes) {
        boolean windows =
                result.layers().stream().anyMatch(l -> l.mixer() instanceof AttentionSpec a && a.window() > 0);
        List<SpecDifference> lost = new ArrayList<>();
        for (SpecDifference d : SpecDifference.between(spec, result)) {
            if (d.place().endsWith(".window") && !windows) {
                own.remove(architecture + ".attention.sliding_window");
                notes.add("GGUF files of architecture '" + architecture + "' have no window: in texts of more than "
                        + d.wanted() + " tokens the result sees more than " + folder + " does.");
            } else if (d.place().endsWith(".scaling") && d.wanted().equals("Dynamic")) {
                notes.add("GGUF has no dynamic scaling of positions: in texts longer than the model was trained for the"
                        + " result computes otherwise than " + folder + ".");
            } else {
                lost.add(d);
            }
        }
        if (!lost.isEmpty()) {
            throw JandaiaException.unsupported("Cannot convert " + folder + ": GGUF files of architecture '"
                    + architecture + "' have no place for what its configuration asks for: "
                    + lost.stream().limit(5).map(SpecDifference::toString).collect(Collectors.joining("; ")) + ".");
        }
    }

    /** The folder's name, or the model's where the folder is a snapshot in the Hub's cache. */
    private static String name(Path folder) {
        Path path = folder.toAbsolutePath().normalize();
        String name = String.valueOf(path.getFileName());
        Path model = path.getParent() == null ? null : path.getParent().getParent();
        String cached = model == null ? "" : String.valueOf(model.getFileName());
        return cached.startsWith("models--") ? cached.substring(cached.lastIndexOf("--") + 2) : name;
    }

    /** How the model's own files say that it should be sampled. */
    private static Map<String, Object> sampling(Path folder) {
        Map<String, Object> out = new LinkedHashMap<>();
        Path json = folder.resolve("generation_config.json");
        if (!Files.exists(json)) {
            return out;
        }
        Config c = Config.read(json);
        if (c.flag("do_sample", false)) {
            out.put("general.sampling.temp", (float) c.number("temperature", 1));
            out.put("general.sampling.top_k", Math.max(0, c.integer("top_k", 50)));
            out.put("general.sampling.top_p", (float) c.number("top_p", 1));
            if (c.has("min_p")) {
                out.put("general.sampling.min_p", (float) c.number("min_p"));
            }
        }
        if (c.has("repetition_penalty")) {
            out.put("general.sampling.penalty_repeat", (float) c.number("repetition_penalty"));
        }
        return out;
    }

    private static Map<String, Object> vocabulary(Path folder, int rows, @Nullable String pre, List<String> notes) {
        try {
            GgufVocabulary vocabulary = GgufVocabulary.of(folder, rows, pre);
            notes.addAll(vocabulary.notes());
            return vocabulary.metadata();
        } catch (JandaiaException e) {
            if (e.kind() != JandaiaException.Kind.NOT_FOUND) {
                throw e;
            }
            notes.add("The folder has no tokenizer, so the file has none either: it takes and gives token ids only.");
            return Map.of("tokenizer.ggml.model", "none");
        }
    }

    /** The type that most of the weights have, as a mix. */
    public Mix mix() {
        Map<ElementType, Long> numbers = new HashMap<>();
        for (SourceTensor t : tensors) {
            if (Quantizer.changes(t.name(), t.shape().shape())) {
                numbers.merge(t.type(), t.shape().count(), Long::sum);
            }
        }
        ElementType type = numbers.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(ElementType.F32);
        return switch (type) {
            case F16 -> Mix.F16;
            case F32 -> Mix.F32;
            default -> Mix.BF16;
        };
    }

    @Override
    public Path path() {
        return folder;
    }

    @Override
    public String architecture() {
        return architecture;
    }

    @Override
    public Config config() {
        return Config.of(folder.toString(), metadata).section(architecture);
    }

    @Override
    public Map<String, GgufValue> metadata() {
        Map<String, GgufValue> out = new LinkedHashMap<>();
        metadata.forEach((key, value) -> out.put(key, value(value)));
        return out;
    }

    private static GgufValue value(Object value) {
        return switch (value) {
            case Long n -> GgufValue.u32(n);
            case Float f -> GgufValue.f32(f);
            case Boolean b -> GgufValue.of(b);
            case String s -> GgufValue.of(s);
            case int[] a -> GgufValue.of(a);
            case float[] a -> GgufValue.of(a);
            case byte[] a -> GgufValue.of(a);
            case List<?> l -> GgufValue.of(l.stream().map(String.class::cast).toList());
            default ->
                throw new JandaiaException(
                        JandaiaException.Kind.INTERNAL, "No GGUF value for " + value.getClass() + ".");
        };
    }

    @Override
    public List<SourceTensor> tensors() {
        return tensors;
    }

    @Override
    public List<String> notes() {
        return List.copyOf(notes);
    }

    @Override
    public void close() {
        files.close();
    }
}
