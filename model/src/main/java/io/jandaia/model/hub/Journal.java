package io.jandaia.model.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which parts of a file are there, kept beside it: a line when a part is complete, with its CRC-32C, so that a later
 * process goes on from there and finds what a power cut damaged. Lines are only added; one that is torn counts as absent.
 */
final class Journal implements AutoCloseable {

    private static final long SMALLEST_PART = 1L << 20;
    private static final int MAX_PARTS = 1 << 16;
    private static final int MAX_BYTES = 8 << 20;
    private static final Pattern LINE = Pattern.compile("(\\d{1,5}) ([0-9a-f]{8}|-)");

    private final long size;
    private final long part;
    private final int[] checks;
    private final BitSet done = new BitSet();
    private final FileChannel channel;

    private Journal(long size, long part, FileChannel channel) {
        this.size = size;
        this.part = part;
        this.checks = new int[(int) ((size + part - 1) / part)];
        this.channel = channel;
    }

    /** How long a part of a file of {@code size} bytes is: a multiple of the smallest. */
    static long partSize(long size) {
        long smallest = SMALLEST_PART;
        return smallest * Math.max(1, Math.ceilDiv(Math.ceilDiv(size, smallest), MAX_PARTS));
    }

    /** Opens the journal at {@code path} of a file of which {@code present} bytes are there; a foreign one begins anew. */
    static Journal open(Path path, long size, long part, long present) throws IOException {
        FileChannel channel =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Journal journal = new Journal(size, part, channel);
        try {
            if (!journal.load(text(channel), present)) {
                journal.done.clear();
                channel.truncate(0);
                journal.append(journal.header() + "\n");
            }
            return journal;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** How many bytes are there according to the journal at {@code path}; 0 without a usable one. */
    static long doneBytes(Path path, long size, long present) {
        if (!Files.exists(path)) {
            return 0;
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            Journal journal = new Journal(size, partSize(size), channel);
            return journal.load(text(channel), present) ? journal.doneBytes() : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    private static String text(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(channel.size(), MAX_BYTES));
        while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
            // on
        }
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
    }

    private String header() {
        return "jandaia parts 1 " + size + " " + part;
    }

    private boolean load(String text, long present) throws IOException {
        int end = text.lastIndexOf('\n');
        String[] lines = text.substring(0, Math.max(end, 0)).split("\n", -1);
        if (!lines[0].equals(header()) || channel.size() > MAX_BYTES) {
            return false;
        }
        for (int i = 1; i < lines.length; i++) {
            Matcher m = LINE.matcher(lines[i]);
            if (!m.matches() || Integer.parseInt(m.group(1)) >= checks.length) {
                continue; // what was torn when the machine stopped
            }
            int index = Integer.parseInt(m.group(1));
            boolean there = !m.group(2).equals("-") && end(index) <= present;
            done.set(index, there);
            checks[index] = there ? Integer.parseUnsignedInt(m.group(2), 16) : 0;
        }
        return true;
    }

    int parts() {
        return checks.length;
    }

    long begin(int index) {
        return index * part;
    }

    long end(int index) {
        return Math.min(size, (index + 1) * part);
    }

    synchronized boolean isDone(int index) {
        return done.get(index);
    }

    synchronized int check(int index) {
        return checks[index];
    }

    synchronized long doneBytes() {
        return done.stream().mapToLong(i -> end(i) - begin(i)).sum();
    }

    /** A part is complete in the file. */
    synchronized void complete(int index, int crc) throws IOException {
        append(String.format("%d %08x%n", index, crc).replace(System.lineSeparator(), "\n"));
        done.set(index);
        checks[index] = crc;
    }

    /** A part turned out to be damaged. */
    synchronized void forget(int index) throws IOException {
        append(index + " -\n");
        done.clear(index);
    }

    private void append(String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.ISO_8859_1));
        long at = channel.size();
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
