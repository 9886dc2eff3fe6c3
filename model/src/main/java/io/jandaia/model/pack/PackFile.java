package io.jandaia.model.pack;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A file of packed weights: their bytes one after the other, a table of where each lies with a sum over every chunk, and at the
 * end a trailer that says where the table is. Nothing in it is believed: sums and lengths are checked whenever it is read.
 */
final class PackFile implements AutoCloseable {

    /**
     * A packed weight.
     *
     * @param name by which it is found again
     * @param data native memory
     */
    record Pack(String name, MemorySegment data) {}

    private record Entry(long at, long bytes, int[] sums) {}

    private static final long MAGIC = 0x314b_4341_5041_444eL; // "NDAPACK1"
    private static final int CHUNK = 512 << 10; // of this many several threads have some even in a small weight
    private static final int TRAILER = 32;
    private static final int MAX_TABLE = 64 << 20;

    private final FileChannel channel;
    private final Map<String, Entry> entries;

    private PackFile(FileChannel channel, Map<String, Entry> entries) {
        this.channel = channel;
        this.entries = entries;
    }

    /**
     * Opens a file.
     *
     * @return null when it was written for other files than {@code id} names
     * @throws IOException when it cannot be read or is damaged
     */
    @SuppressWarnings("MustBeClosedChecker") // owned by the result
    static @Nullable PackFile open(Path path, String id) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            Map<String, Entry> entries = table(channel, id);
            if (entries != null) {
                return new PackFile(channel, entries);
            }
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e instanceof IOException io ? io : damaged("its table is");
        }
        channel.close();
        return null;
    }

    private static @Nullable Map<String, Entry> table(FileChannel channel, String id) throws IOException {
        long size = channel.size();
        if (size < TRAILER) {
            throw damaged("it ends too soon");
        }
        ByteBuffer trailer = ByteBuffer.allocate(TRAILER);
        read(channel, trailer, size - TRAILER);
        long at = trailer.getLong(0);
        long bytes = trailer.getLong(8);
        if (trailer.getLong(24) != MAGIC || at < 0 || bytes < 0 || bytes > MAX_TABLE || at != size - TRAILER - bytes) {
            throw damaged("its end is");
        }
        ByteBuffer table = ByteBuffer.allocate((int) bytes);
        read(channel, table, at);
        if (sum(table.flip()) != trailer.getLong(16)) {
            throw damaged("its table is");
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(table.array()));
        byte[] bytesOfId = in.readNBytes(in.readInt()); // longer than a string may be, for a model of many files
        if (!new String(bytesOfId, StandardCharsets.UTF_8).equals(id)) {
            return null;
        }
        Map<String, Entry> entries = new HashMap<>();
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            String name = in.readUTF();
            long from = in.readLong();
            long length = in.readLong();
            if (from < 0 || length < 0 || length > at - from) {
                throw damaged("its table is");
            }
            int[] sums = new int[chunks(length)];
            for (int c = 0; c < sums.length; c++) {
                sums[c] = in.readInt();
            }
            entries.put(name, new Entry(from, length, sums));
        }
        return entries;
    }

    /**
     * Fills {@code data} with the weight of that name, on all processors.
     *
     * @return false when the file has none of this name and size
     * @throws IOException when it cannot be read or is damaged; then {@code data} holds anything
     */
    boolean read(String name, MemorySegment data) throws IOException {
        Entry entry = entries.get(name);
        if (entry == null || entry.bytes != data.byteSize()) {
            return false;
        }
        try {
            IntStream.range(0, entry.sums.length).parallel().forEach(i -> {
                ByteBuffer chunk = chunk(data, i);
                try {
                    read(channel, chunk, entry.at + (long) i * CHUNK);
                    if ((int) sum(chunk.flip()) != entry.sums[i]) {
                        throw damaged("'" + name + "' is");
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return true;
    }

    /** Writes a new file. */
    static void write(Path path, String id, List<Pack> packs) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream table = new DataOutputStream(bytes);
        byte[] bytesOfId = id.getBytes(StandardCharsets.UTF_8);
        table.writeInt(bytesOfId.length);
        table.write(bytesOfId);
        table.writeInt(packs.size());
        try (FileChannel channel =
                FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (Pack pack : packs) {
                table.writeUTF(pack.name);
                table.writeLong(channel.position());
                table.writeLong(pack.data.byteSize());
                for (int i = 0; i < chunks(pack.data.byteSize()); i++) {
                    ByteBuffer chunk = chunk(pack.data, i);
                    table.writeInt((int) sum(chunk));
                    write(channel, chunk.flip());
                }
            }
            long at = channel.position();
            ByteBuffer end = ByteBuffer.wrap(bytes.toByteArray());
            ByteBuffer trailer = ByteBuffer.allocate(TRAILER)
                    .putLong(at)
                    .putLong(end.remaining())
                    .putLong(sum(end))
                    .putLong(MAGIC)
                    .flip();
            write(channel, end.flip());
            write(channel, trailer);
        }
    }

    private static int chunks(long bytes) {
        return Math.toIntExact((bytes + CHUNK - 1) / CHUNK);
    }

    private static ByteBuffer chunk(MemorySegment data, int i) {
        long from = (long) i * CHUNK;
        return data.asSlice(from, Math.min(CHUNK, data.byteSize() - from)).asByteBuffer();
    }

    /** Of what remains in the buffer, which is then read. */
    private static long sum(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return crc.getValue();
    }

    private static void read(FileChannel channel, ByteBuffer into, long at) throws IOException {
        long next = at;
        while (into.hasRemaining()) {
            int n = channel.read(into, next);
            if (n < 0) {
                throw new EOFException("it ends too soon");
            }
            next += n;
        }
    }

    private static void write(FileChannel channel, ByteBuffer from) throws IOException {
        while (from.hasRemaining()) {
            int ignored = channel.write(from);
        }
    }

    private static IOException damaged(String what) {
        return new IOException(what + (what.endsWith(" is") ? " damaged" : ""));
    }

    /** The names of its weights, for tests and for people. */
    List<String> names() {
        return new ArrayList<>(entries.keySet());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
