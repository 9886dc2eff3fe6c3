package io.jandaia.model.adapter;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.adapter.Adapter.Change;
import io.jandaia.model.adapter.Adapter.LowRank;
import io.jandaia.model.format.Config;
import io.jandaia.model.format.ModelFile;
import io.jandaia.tensor.StoredTensor;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Adapters of the PEFT library: {@code adapter_config.json} and {@code adapter_model.safetensors}, before 2023
 * {@code adapter_model.bin}. Keys are {@code base_model.model.<module>.lora_A.weight} and the like.
 */
final class PeftAdapter {

    static final String CONFIG = "adapter_config.json";

    private static final String PREFIX = "base_model.model.";

    /** Keys that change what is computed in ways that this version does not, by what they do. */
    private static final Map<String, String> REFUSED = Map.of(
            "use_qalora", "pools inputs (QA-LoRA)",
            "use_bdlora", "has block-diagonal matrices (BD-LoRA)",
            "alora_invocation_tokens", "is switched on by certain tokens (aLoRA)",
            "layer_replication", "repeats layers of its base",
            "target_parameters", "changes parameters that are no modules",
            "trainable_token_indices", "has rows of the embedding for certain tokens",
            "arrow_config", "chooses among several adapters (Arrow)",
            "kasa_config", "cuts the base's singular values (KaSA)",
            "monteclora_config", "samples its weights (MonteCLoRA)");

    /** Initialisations that leave the base as it is; others take away from it what the adapter begins with. */
    private static final Set<String> NEUTRAL_STARTS = Set.of("gaussian", "eva", "orthogonal");

    /** Keys that say how it was trained or made. */
    private static final Set<String> NEUTRAL = Set.of(
            "auto_mapping",
            "bias",
            "corda_config",
            "ensure_weight_tying",
            "eva_config",
            "exclude_modules",
            "fan_in_fan_out",
            "inference_mode",
            "layers_pattern",
            "layers_to_transform",
            "loftq_config",
            "lora_bias",
            "lora_dropout",
            "lora_ga_config",
            "megatron_config",
            "megatron_core",
            "modules_to_save",
            "peft_version",
            "qalora_group_size",
            "revision",
            "runtime_config",
            "target_modules",
            "task_type",
            "use_dora",
            "velora_config");

    private static final Set<String> MARKS =
            Set.of("lora_A", "lora_B", "lora_embedding_A", "lora_embedding_B", "lora_magnitude_vector");

    private final Path folder;
    private final Config config;
    private final boolean rankStabilised;

    private PeftAdapter(Path folder, Config config) {
        this.folder = folder;
        this.config = config;
        this.rankStabilised = config.flag("use_rslora", false);
    }

    static Adapter open(Path folder) {
        Path json = folder.resolve(CONFIG);
        if (!Files.exists(json)) {
            throw JandaiaException.notFound("The folder " + folder + " has no " + CONFIG
                    + ": it is no adapter of the PEFT library, or one that is not complete.");
        }
        PeftAdapter peft = new PeftAdapter(folder, Config.read(json));
        peft.refuse();
        ModelFile file = ModelFile.open(peft.weights());
        return Adapter.reading(file, () -> peft.read(file));
    }

