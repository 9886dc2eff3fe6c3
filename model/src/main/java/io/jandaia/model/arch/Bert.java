package io.jandaia.model.arch;

import io.jandaia.model.arch.DecoderSpec.LearnedPositions;
import io.jandaia.model.arch.TaskSpec.Transform;
import io.jandaia.model.arch.TaskSpec.View;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.StoredTensor;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** BERT (Devlin et al. 2019): learned positions, a norm after each part; classifiers look at the first token. */
final class Bert implements EncoderFamily {

    @Override
    public List<String> hubNames() {
        return EncoderFamily.members("Bert", Task.values());
    }

    @Override
    public EncoderSpec fromHub(Config c, String architecture, Map<String, StoredTensor> tensors) {
        HubBert f = new HubBert(c);
        int positions = c.size("max_position_embeddings", 512);
        return f.spec(positions, new LearnedPositions(positions, 0, -1), task(f, Task.of(architecture), tensors));
    }

    private static @Nullable TaskSpec task(HubBert f, Task task, Map<String, StoredTensor> tensors) {
        Transform pooler = new Transform(Activation.TANH, true, null);
        return switch (task) {
            case NONE -> null;
            case PRETRAINING -> // some files of this name have only the transformer
                tensors.containsKey("cls.predictions.transform.dense.weight") ? fill(f) : null;
            case FILL -> fill(f);
            case TEXT_LABELS -> HubLabels.ofText(f.config(), View.FIRST, pooler);
            case TOKEN_LABELS -> HubLabels.ofTokens(f.config(), null);
        };
    }

    private static TaskSpec fill(HubBert f) {
        return TaskSpec.fill(new Transform(f.activation(), true, f.norm()), f.vocabulary(), f.tied(), true);
    }

    @Override
    public TensorNames hubTensors(String architecture) {
        TensorNames names = HubBert.names("bert");
        return switch (Task.of(architecture)) {
            case NONE -> names;
            case FILL, PRETRAINING ->
                names.with(Role.TASK_TRANSFORM, "cls.predictions.transform.dense")
                        .with(Role.TASK_NORM, "cls.predictions.transform.LayerNorm")
                        .with(Role.TASK_OUTPUT, "cls.predictions.decoder")
                        .with(Role.TASK_OUTPUT_BIAS, "cls.predictions.bias|cls.predictions.decoder.bias");
            case TEXT_LABELS ->
                names.with(Role.TASK_TRANSFORM, "bert.pooler.dense").with(Role.TASK_OUTPUT, "classifier");
            case TOKEN_LABELS -> names.with(Role.TASK_OUTPUT, "classifier");
        };
    }
}
