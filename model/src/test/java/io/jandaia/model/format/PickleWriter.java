package io.jandaia.model.format;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Assembles pickles operation by operation, right and wrong ones. */
final class PickleWriter {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    PickleWriter op(int... codes) {
        for (int code : codes) {
            out.write(code);
        }
        return this;
    }

    PickleWriter proto(int version) {
        return op(PickleCode.PROTO, version);
    }

    PickleWriter raw(String text) {
        out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    PickleWriter raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    PickleWriter global(String module, String name) {
        return op(PickleCode.GLOBAL).raw(module + "\n" + name + "\n");
    }

    PickleWriter text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return op(PickleCode.BINUNICODE).i32(utf8.length).raw(utf8);
    }

    PickleWriter integer(int value) {
        return op(PickleCode.BININT).i32(value);
    }

    PickleWriter integers(int... values) {
        op(PickleCode.MARK);
        for (int value : values) {
            integer(value);
        }
        return op(PickleCode.TUPLE);
    }

    PickleWriter i32(int value) {
        return raw(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
    }

    PickleWriter i64(long value) {
        return raw(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
    }

    /** {@code torch._utils._rebuild_tensor_v2} of a float32 storage. */
    PickleWriter tensor(String key, int count, int offset, int[] shape, int[] strides) {
        return global("torch._utils", "_rebuild_tensor_v2")
                .op(PickleCode.MARK, PickleCode.MARK)
                .text("storage")
                .global("torch", "FloatStorage")
                .text(key)
                .text("cpu")
                .integer(count)
                .op(PickleCode.TUPLE, PickleCode.BINPERSID)
                .integer(offset)
                .integers(shape)
                .integers(strides)
                .op(PickleCode.NEWFALSE)
                .global("collections", "OrderedDict")
                .op(PickleCode.EMPTY_TUPLE, PickleCode.REDUCE, PickleCode.TUPLE, PickleCode.REDUCE);
    }

    byte[] stop() {
        op(PickleCode.STOP);
        return out.toByteArray();
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
