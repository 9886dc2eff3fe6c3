package io.jandaia.model.format;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes zip archives of stored entries as PyTorch does, and wrong ones. */
final class ZipWriter {

    /** One entry of the directory, to be changed by a test before {@link #bytes}. */
    static final class Entry {
        String name = "";
        int flags = 0x808;
        int method;
        long size;
        long packed;
        long offset;
    }

    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    final List<Entry> directory = new ArrayList<>();
    boolean zip64;

    ZipWriter add(String name, byte[] content) {
        return add(name, name, content);
    }

    ZipWriter add(String name, String text) {
        return add(name, text.getBytes(StandardCharsets.UTF_8));
    }

    ZipWriter add(String name, String localName, byte[] content) {
        Entry e = new Entry();
        e.name = name;
        e.size = content.length;
        e.packed = content.length;
        e.offset = data.size();
        directory.add(e);
        byte[] local = localName.getBytes(StandardCharsets.UTF_8);
        int padding = 64 - (data.size() + 30 + local.length + 4) % 64;
        ByteBuffer b = buffer(30).putInt(0x04034b50).putShort((short) 0).putShort((short) 0x808);
        b.putShort(26, (short) local.length).putShort(28, (short) (4 + padding));
        data.writeBytes(array(b));
        data.writeBytes(local);
        data.writeBytes(buffer(4)
                .put((byte) 'F')
                .put((byte) 'B')
                .putShort((short) padding)
                .array());
        data.writeBytes(new byte[padding]);
        data.writeBytes(content);
        data.writeBytes(new byte[16]); // a data descriptor
        return this;
    }

    byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(data.toByteArray());
        for (Entry e : directory) {
            byte[] name = e.name.getBytes(StandardCharsets.UTF_8);
            ByteBuffer b = buffer(46);
            b.putInt(0x02014b50).putShort(8, (short) e.flags).putShort(10, (short) e.method);
            b.putInt(20, zip64 ? -1 : (int) e.packed).putInt(24, zip64 ? -1 : (int) e.size);
            b.putShort(28, (short) name.length).putShort(30, (short) (zip64 ? 28 : 0));
            b.putInt(42, zip64 ? -1 : (int) e.offset);
            out.writeBytes(array(b));
            out.writeBytes(name);
            if (zip64) {
                out.writeBytes(buffer(28)
                        .putShort((short) 1)
                        .putShort((short) 24)
                        .putLong(e.size)
                        .putLong(e.packed)
                        .putLong(e.offset)
                        .array());
            }
        }
        int begin = data.size();
        int size = out.size() - begin;
        int count = directory.size();
        if (zip64) {
            long end64 = out.size();
            out.writeBytes(buffer(56)
                    .putInt(0x06064b50)
                    .putLong(44)
                    .putLong(24, count)
                    .putLong(32, count)
                    .putLong(40, size)
                    .putLong(48, begin)
                    .array());
            out.writeBytes(buffer(20)
                    .putInt(0x07064b50)
                    .putInt(0)
                    .putLong(end64)
                    .putInt(1)
                    .array());
        }
        ByteBuffer end = buffer(22).putInt(0x06054b50);
        end.putShort(8, (short) (zip64 ? -1 : count)).putShort(10, (short) (zip64 ? -1 : count));
        end.putInt(12, zip64 ? -1 : size).putInt(16, zip64 ? -1 : begin);
        out.writeBytes(array(end));
        return out.toByteArray();
    }

    private static byte[] array(ByteBuffer buffer) {
        byte[] out = new byte[buffer.capacity()];
        buffer.get(0, out);
        return out;
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
