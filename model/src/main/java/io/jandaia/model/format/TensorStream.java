package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A file of a header and then tensors in a fixed order, each in any number of parts. It appears under its name when it is
 * complete and on the disk ({@link #finish}); until then it is beside it with the ending {@code .part}, which
 * {@link #close} removes. For one thread.
 */
final class TensorStream implements AutoCloseable {

    private static final int MAX_WRITE = 8 << 20;

    private final Path file;
    private final Path part;
    private final List<TensorShape> tensors;
    private final long alignment;
    private final FileChannel channel;
    private int current = -1;
    private long missing;
    private boolean finished;

    /**
     * Begins the unfinished file, in place of one that was left.
     *
     * @param alignment in bytes, a power of two, to which each tensor is filled with zeros
     */
    TensorStream(Path file, List<TensorShape> tensors, long alignment) throws IOException {
        this.file = file;
        this.part = file.resolveSibling(file.getFileName() + ".part");
        this.tensors = List.copyOf(tensors);
        this.alignment = alignment;
        this.channel = FileChannel.open(
                part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
    }

    /** {@code bytes} and what fills them up to the alignment. */
    static long padded(long bytes, long alignment) {
        return Math.addExact(bytes, alignment - 1) & -alignment;
    }

    /** Begins the next tensor; {@code name} makes sure that it is the right one. */
    void begin(String name) {
        if (missing != 0) {
            throw wrong("tensor " + Text.quote(tensors.get(current).name()) + " lacks " + missing + " bytes");
        }
        if (current + 1 == tensors.size() || !tensors.get(current + 1).name().equals(name)) {
            throw wrong("tensor " + Text.quote(name) + " came where the header has "
                    + (current + 1 == tensors.size()
                            ? "no more"
                            : Text.quote(tensors.get(current + 1).name())));
        }
        missing = tensors.get(++current).bytes();
    }

    /** Writes some more bytes of the tensor that was begun. */
    void append(MemorySegment data) {
        if (data.byteSize() > missing) {
            throw wrong("more bytes came than the tensor has");
        }
        try {
            for (long at = 0; at < data.byteSize(); at += MAX_WRITE) {
                MemorySegment some = data.asSlice(at, Math.min(MAX_WRITE, data.byteSize() - at));
                put(some.isNative() ? some.asByteBuffer() : ByteBuffer.wrap(some.toArray(ValueLayout.JAVA_BYTE)));
            }
            missing -= data.byteSize();
            if (missing == 0 && data.byteSize() > 0) {
                long bytes = tensors.get(current).bytes();
                put(ByteBuffer.allocate((int) (padded(bytes, alignment) - bytes)));
            }
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /** Ends the file: forces it to the disk and gives it its name, in place of a file that has it. */
    void finish() {
        if (missing != 0 || current + 1 != tensors.size()) {
            throw wrong("it has " + (current + 1) + " of " + tensors.size() + " tensors, the last lacking " + missing
                    + " bytes");
        }
        try {
            channel.force(true);
            channel.close();
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            finished = true;
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /** Removes what was written unless it was finished. */
    @Override
    public void close() {
        if (finished) {
            return;
        }
        try {
            channel.close();
            Files.deleteIfExists(part);
        } catch (IOException e) {
            throw failed(part, e);
        }
    }

    /** Writes bytes that are of no tensor: the header. */
    void put(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private JandaiaException wrong(String problem) {
        return new JandaiaException(JandaiaException.Kind.INTERNAL, "Cannot write " + file + ": " + problem + ".");
    }

    static JandaiaException failed(Path file, IOException e) {
        if (e instanceof ClosedByInterruptException) {
            return new JandaiaException(JandaiaException.Kind.CANCELLED, "Writing " + file + " was interrupted.", e);
        }
        return new JandaiaException(
                JandaiaException.Kind.RESOURCE,
                "Cannot write " + file + ": " + e + "; check the disk's free space and the folder's permissions.",
                e);
    }
}
