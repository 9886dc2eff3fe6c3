package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.QkvLayout;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A family of models: how its configuration is read and what its tensors are called. A new architecture is one
 * implementation of this and a line in {@link Families}.
 */
public interface Family {

    /** The {@code architectures} entry of its config.json: {@code LlamaForCausalLM}. */
    String hubName();

    /** The {@code general.architecture} of its GGUF files; null when it has none of its own. */
    default @Nullable String ggufName() {
        return null;
    }

    /** From config.json. Every key that is read counts as understood; any other that matters is refused by the loader. */
    DecoderSpec fromHub(Config config);

    /** From the metadata under {@code general.architecture}'s own prefix; called for those with a {@link #ggufName}. */
    default DecoderSpec fromGguf(Config metadata, Map<String, StoredTensor> tensors) {
        throw new UnsupportedOperationException(hubName());
    }

    /** The {@code general.architecture} that its models are written as: another family's where it has none of its own. */
    default @Nullable String ggufTarget() {
        return ggufName();
    }

    /** A spec as metadata, without the prefix; more keys than {@link #fromGguf} reads do no harm. */
    default Map<String, Object> toGguf(DecoderSpec spec) {
        return GgufKeys.of(spec);
    }

    /** The family whose config.json says what this GGUF family's spec says. */
    default Family hubTarget(DecoderSpec spec) {
        return this;
    }

    /** A spec as config.json; more keys than {@link #fromHub} reads do no harm. */
    default Map<String, Object> toHub(DecoderSpec spec) {
        return HubKeys.of(spec, this);
    }

    default TensorNames hubTensors() {
        return TensorNames.hub();
    }

    default TensorNames ggufTensors() {
        return TensorNames.gguf();
    }

    /** How the rows lie where Hub files have queries, keys and values in one matrix; those of GGUF files lie in blocks. */
    default QkvLayout hubQkv() {
        return QkvLayout.BLOCKS;
    }

    /**
     * Whether the rows of queries and keys lie in another order in GGUF files than in Hub files: those that rotate together are
     * neighbours there and half a head apart here.
     */
    default boolean permutedInGguf() {
        return false;
    }
}