    private Path weights() {
        for (String name : List.of("adapter_model.safetensors", "adapter_model.bin")) {
            if (Files.exists(folder.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
                return folder.resolve(name);
            }
        }
        throw JandaiaException.notFound("The adapter " + folder
                + " has no adapter_model.safetensors and no adapter_model.bin; fetch the whole adapter.");
    }

    private void refuse() {
        String type = config.string("peft_type");
        if (!type.equals("LORA")) {
            throw JandaiaException.unsupported("The adapter " + folder + " is of PEFT's type '" + type
                    + "'; this version computes LORA, with DoRA and rsLoRA.");
        }
        REFUSED.forEach((key, what) -> {
            if (isSet(config.value(key))) {
                throw JandaiaException.unsupported("The adapter " + folder + " " + what + ", as the key '" + key
                        + "' of its configuration says; this version does not compute that.");
            }
        });
        if (config.value("init_lora_weights") instanceof String start && !NEUTRAL_STARTS.contains(start)) {
            throw JandaiaException.unsupported("The adapter " + folder + " began as '" + start
                    + "', which also changes the base model's weights. Convert it to plain LoRA with PEFT"
                    + " (save_pretrained with path_initial_model_for_weight_conversion) first.");
        }
    }

    private static boolean isSet(@Nullable Object value) {
        return switch (value) {
            case null -> false;
            case Boolean b -> b;
            case List<?> l -> !l.isEmpty();
            case Map<?, ?> m -> !m.isEmpty();
            default -> true;
        };
    }

    /** What the keys of one module hold. */
    private static final class Collected {
        @Nullable
        StoredTensor down;

        @Nullable
        StoredTensor up;

        @Nullable
        StoredTensor upBias;

        @Nullable
        StoredTensor magnitude;

        @Nullable
        StoredTensor weight;

        @Nullable
        StoredTensor bias;

        boolean embedding;
    }

    private Adapter read(ModelFile file) {
        file.unsupported().keySet().stream().findFirst().ifPresent(file::tensor); // says of which type it is
        Map<String, Collected> modules = new LinkedHashMap<>();
        for (StoredTensor t : file.tensors().values()) {
            collect(t, modules);
        }
        int rank = config.size("r", 8);
        double alpha = config.number("lora_alpha", 8);
        Map<String, Object> ranks = pattern("rank_pattern");
        Map<String, Object> alphas = pattern("alpha_pattern");
        Map<String, Change> changes = new LinkedHashMap<>();
        modules.forEach((module, c) -> {
            LowRank lowRank = null;
            StoredTensor down = c.down;
            StoredTensor up = c.up;
            if (down != null && up != null) {
                double own = ModulePattern.find(alphas, module, alpha, folder);
                int ownRank = (int) ModulePattern.find(ranks, module, rank, folder);
                if (up.shape().length > 0 && up.shape()[up.shape().length - 1] != ownRank) {
                    throw JandaiaException.format("The adapter " + folder + " has '" + up.name() + "' of shape "
                            + up.shapeText() + "; its configuration gives the module the rank " + ownRank
                            + ". Configuration and weights are not of the same adapter.");
                }
                double scaling = own / (rankStabilised ? Math.sqrt(ownRank) : ownRank);
                lowRank = new LowRank(down, up, c.upBias, c.magnitude, scaling, c.embedding, false);
            } else if (down != null || up != null || c.magnitude != null || c.upBias != null) {
                throw JandaiaException.format("The adapter " + folder + " has only one half of the change of '" + module
                        + "': expected both lora_A and lora_B.");
            }
            changes.put(module, new Change(module, lowRank, c.weight, c.bias));
        });
        List<String> notes = new ArrayList<>();
        config.ignore(NEUTRAL.toArray(String[]::new));
        String base = config.string("base_model_name_or_path", "");
        String unread = config.unread().entrySet().stream()
                .filter(e -> isSet(e.getValue()))
                .map(Map.Entry::getKey)
                .collect(Collectors.joining(", "));
        if (!unread.isEmpty()) {
            notes.add("The adapter " + folder + " sets " + unread
                    + " in its configuration, which this version does not know and does not apply.");
        }
        return new Adapter(folder, Adapter.Kind.PEFT, base, changes, notes, file);
    }

    private Map<String, Object> pattern(String key) {
        Map<String, Object> out = new LinkedHashMap<>();
        Config section = config.childOrEmpty(key);
        for (String name : section.keys()) {
            out.put(name, section.number(name));
        }
        return out;
    }

    /** Takes a key apart: prefix, module, what it is of the module, and perhaps the adapter's name. */
    private void collect(StoredTensor t, Map<String, Collected> modules) {
        String key = t.name().startsWith(PREFIX) ? t.name().substring(PREFIX.length()) : t.name();
        List<String> parts = Arrays.asList(key.split("\\.", -1));
        int at = 0;
        while (at < parts.size() && !isMark(parts.get(at))) {
            at++;
        }
        boolean plain = at == parts.size();
        String mark = plain ? parts.getLast() : parts.get(at);
        String module = String.join(".", parts.subList(0, plain ? parts.size() - 1 : at));
        String last = parts.getLast();
        Collected c = modules.computeIfAbsent(module, m -> new Collected());
        boolean isNew = switch (mark) {
            case "lora_A", "lora_embedding_A" -> c.down == null && !last.equals("bias");
            case "lora_B" -> (last.equals("bias") ? c.upBias : c.up) == null;
            case "lora_embedding_B" -> c.up == null;
            case "lora_magnitude_vector" -> c.magnitude == null;
            default -> (last.equals("bias") ? c.bias : c.weight) == null;
        };
        boolean whole = plain || mark.equals("modules_to_save") || mark.equals("base_layer");
        boolean known = whole
                ? (last.equals("weight") || last.equals("bias"))
                : (MARKS.contains(mark) && parts.size() - at <= 3);
        if (!isNew || !known) {
            throw JandaiaException.format("The adapter " + folder + " has the key '" + t.name() + "', which "
                    + (isNew ? "this version does not understand" : "another one repeats")
                    + "; expected keys such as " + PREFIX + "<module>.lora_A.weight.");
        }
        switch (mark) {
            case "lora_A", "lora_embedding_A" -> c.down = t;
            case "lora_embedding_B" -> c.up = t;
            case "lora_magnitude_vector" -> c.magnitude = t;
            case "lora_B" -> {
                if (last.equals("bias")) {
                    c.upBias = t;
                } else {
                    c.up = t;
                }
            }
            default -> {
                if (last.equals("bias")) {
                    c.bias = t;
                } else {
                    c.weight = t;
                }
            }
        }
        c.embedding |= mark.startsWith("lora_embedding");
    }

    private static boolean isMark(String part) {
        return part.startsWith("lora_") || part.equals("modules_to_save") || part.equals("base_layer");
    }
}
