package io.jandaia.model.arch;

import io.jandaia.model.format.Config;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** BART (Lewis et al. 2020): learned positions that start at row 2, a norm of the embedding. */
final class Bart implements EncoderDecoderFamily {

    @Override
    public String hubName() {
        return "BartForConditionalGeneration";
    }

    @Override
    public EncoderDecoderSpec fromHub(Config c, Map<String, StoredTensor> tensors) {
        HubBart f = new HubBart(c);
        int start = c.whole("decoder_start_token_id", 2);
        return f.spec(f.vocabulary(), e -> e.positions(f.positions(), 2).normed(HubBart.norm()), start);
    }

    @Override
    public TensorNames encoderTensors() {
        return HubBart.names("encoder");
    }

    @Override
    public TensorNames decoderTensors() {
        return HubBart.names("decoder");
    }
}
