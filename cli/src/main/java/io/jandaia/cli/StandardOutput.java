package io.jandaia.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** Standard output that remembers why it could not be written: a PrintStream only knows that it could not. */
final class StandardOutput extends OutputStream {

    private final FileOutputStream file = new FileOutputStream(FileDescriptor.out);
    private @Nullable String failure;

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        try {
            file.write(bytes, from, length);
        } catch (IOException e) {
            failure = String.valueOf(e.getMessage());
            throw e;
        }
    }

    /** Why a write failed; null when none did. */
    @Nullable
    String failure() {
        return failure;
    }

    /** Whether the reader has left, as {@code head} does when it has enough: nothing to complain about. */
    boolean readerLeft() {
        return "Broken pipe".equals(failure);
    }
}
