package io.jandaia.model.arch;

import io.jandaia.model.format.Config;
import io.jandaia.tensor.StoredTensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A family of encoders. Its members differ in what hidden states are turned into. */
public interface EncoderFamily {

    /** The {@code architectures} entries of its config.json: {@code BertModel}, {@code BertForMaskedLM} ... */
    List<String> hubNames();

    /** From config.json, which names {@code architecture}; some files say only by their tensors what is in them. */
    EncoderSpec fromHub(Config config, String architecture, Map<String, StoredTensor> tensors);

    /** What its tensors are called; those of the task differ by architecture. */
    TensorNames hubTensors(String architecture);

    /** The names of members: the family's name with the usual endings. */
    static List<String> members(String family, Task... tasks) {
        return List.of(tasks).stream().map(t -> family + t.ending).toList();
    }

    /** What an architecture is for, by the ending of its name. */
    enum Task {
        NONE("Model"),
        /** Both a model of masked tokens and of whether one sentence follows another; the second is not computed. */
        PRETRAINING("ForPreTraining"),
        FILL("ForMaskedLM"),
        TEXT_LABELS("ForSequenceClassification"),
        TOKEN_LABELS("ForTokenClassification");

        private final String ending;

        Task(String ending) {
            this.ending = ending;
        }

        static Task of(String architecture) {
            return List.of(values()).stream()
                    .filter(t -> architecture.endsWith(t.ending))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** The family that a config.json names; empty when it is of none. */
    static Optional<EncoderFamily> ofHub(String architecture) {
        return Families.encoders().stream()
                .filter(f -> f.hubNames().contains(architecture))
                .findFirst();
    }
}
