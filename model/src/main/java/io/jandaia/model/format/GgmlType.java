package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import org.jspecify.annotations.Nullable;

/**
 * The tensor types of GGUF files (ggml's {@code ggml_type}), with their sizes: also of those that cannot be computed with
 * yet, so that every tensor's place in the file can be checked.
 *
 * @param id the number in the file
 * @param name ggml's name, which is {@link ElementType}'s where that has one
 * @param blockElements numbers in a block
 * @param blockBytes bytes in a block
 */
record GgmlType(int id, String name, int blockElements, int blockBytes) {

    private static final GgmlType[] ALL = {
        new GgmlType(0, "F32", 1, 4),
        new GgmlType(1, "F16", 1, 2),
        new GgmlType(2, "Q4_0", 32, 18),
        new GgmlType(3, "Q4_1", 32, 20),
        new GgmlType(6, "Q5_0", 32, 22),
        new GgmlType(7, "Q5_1", 32, 24),
        new GgmlType(8, "Q8_0", 32, 34),
        new GgmlType(9, "Q8_1", 32, 36),
        new GgmlType(10, "Q2_K", 256, 84),
        new GgmlType(11, "Q3_K", 256, 110),
        new GgmlType(12, "Q4_K", 256, 144),
        new GgmlType(13, "Q5_K", 256, 176),
        new GgmlType(14, "Q6_K", 256, 210),
        new GgmlType(15, "Q8_K", 256, 292),
        new GgmlType(16, "IQ2_XXS", 256, 66),
        new GgmlType(17, "IQ2_XS", 256, 74),
        new GgmlType(18, "IQ3_XXS", 256, 98),
        new GgmlType(19, "IQ1_S", 256, 50),
        new GgmlType(20, "IQ4_NL", 32, 18),
        new GgmlType(21, "IQ3_S", 256, 110),
        new GgmlType(22, "IQ2_S", 256, 82),
        new GgmlType(23, "IQ4_XS", 256, 136),
        new GgmlType(24, "I8", 1, 1),
        new GgmlType(25, "I16", 1, 2),
        new GgmlType(26, "I32", 1, 4),
        new GgmlType(27, "I64", 1, 8),
        new GgmlType(28, "F64", 1, 8),
        new GgmlType(29, "IQ1_M", 256, 56),
        new GgmlType(30, "BF16", 1, 2),
        new GgmlType(34, "TQ1_0", 256, 54),
        new GgmlType(35, "TQ2_0", 256, 66),
        new GgmlType(39, "MXFP4", 32, 17),
        new GgmlType(40, "NVFP4", 64, 36),
        new GgmlType(41, "Q1_0", 128, 18),
    };

    /** The type with this number, or null. */
    static @Nullable GgmlType of(int id) {
        for (GgmlType t : ALL) {
            if (t.id == id) {
                return t;
            }
        }
        return null;
    }

    /** The type of the same name; UNSUPPORTED when GGUF has none. */
    static GgmlType of(ElementType type) {
        for (GgmlType t : ALL) {
            if (t.name.equals(type.name())) {
                return t;
            }
        }
        throw JandaiaException.unsupported("GGUF has no tensors of type " + type + "; write them as F32, F16 or BF16.");
    }

    /** The element type of the same name, or null when this version has none. */
    @Nullable
    ElementType elementType() {
        for (ElementType t : ElementType.values()) {
            if (t.name().equals(name)) {
                return t;
            }
        }
        return null;
    }
}
