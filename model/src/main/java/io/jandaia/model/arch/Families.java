package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The families this version knows. */
public final class Families {

    private static final List<Family> ALL = List.of(new Llama(), new Qwen2(), new Qwen3());

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

    private static Family find(String name, Function<Family, String> key, String what) {
        for (Family f : ALL) {
            if (key.apply(f).equals(name)) {
                return f;
            }
        }
        throw JandaiaException.unsupported(
                "The model's " + what + " is '" + name + "', which this version does not run. It runs: "
                        + ALL.stream().map(key).collect(Collectors.joining(", ")) + ".");
    }
}
