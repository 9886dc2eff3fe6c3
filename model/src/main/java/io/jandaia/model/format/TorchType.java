package io.jandaia.model.format;

import io.jandaia.tensor.ElementType;
import org.jspecify.annotations.Nullable;

/**
 * What the numbers of a PyTorch tensor are.
 *
 * @param name as PyTorch calls it, without {@code torch.}
 * @param bytes of a number
 * @param type null when this version cannot read it
 */
record TorchType(String name, int bytes, @Nullable ElementType type) {

    /** The type of a {@code torch.dtype} by its name; null when there is none. */
    static @Nullable TorchType ofDtype(String name) {
        return switch (name) {
            case "float32", "float" -> of("float32", ElementType.F32);
            case "float16", "half" -> of("float16", ElementType.F16);
            case "bfloat16" -> of(name, ElementType.BF16);
            case "float64", "double" -> of("float64", ElementType.F64);
            case "int64", "long" -> of("int64", ElementType.I64);
            case "int32", "int" -> of("int32", ElementType.I32);
            case "int16", "short" -> of("int16", ElementType.I16);
            case "int8" -> of(name, ElementType.I8);
            case "uint8" -> of(name, ElementType.U8);
            case "uint16" -> of(name, ElementType.U16);
            case "uint32" -> of(name, ElementType.U32);
            case "uint64" -> of(name, ElementType.U64);
            case "bool" -> of(name, ElementType.BOOL);
            case "float8_e4m3fn" -> of(name, ElementType.F8_E4M3);
            case "float8_e5m2" -> of(name, ElementType.F8_E5M2);
            case "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu", "float4_e2m1fn_x2" ->
                new TorchType(name, 1, null);
            case "complex32", "chalf" -> new TorchType("complex32", 4, null);
            case "complex64", "cfloat" -> new TorchType("complex64", 8, null);
            case "complex128", "cdouble" -> new TorchType("complex128", 16, null);
            default -> null;
        };
    }

    /** The type of the numbers of a storage class such as {@code HalfStorage}; null when there is none. */
    static @Nullable TorchType ofStorage(String name) {
        return switch (name) {
            case "FloatStorage" -> ofDtype("float32");
            case "HalfStorage" -> ofDtype("float16");
            case "BFloat16Storage" -> ofDtype("bfloat16");
            case "DoubleStorage" -> ofDtype("float64");
            case "LongStorage" -> ofDtype("int64");
            case "IntStorage" -> ofDtype("int32");
            case "ShortStorage" -> ofDtype("int16");
            case "CharStorage" -> ofDtype("int8");
            case "ByteStorage", "UntypedStorage" -> ofDtype("uint8");
            case "BoolStorage" -> ofDtype("bool");
            case "ComplexFloatStorage" -> ofDtype("complex64");
            case "ComplexDoubleStorage" -> ofDtype("complex128");
            default -> null;
        };
    }

    private static TorchType of(String name, ElementType type) {
        return new TorchType(name, type.blockBytes(), type);
    }
}
