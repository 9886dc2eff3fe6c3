package io.jandaia.model.checkpoint;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.format.Config;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the weights of a checkpoint are quantised, as its {@code quantization_config} says. Which weights are is seen from the
 * tensors themselves, so the lists of modules to leave out need not be understood.
 */
public sealed interface QuantizedCheckpoint permits Awq, BitsAndBytes, CompressedTensors, Fp8Checkpoint, Gptq, Mxfp4 {

    String SECTION = "quantization_config";

    /** The name of the method in files: {@code gptq}. */
    String method();

    /** The method and what is worth knowing of it: {@code gptq, 4 bits, groups of 128}. */
    String description();

    /** What of the scheme is not applied, a sentence each. */
    default List<String> notes() {
        return List.of();
    }

    /** Takes the tensors that it knows and puts what is to be made of them. */
    void unpack(Parts parts);

    /**
     * The scheme of a model's config.json; null when it is not quantised.
     *
     * @throws JandaiaException UNSUPPORTED when the method is not known
     */
    static @Nullable QuantizedCheckpoint of(Config config) {
        Config c = section(config);
        if (c == null) {
            return null;
        }
        String method = c.has("quant_method")
                ? c.string("quant_method")
                : c.has("load_in_4bit") || c.has("load_in_8bit") ? "bitsandbytes" : "unknown";
        return switch (method) {
            case "awq" -> Awq.of(c);
            case "bitsandbytes" -> BitsAndBytes.of(c);
            case "compressed-tensors" -> CompressedTensors.of(c);
            case "fp8" -> Fp8Checkpoint.of(c);
            case "gptq" -> Gptq.of(c);
            case "mxfp4" -> new Mxfp4();
            default ->
                throw JandaiaException.unsupported("The weights are quantised with '" + method
                        + "', which this version does not read; it reads awq, bitsandbytes, compressed-tensors, fp8, gptq and"
                        + " mxfp4. Use the model's unquantised files or a GGUF of it.");
        };
    }

    /** The section, as a configuration of its own: what it says of how the weights were made is nobody's business. */
    private static @Nullable Config section(Config config) {
        for (Config c : config.has(SECTION) || !config.has("text_config") ? List.of(config) : List.of(config.text())) {
            for (String key : List.of(SECTION, "compression_config")) {
                if (c.has(key)) {
                    if (!(c.value(key) instanceof Map<?, ?> map)) {
                        throw JandaiaException.format("The configuration " + config.source() + " has for the key '"
                                + key + "' the wrong kind of value: expected an object.");
                    }
                    Map<String, @Nullable Object> values = new LinkedHashMap<>();
                    map.forEach((k, v) -> values.put(key + "." + k, v));
                    return Config.of(config.source(), values).section(key);
                }
            }
        }
        return null;
    }

    /** A sentence about activations that the checkpoint wants rounded; none when it does not. */
    static List<String> activations(boolean rounded) {
        return rounded
                ? List.of("The checkpoint is made for activations that are quantised, too; they are computed in full.")
                : List.of();
    }

    /** Refuses a value that changes how tensors are to be read. */
    static void only(Config c, String method, String key, String... known) {
        String value = c.string(key, known[0]);
        if (!List.of(known).contains(value)) {
            throw JandaiaException.unsupported(
                    "The weights are quantised with '" + method + "' and " + key + " '" + value
                            + "', which this version does not read; it reads " + String.join(", ", known)
                            + ". Use the model's unquantised files or a GGUF of it.");
        }
    }

    /** A whole number of a configuration between bounds; FORMAT when it is outside. */
    static int within(Config c, String key, long otherwise, int least, int most) {
        long v = c.integer(key, otherwise);
        if (v < least || v > most) {
            throw JandaiaException.format("The configuration " + c.source() + " has for the key '" + SECTION + "." + key
                    + "' the number " + v + ", expected " + least + " to " + most + ".");
        }
        return (int) v;
    }

    /** Columns that share a scale; -1, for all of a row, becomes 0. Any other number below 1 is FORMAT. */
    static int groupSize(Config c, String key) {
        int size = within(c, key, -1, -1, Integer.MAX_VALUE);
        if (size == 0) {
            throw JandaiaException.format("The configuration " + c.source() + " has for the key '" + SECTION + "." + key
                    + "' the number 0, expected -1 for whole rows or a number of columns.");
        }
        return Math.max(size, 0);
    }

    static String groups(int size) {
        return size == 0 ? "a scale a row" : "groups of " + size;
    }
}
