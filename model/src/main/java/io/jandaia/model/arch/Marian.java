package io.jandaia.model.arch;

import io.jandaia.model.arch.DecoderSpec.SinusoidalPositions;
import io.jandaia.model.format.Config;
import io.jandaia.tensor.StoredTensor;
import java.util.Map;

/** Marian (Junczys-Dowmunt et al. 2018), the translators of OPUS-MT: sinusoidal positions, one vocabulary for both languages or one for each. */
final class Marian implements EncoderDecoderFamily {

    @Override
    public String hubName() {
        return "MarianMTModel";
    }

    @Override
    public EncoderDecoderSpec fromHub(Config c, Map<String, StoredTensor> tensors) {
        HubBart f = new HubBart(c);
        boolean shared = c.flag("share_encoder_decoder_embeddings", true);
        int outputs = c.size("decoder_vocab_size", f.vocabulary());
        int start = c.whole("decoder_start_token_id", c.whole("pad_token_id", 58100));
        return f.spec(
                shared ? f.vocabulary() : outputs, e -> e.positions(new SinusoidalPositions(f.positions())), start);
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
