package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The families this version knows. */
public final class Families {

    private static final List<Family> ALL = List.of(
            new Bloom(),
            new Cohere(),
            new Cohere2(),
            new DeepSeekV2(),
            new DeepSeekV3(),
            new Ernie45(),
            new Exaone4(),
            new Falcon(),
            new Gemma(),
            new Gemma2(),
            new Gemma3(),
            new Glm4(),
            new Glm4Moe(),
            new Gpt2(),
            new GptBigCode(),
            new GptJ(),
            new GptNeo(),
            new GptNeoX(),
            new GptOss(),
            new Granite(),
            new GraniteHybrid(),
            new HunYuan(),
            new Lfm2(),
            new Llama(),
            new Mistral(),
            new Mixtral(),
            new Mpt(),
            new Nemotron(),
            new Olmo2(),
            new Olmo3(),
            new Opt(),
            new Phi(),
            new Phi3(),
            new Qwen2(),
            new Qwen2Moe(),
            new Qwen3(),
            new Qwen3Moe(),
            new Qwen3Next(),
            new SeedOss(),
            new SmolLm3(),
            new StableLm(),
            new StarCoder2());

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

    /**
     * The {@link Family#hubName} that a configuration's {@code model_type} stands for, where it has no {@code architectures}: the
     * same letters and digits, as in {@code gpt_neox} and {@code GPTNeoXForCausalLM}. The type itself when there is none.
     */
    public static String architectureOf(String modelType) {
        String type = letters(modelType.replace("_text", ""));
        return ALL.stream()
                .map(Family::hubName)
                .filter(n -> letters(n.replace("ForCausalLM", "").replace("LMHeadModel", ""))
                        .equals(type))
                .findFirst()
                .orElse(modelType);
    }

    private static String letters(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
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
