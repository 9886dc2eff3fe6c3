package io.jandaia.model.adapter;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.adapter.Adapter.Change;
import io.jandaia.model.adapter.Adapter.LowRank;
import io.jandaia.model.format.Config;
import io.jandaia.model.format.ModelFile;
import io.jandaia.tensor.StoredTensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * llama.cpp's adapters: {@code general.type} is {@code adapter}, and beside each tensor of the base that is changed there
 * would be {@code blk.0.attn_q.weight.lora_a} and {@code .lora_b}.
 */
final class GgufAdapter {

    private static final String DOWN = ".weight.lora_a";
    private static final String UP = ".weight.lora_b";

    /** The embedding of tokens, which is looked up and not multiplied: its lora_a has a row for each token. */
    private static final String EMBEDDING = "token_embd";

    private GgufAdapter() {}

    static boolean isAt(Path path) {
        try (ModelFile file = ModelFile.open(path)) {
            return "adapter".equals(file.metadata().get("general.type"));
        }
    }

    static Adapter open(Path path) {
        ModelFile file = ModelFile.open(path);
        return Adapter.reading(file, () -> read(path, file));
    }

    private static Adapter read(Path path, ModelFile file) {
        Config metadata = Config.of(path.toString(), file.metadata());
        String type = metadata.string("general.type", "model");
        if (!type.equals("adapter")) {
            throw JandaiaException.usage("The GGUF file " + path + " is no adapter but says that it is a " + type
                    + "; open it as the model.");
        }
        String adapterType = metadata.string("adapter.type", "");
        if (!adapterType.equals("lora")) {
            throw JandaiaException.unsupported(
                    "The adapter " + path + " is of type '" + adapterType + "'; this version computes lora.");
        }
        if (metadata.has("adapter.alora.invocation_tokens")) {
            throw JandaiaException.unsupported("The adapter " + path
                    + " is to be switched on by certain tokens (aLoRA), which this version does not do.");
        }
        double alpha = metadata.number("adapter.lora.alpha", 0);
        Map<String, Change> changes = new LinkedHashMap<>();
        for (StoredTensor down : file.tensors().values()) {
            String name = down.name();
            if (name.endsWith(UP) && file.tensors().containsKey(swap(name, UP, DOWN))) {
                continue; // comes with its partner
            }
            if (!name.endsWith(DOWN)) {
                throw JandaiaException.format("The adapter " + path + " has the tensor '" + name
                        + "'; expected names that end in " + DOWN + " or " + UP + ", each with its partner.");
            }
            String module = name.substring(0, name.length() - DOWN.length());
            StoredTensor up = file.tensor(swap(name, DOWN, UP));
            boolean embedding = module.equals(EMBEDDING);
            double rank = Math.max(1, up.shape().length == 0 ? 1 : up.shape()[up.shape().length - 1]);
            double scaling = alpha == 0 ? 1 : alpha / rank; // as llama.cpp does
            changes.put(
                    module,
                    new Change(module, new LowRank(down, up, null, null, scaling, embedding, embedding), null, null));
        }
        file.unsupported().keySet().stream().findFirst().ifPresent(file::tensor); // says of which type it is
        String base = metadata.string("general.architecture", "");
        return new Adapter(path, Adapter.Kind.GGUF, base, changes, List.of(), file);
    }

    private static String swap(String name, String end, String otherEnd) {
        return name.substring(0, name.length() - end.length()) + otherEnd;
    }
}
