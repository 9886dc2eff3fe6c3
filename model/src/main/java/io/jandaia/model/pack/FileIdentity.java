package io.jandaia.model.pack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

/** Tells a model's files from others, and from what they were before they were changed, without reading them whole. */
public final class FileIdentity {

    private static final int HEADER = 1 << 20;
    private static final int SAMPLES = 64;
    private static final int SAMPLE = 4096;

    private FileIdentity() {}

    /** A name for files of theirs: the first one's, with a sum over the paths of all. */
    public static String name(List<Path> files) throws IOException {
        return files.getFirst().getFileName() + "-" + sum(paths(files).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Where they are and what is in them: of each its path, its size, the time of its last change, and a sum over its header and
     * samples from all its length, as a file that was written in place may have kept its size and got its time back.
     */
    public static String contents(List<Path> files) throws IOException {
        StringBuilder all = new StringBuilder(paths(files));
        for (Path file : files) {
            all.append(Files.size(file)).append(' ');
            all.append(Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS)).append(' ');
            all.append(samples(file)).append('\n');
        }
        return all.toString();
    }

    private static String paths(List<Path> files) throws IOException {
        StringBuilder all = new StringBuilder();
        for (Path file : files) {
            all.append(file.toRealPath()).append('\n');
        }
        return all.toString();
    }

    private static String samples(Path file) throws IOException {
        CRC32C crc = new CRC32C(); // against accidents; it runs at full speed from a program's first moment
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            add(channel, 0, HEADER, crc);
            for (int i = 0; i < SAMPLES; i++) {
                add(channel, size / SAMPLES * i, SAMPLE, crc);
            }
            add(channel, Math.max(0, size - SAMPLE), SAMPLE, crc);
        }
        return hex(crc);
    }

    private static void add(FileChannel channel, long at, int bytes, CRC32C crc) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes);
        while (buffer.hasRemaining() && channel.read(buffer, at + buffer.position()) >= 0) {
            // until it is full or the file ends
        }
        crc.update(buffer.flip());
    }

    private static String sum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return hex(crc);
    }

    private static String hex(CRC32C crc) {
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }
}
