package io.jandaia.model;

import io.jandaia.model.engine.Pooling;
import org.jspecify.annotations.Nullable;

/**
 * How texts become vectors. What is null is as the model's own files say; where they are silent, encoders give the mean of
 * hidden states and decoders the last one, of length 1.
 *
 * @param normalize whether vectors get the length 1
 * @param dimensions only the first so many numbers of each vector, for models trained so that these suffice; 0 = all
 * @param prompt the name of one of the model's prompts, which goes before each text; null for its default one
 * @param truncate whether a text that is too long is cut, which the result says, in place of an error
 */
public record EmbedOptions(
        @Nullable Pooling pooling,
        @Nullable Boolean normalize,
        int dimensions,
        @Nullable String prompt,
        boolean truncate) {

    public static final EmbedOptions DEFAULT = new EmbedOptions(null, null, 0, null, false);

    public EmbedOptions pooling(Pooling value) {
        return new EmbedOptions(value, normalize, dimensions, prompt, truncate);
    }

    public EmbedOptions normalize(boolean value) {
        return new EmbedOptions(pooling, value, dimensions, prompt, truncate);
    }

    public EmbedOptions dimensions(int value) {
        return new EmbedOptions(pooling, normalize, value, prompt, truncate);
    }

    public EmbedOptions prompt(String value) {
        return new EmbedOptions(pooling, normalize, dimensions, value, truncate);
    }

    public EmbedOptions truncate(boolean value) {
        return new EmbedOptions(pooling, normalize, dimensions, prompt, value);
    }
}
