package io.jandaia.model.arch;

import io.jandaia.error.JandaiaException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

    private static final List<EncoderFamily> ENCODERS =
            List.of(new Bert(), new DistilBert(), new ModernBert(), new Roberta("Roberta"), new Roberta("XLMRoberta"));

    private static final List<EncoderDecoderFamily> ENCODER_DECODERS = List.of(new Bart(), new Marian(), new T5());

    private Families() {}

    /** Decoders. */
    public static List<Family> all() {
        return ALL;
    }

    public static List<EncoderFamily> encoders() {
        return ENCODERS;
    }

    public static List<EncoderDecoderFamily> encoderDecoders() {
        return ENCODER_DECODERS;
    }

    /** The family that a config.json names; UNSUPPORTED names those that are known. */
    public static Family ofHub(String architecture) {
        String others = names().skip(ALL.size()).collect(Collectors.joining(", "));
        return find(architecture, Family::hubName, "architecture", ", " + others);
    }

    /** The family of a decoder without its head, such as {@code Qwen3Model}. */
    public static Optional<Family> headless(String architecture) {
        String whole = architecture.replaceFirst("Model$", "ForCausalLM");
        return architecture.endsWith("Model")
                ? ALL.stream().filter(f -> f.hubName().equals(whole)).findFirst()
                : Optional.empty();
    }

    /** The family of a GGUF file's {@code general.architecture}. */
    public static Family ofGguf(String architecture) {
        return find(architecture, Family::ggufName, "GGUF architecture", "");
    }

    /**
     * The architecture that a configuration's {@code model_type} stands for, where it has no {@code architectures}: the
     * same letters and digits, as in {@code gpt_neox} and {@code GPTNeoXForCausalLM}. The type itself when there is none.
     */
    public static String architectureOf(String modelType) {
        String type = letters(modelType.replace("_text", ""));
        return names().filter(n -> letters(
                                n.replaceFirst("(ForCausalLM|LMHeadModel|ForConditionalGeneration|(MT)?Model)$", ""))
                        .equals(type))
                .findFirst()
                .orElse(modelType);
    }

    private static String letters(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    private static Stream<String> names() {
        return Stream.of(
                        ALL.stream().map(Family::hubName),
                        ENCODERS.stream().flatMap(f -> f.hubNames().stream()),
                        ENCODER_DECODERS.stream().map(EncoderDecoderFamily::hubName))
                .flatMap(n -> n);
    }

    private static Family find(String name, Function<Family, @Nullable String> key, String what, String others) {
        for (Family f : ALL) {
            if (name.equals(key.apply(f))) {
                return f;
            }
        }
        throw JandaiaException.unsupported("The model's " + what + " is '" + name
                + "', which this version does not run. It runs: "
                + ALL.stream().map(key).filter(Objects::nonNull).collect(Collectors.joining(", ")) + others + ".");
    }
}
