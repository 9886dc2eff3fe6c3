package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.format.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The keys of a configuration that no family read: neutral, or a reason to refuse the model. */
final class UnreadKeys {

    /** Keys of config.json that say how a model was made, trained or stored, not what it computes. */
    private static final Set<String> NEUTRAL = Set.of(
            "_attn_implementation",
            "architectures",
            "auto_map",
            "bos_token_id",
            "dtype",
            "eos_token_id",
            "finetuning_task",
            "id2label",
            "init_std",
            "initializer_range",
            "label2id",
            "max_length",
            "max_sequence_length",
            "max_window_layers",
            "model_type",
            "_name_or_path",
            "name_or_path",
            "pad_token_id",
            "pretraining_tp",
            "rope_theta",
            "sliding_window",
            "task_specific_params",
            "tokenizer_class",
            "torch_dtype",
            "transformers_version",
            "transformers.js_config",
            "unsloth_fixed",
            "unsloth_version",
            "use_cache");

    private UnreadKeys() {}

    /** Also all that is about dropout, which is for training, and about the summaries of GPT-2's classifiers. */
    private static boolean neutral(String name) {
        return NEUTRAL.contains(name)
                || name.endsWith("dropout")
                || name.endsWith("dropout_prob")
                || name.endsWith("layerdrop")
                || name.endsWith("pdrop")
                || name.startsWith("summary_");
    }

    /** What nobody read and is set to something would change the result, unless it is known to be neutral. */
    static void refuse(Config config, Set<String> ignored) {
        List<String> unknown = new ArrayList<>();
        config.unread().forEach((key, value) -> {
            String name = key.substring(key.lastIndexOf('.') + 1);
            if (!neutral(name) && !ignored.contains(key) && !off(value)) {
                unknown.add(key + " = " + value);
            }
        });
        if (!unknown.isEmpty()) {
            throw JandaiaException.unsupported("The configuration " + config.source()
                    + " sets what this version does not know and what may change the result: "
                    + String.join(", ", unknown)
                    + ". If that is harmless, name the key with --ignore-config-key.");
        }
    }

    private static boolean off(Object value) {
        return switch (value) {
            case Boolean b -> !b;
            case Number n -> n.doubleValue() == 0;
            case String t -> t.isEmpty();
            case List<?> l -> l.isEmpty();
            case Map<?, ?> m -> m.isEmpty();
            default -> false;
        };
    }
}
