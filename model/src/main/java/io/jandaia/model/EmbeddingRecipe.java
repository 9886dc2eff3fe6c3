package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.engine.Pooling;
import io.jandaia.model.format.ModelFile;
import io.jandaia.model.format.Safetensors;
import io.jandaia.tensor.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How a model's own files make vectors of its hidden states: {@code modules.json} of Sentence Transformers and what it
 * names.
 *
 * @param pooling null where the files are silent
 * @param normalize likewise
 * @param maxTokens the longest text; 0 = as long as the model can read
 * @param lowercase whether texts are made lower case first
 * @param prompts what goes before texts, by name
 * @param defaultPrompt the name of the one that is used when none is asked for; null = none
 * @param dense maps of the pooled vector, in order
 */
record EmbeddingRecipe(
        @Nullable Pooling pooling,
        @Nullable Boolean normalize,
        int maxTokens,
        boolean lowercase,
        Map<String, String> prompts,
        @Nullable String defaultPrompt,
        List<Dense> dense) {

    private static final long MAX_BYTES = 4 << 20;

    /** {@code f(W x + b)}; f is tanh or nothing. */
    record Dense(int inputs, int outputs, float[] weight, float @Nullable [] bias, boolean tanh) {

        float[] apply(float[] x) {
            float[] out = new float[outputs];
            for (int r = 0; r < outputs; r++) {
                double sum = bias == null ? 0 : bias[r];
                for (int k = 0; k < inputs; k++) {
                    sum += (double) weight[r * inputs + k] * x[k];
                }
                out[r] = (float) (tanh ? Math.tanh(sum) : sum);
            }
            return out;
        }
    }

    static final EmbeddingRecipe NONE = new EmbeddingRecipe(null, null, 0, false, Map.of(), null, List.of());

    /** Reads the files of a folder; one without them has no recipe. */
    static EmbeddingRecipe read(Path folder) {
        if (!Files.isDirectory(folder)) {
            return NONE;
        }
        JsonNode sentence = json(folder.resolve("sentence_bert_config.json"));
        JsonNode texts = json(folder.resolve("config_sentence_transformers.json"));
        Map<String, String> prompts = new LinkedHashMap<>();
        texts.path("prompts")
                .properties()
                .forEach(e -> prompts.put(e.getKey(), e.getValue().asString("")));
        String defaultPrompt = texts.path("default_prompt_name").asString("");
        JsonNode modules = json(folder.resolve("modules.json"));
        Pooling pooling = null;
        boolean normalize = false;
        List<Dense> dense = new ArrayList<>();
        for (JsonNode module : modules) {
            String type = module.path("type").asString("");
            Path at = inside(folder, module.path("path").asString(""));
            switch (type.substring(type.lastIndexOf('.') + 1)) {
                case "Transformer" -> {}
                case "Pooling" -> pooling = pooling(at.resolve("config.json"), !prompts.isEmpty());
                case "Normalize" -> normalize = true;
                case "Dense" -> dense.add(dense(at));
                default ->
                    throw JandaiaException.unsupported("The model's modules.json has a module of type '" + type
                            + "'; this version knows Transformer, Pooling, Normalize and Dense.");
            }
        }
        return new EmbeddingRecipe(
                pooling,
                modules.isEmpty() ? null : normalize,
                sentence.path("max_seq_length").asInt(0),
                sentence.path("do_lower_case").asBoolean(false),
                prompts,
                defaultPrompt.isEmpty() ? null : defaultPrompt,
                List.copyOf(dense));
    }

    private static Pooling pooling(Path file, boolean prompts) {
        JsonNode c = json(file);
        if (prompts && !c.path("include_prompt").asBoolean(true)) {
            throw JandaiaException.unsupported("The model's " + file
                    + " leaves prompts out of the pooling (include_prompt), which this version does not do.");
        }
        String mode = c.path("pooling_mode").asString("");
        List<String> modes = new ArrayList<>();
        if (!mode.isEmpty()) {
            modes.add(mode);
        }
        c.properties().forEach(e -> {
            if (e.getKey().startsWith("pooling_mode_") && e.getValue().asBoolean(false)) {
                modes.add(e.getKey().substring("pooling_mode_".length()));
            }
        });
        return switch (String.join(" and ", modes)) {
            case "mean_tokens", "mean" -> Pooling.MEAN;
            case "cls_token", "cls" -> Pooling.CLS;
            case "lasttoken" -> Pooling.LAST;
            default ->
                throw JandaiaException.unsupported("The model's " + file + " asks for the pooling "
                        + String.join(" and ", modes) + "; this version knows mean, cls and last, one at a time."
                        + " --pooling does not replace it, as the model was trained with it.");
        };
    }

    private static Dense dense(Path folder) {
        JsonNode c = json(folder.resolve("config.json"));
        String function = c.path("activation_function").asString("torch.nn.modules.activation.Tanh");
        String name = function.substring(function.lastIndexOf('.') + 1);
        if (!name.equals("Tanh") && !name.equals("Identity")) {
            throw JandaiaException.unsupported("The model's " + folder + " has the activation '" + function
                    + "'; this version knows Tanh and Identity.");
        }
        int inputs = c.path("in_features").asInt(0);
        int outputs = c.path("out_features").asInt(0);
        boolean biased = c.path("bias").asBoolean(true);
        try (ModelFile file = Safetensors.open(folder.resolve("model.safetensors"))) {
            float[] weight = floats(file, "linear.weight", (long) inputs * outputs);
            return new Dense(
                    inputs, outputs, weight, biased ? floats(file, "linear.bias", outputs) : null, name.equals("Tanh"));
        }
    }

    private static float[] floats(ModelFile file, String name, long count) {
        StoredTensor t = file.tensors().get(name);
        if (t == null || t.count() != count) {
            throw JandaiaException.format(file.path() + " has "
                    + (t == null ? "no tensor '" + name + "'" : "a tensor '" + name + "' of " + t.count() + " numbers")
                    + "; its config.json asks for " + count + " numbers.");
        }
        return t.toFloats();
    }

    private static Path inside(Path folder, String path) {
        Path at = folder.resolve(path).normalize();
        if (!at.startsWith(folder.normalize())) {
            throw JandaiaException.format(
                    "The model's modules.json names the folder '" + path + "', which is not inside the model's own.");
        }
        return at;
    }

    private static JsonNode json(Path file) {
        if (!Files.exists(file)) {
            return JsonMapper.shared().createObjectNode();
        }
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw JandaiaException.format(file + " has " + Files.size(file) + " bytes; at most 4 MiB are read.");
            }
            return JsonMapper.shared().readTree(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE, "Cannot read " + file + ": " + e.getMessage() + ".", e);
        } catch (JacksonException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.FORMAT,
                    "Reading " + file + ": the JSON is damaged (" + e.getOriginalMessage() + "); fetch it again.",
                    e);
        }
    }
}
