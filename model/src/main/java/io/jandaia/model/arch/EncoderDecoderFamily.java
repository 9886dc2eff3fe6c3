package io.jandaia.model.arch;

import io.jandaia.model.format.Config;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;
import java.util.Optional;

/** A family of encoder-decoders. */
public interface EncoderDecoderFamily {

    /** The {@code architectures} entry of its config.json: {@code T5ForConditionalGeneration}. */
    String hubName();

    /** From config.json; some files say only by their tensors whether the head is the embedding. */
    EncoderDecoderSpec fromHub(Config config, Map<String, StoredTensor> tensors);

    TensorNames encoderTensors();

    TensorNames decoderTensors();

    /** The family that a config.json names; empty when it is of none. */
    static Optional<EncoderDecoderFamily> ofHub(String architecture) {
        return Families.encoderDecoders().stream()
                .filter(f -> f.hubName().equals(architecture))
                .findFirst();
    }
}
