package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.DecoderSpec.LearnedPositions;
import io.jandaia.model.arch.TaskSpec.Transform;
import io.jandaia.model.arch.TaskSpec.View;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * RoBERTa (Liu et al. 2019) and XLM-RoBERTa (Conneau et al. 2020): BERT whose positions begin after the id of the padding
 * token, which itself is not counted.
 *
 * @param family how architectures are called
 */
record Roberta(String family) implements EncoderFamily {

    @Override
    public List<String> hubNames() {
        return EncoderFamily.members(family, Task.NONE, Task.FILL, Task.TEXT_LABELS, Task.TOKEN_LABELS);
    }

    @Override
    public EncoderSpec fromHub(Config c, String architecture, Map<String, StoredTensor> tensors) {
        HubBert f = new HubBert(c);
        int padding = c.whole("pad_token_id", 1);
        int rows = c.size("max_position_embeddings", 512);
        if (padding < 0 || padding + 1 >= rows) {
            throw JandaiaException.format("The configuration's pad_token_id is " + padding
                    + ", after which positions begin, but it has only " + rows + " of them.");
        }
        int positions = rows - padding - 1;
        return f.spec(positions, new LearnedPositions(positions, padding + 1, padding), task(f, Task.of(architecture)));
    }

    private static @Nullable TaskSpec task(HubBert f, Task task) {
        Transform fill = new Transform(Activation.GELU, true, f.norm()); // whatever hidden_act is
        Transform pooler = new Transform(Activation.TANH, true, null);
        return switch (task) {
            case NONE, PRETRAINING -> null;
            case FILL -> TaskSpec.fill(fill, f.vocabulary(), f.tied(), true);
            case TEXT_LABELS -> HubLabels.ofText(f.config(), View.FIRST, pooler);
            case TOKEN_LABELS -> HubLabels.ofTokens(f.config(), null);
        };
    }

    @Override
    public TensorNames hubTensors(String architecture) {
        TensorNames names = HubBert.names("roberta");
        return switch (Task.of(architecture)) {
            case NONE, PRETRAINING -> names;
            case FILL ->
                names.with(Role.TASK_TRANSFORM, "lm_head.dense")
                        .with(Role.TASK_NORM, "lm_head.layer_norm")
                        .with(Role.TASK_OUTPUT, "lm_head.decoder")
                        .with(Role.TASK_OUTPUT_BIAS, "lm_head.bias|lm_head.decoder.bias");
            case TEXT_LABELS ->
                names.with(Role.TASK_TRANSFORM, "classifier.dense").with(Role.TASK_OUTPUT, "classifier.out_proj");
            case TOKEN_LABELS -> names.with(Role.TASK_OUTPUT, "classifier");
        };
    }
}
