package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The families this version knows. */
public final class Families {

    private static final List<Family> ALL =
            List.of(new Gpt2(), new GptNeoX(), new Llama(), new Mistral(), new Qwen2(), new Qwen3());

    private Families() {}

    public static List<Family> all() {
        return ALL;
    }

    /** The family that a config.json names; UNSUPPORTED names those that are known. */
    public static Family ofHub(String architecture) {
        return find(architecture, Family::hubName, "architecture");
    }

    /** The family of a GGUF file's {@code general.architecture}. */
    public static Family ofGguf(String architecture) {
        return find(architecture, Family::ggufName, "GGUF architecture");
    }

    private static Family find(String name, Function<Family, @Nullable String> key, String what) {
        for (Family f : ALL) {
            if (name.equals(key.apply(f))) {
                return f;
            }
        }
        throw JandaiaException.unsupported(
                "The model's " + what + " is '" + name + "', which this version does not run. It runs: "
                        + ALL.stream().map(key).filter(Objects::nonNull).collect(Collectors.joining(", ")) + ".");
    }
}
