package io.jandaia.model.quantization;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What a model is quantised to: one type for most tensors, and others where they matter most, as {@link MixRules} decide. The
 * names and numbers are llama.cpp's; S, M and L spend fewer or more bits on the important tensors.
 */
public enum Mix {
    F32(0, ElementType.F32),
    F16(1, ElementType.F16),
    BF16(32, ElementType.BF16),
    Q8_0(7, ElementType.Q8_0),
    Q4_0(2, ElementType.Q4_0),
    Q4_1(3, ElementType.Q4_1),
    Q5_0(8, ElementType.Q5_0),
    Q5_1(9, ElementType.Q5_1),
    Q2_K(10, ElementType.Q2_K),
    Q3_K_S(11, ElementType.Q3_K),
    Q3_K_M(12, ElementType.Q3_K),
    Q3_K_L(13, ElementType.Q3_K),
    Q4_K_S(14, ElementType.Q4_K),
    Q4_K_M(15, ElementType.Q4_K),
    Q5_K_S(16, ElementType.Q5_K),
    Q5_K_M(17, ElementType.Q5_K),
    Q6_K(18, ElementType.Q6_K),
    IQ4_NL(25, ElementType.IQ4_NL),
    IQ4_XS(30, ElementType.IQ4_XS);

    private final int fileType;
    private final ElementType type;

    Mix(int fileType, ElementType type) {
        this.fileType = fileType;
        this.type = type;
    }

    /** The mix of this name in lower or upper case; USAGE for another. */
    public static Mix of(String name) {
        return Arrays.stream(values())
                .filter(m -> m.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() ->
                        JandaiaException.usage("Cannot quantise to '" + name + "'; expected one of " + names() + "."));
    }

    /** All names in lower case. */
    public static String names() {
        return Arrays.stream(values()).map(Mix::toString).collect(Collectors.joining(", "));
    }

    /** The value of {@code general.file_type}. */
    public int fileType() {
        return fileType;
    }

    /** The type of most tensors. */
    public ElementType type() {
        return type;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
