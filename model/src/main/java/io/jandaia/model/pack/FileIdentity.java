package io.jandaia.model.pack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Tells a model's files from others, and from what they were before they were changed, without reading them whole. */
final class FileIdentity {

    private static final int HEADER = 1 << 20;
    private static final int SAMPLES = 64;
    private static final int SAMPLE = 4096;

    private FileIdentity() {}

    /** Which files they are, whatever is in them: 32 hexadecimal digits. */
    static String name(List<Path> files) throws IOException {
        MessageDigest digest = digest();
        for (Path file : files) {
            digest.update(file.toRealPath().toString().getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
        }
        return hex(digest).substring(0, 32);
    }

    /**
     * What is in them: of each its size, the time of its last change, and a hash of its header and of samples from all its
     * length, as a file that was written in place may have kept its size and got its time back.
     */
    static String contents(List<Path> files) throws IOException {
        StringBuilder all = new StringBuilder();
        for (Path file : files) {
            all.append(Files.size(file)).append(' ');
            all.append(Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS)).append(' ');
            all.append(hash(file)).append('\n');
        }
        return all.toString();
    }

    private static String hash(Path file) throws IOException {
        MessageDigest digest = digest();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            add(channel, 0, HEADER, digest);
            for (int i = 0; i < SAMPLES; i++) {
                add(channel, size / SAMPLES * i, SAMPLE, digest);
            }
            add(channel, Math.max(0, size - SAMPLE), SAMPLE, digest);
        }
        return hex(digest);
    }

    private static void add(FileChannel channel, long at, int bytes, MessageDigest digest) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        while (buffer.hasRemaining() && channel.read(buffer, at + buffer.position()) >= 0) {
            // until it is full or the file ends
        }
        digest.update(buffer.flip());
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}
