package io.jandaia.model.hub;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Fetches one file into the cache: its parts over several connections, while one thread reads them back in order and
 * computes the hash that the file must have. What is complete is in the {@link Journal} and survives everything; the blob
 * appears under its name only when its hash is right.
 *
 * <p>The unfinished file is not called {@code <hash>.incomplete}: the Python client of earlier years would take it for a
 * prefix and go on from its end.
 */
final class BlobDownload {

    private static final String UNFINISHED = ".jandaia.incomplete";
    private static final String JOURNAL = ".jandaia.journal";
    private static final int BUFFER = 128 << 10;
    /** Parts in one request at most; few enough that the parts come roughly in order. */
    private static final int MAX_RUN = 64;
    /** Parts that differ from what the journal says, before the disk is distrusted. */
    private static final int MAX_DAMAGED = 1000;

    private final HubHttp http;
    private final ModelName model;
    private final RepoFile file;
    private final URI source;
    private final Path blob;
    private final Pace pace;
    private final Semaphore connections;
    private final AtomicLong bytes;

    private final BitSet claimed = new BitSet();
    private final List<Thread> threads = new ArrayList<>();
    private boolean ranges = true;
    private boolean finished;
    private @Nullable Throwable failure;

    /**
     * @param blob where the file will be
     * @param connections that all downloads share
     * @param bytes counts what is there, also what was there before
     */
    BlobDownload(
            HubHttp http,
            ModelName model,
            RepoFile file,
            URI source,
            Path blob,
            Pace pace,
            Semaphore connections,
            AtomicLong bytes) {
        this.http = http;
        this.model = model;
        this.file = file;
        this.source = source;
        this.blob = blob;
        this.pace = pace;
        this.connections = connections;
        this.bytes = bytes;
    }

    static Path unfinished(Path blob) {
        return blob.resolveSibling(blob.getFileName() + UNFINISHED);
    }

    static Path journal(Path blob) {
        return blob.resolveSibling(blob.getFileName() + JOURNAL);
    }

    /** Bytes of a file that an earlier process left. */
    static long leftBytes(Path blob, long size) {
        try {
            Path data = unfinished(blob);
            return Files.isRegularFile(data) ? Journal.doneBytes(journal(blob), size, Files.size(data)) : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    /** Fetches the file; returns when the blob is in its place. Interrupting ends it at any time; what came is kept. */
    void run() throws InterruptedException {
        Path data = unfinished(blob);
        String hash;
        try (FileChannel channel = FileChannel.open(
                        data, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                Journal journal =
                        Journal.open(journal(blob), file.size(), Journal.partSize(file.size()), channel.size())) {
            bytes.addAndGet(journal.doneBytes());
            hash = fetch(channel, journal);
            channel.truncate(file.size());
            if (hash.equals(file.blob())) {
                channel.force(true); // before others may believe that it is there
            }
        } catch (ClosedByInterruptException e) {
            throw new InterruptedException("fetching " + file.path() + " was interrupted");
        } catch (IOException e) {
            throw disk(e);
        }
        try {
            if (!hash.equals(file.blob())) {
                Files.deleteIfExists(data);
                Files.deleteIfExists(journal(blob));
                throw JandaiaException.format("The file " + file.path() + " of " + model.id()
                        + " came damaged: expected the hash " + file.blob() + ", found " + hash
                        + ". It was removed; pull again, and if it happens again, the server has it wrong.");
            }
            Files.move(data, blob, StandardCopyOption.ATOMIC_MOVE);
            Files.deleteIfExists(journal(blob));
        } catch (IOException e) {
            throw disk(e);
        }
    }

    private JandaiaException disk(IOException e) {
        return new JandaiaException(
                JandaiaException.Kind.RESOURCE,
                "Cannot write " + file.path() + " of " + model.id() + " to " + blob.getParent() + ": " + e.getMessage()
                        + "; check the disk and its permissions, then pull again.",
                e);
    }

    /** Fetches what is missing; the hash of the whole. */
    private String fetch(FileChannel channel, Journal journal) throws IOException, InterruptedException {
        int workers = Math.min(pace.connections(), journal.parts());
        for (int i = 0; i < workers; i++) {
            threads.add(Thread.ofVirtual().unstarted(() -> work(channel, journal)));
        }
        threads.forEach(Thread::start);
        try {
            return hash(channel, journal);
        } finally {
            synchronized (this) {
                finished = true;
                notifyAll();
            }
            threads.forEach(Thread::interrupt);
            for (Thread t : threads) {
                joinFully(t);
            }
        }
    }

    private static void joinFully(Thread t) {
        boolean interrupted = false;
        while (true) {
            try {
                t.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true; // the files stay open until nobody writes to them
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Reads the parts back in their order; one that an earlier process left and that is damaged is fetched again. */
    private String hash(FileChannel channel, Journal journal) throws IOException, InterruptedException {
        MessageDigest digest = digest();
        byte[] buffer = new byte[BUFFER];
        int damaged = 0;
        for (int i = 0; i < journal.parts(); ) {
            awaitPart(journal, i);
            CRC32C crc = new CRC32C();
            MessageDigest before = copy(digest);
            long end = journal.end(i);
            for (long at = journal.begin(i); at < end; ) {
                int n = channel.read(ByteBuffer.wrap(buffer, 0, (int) Math.min(BUFFER, end - at)), at);
                if (n < 0) {
                    break;
                }
                crc.update(buffer, 0, n);
                digest.update(buffer, 0, n);
                at += n;
            }
            if ((int) crc.getValue() == journal.check(i)) {
                i++;
                continue;
            }
            if (++damaged > MAX_DAMAGED) {
                throw new IOException("what was written is not what is read back");
            }
            digest = before;
            synchronized (this) {
                journal.forget(i);
                claimed.clear(i);
                bytes.addAndGet(journal.begin(i) - end);
                notifyAll();
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest copy(MessageDigest digest) {
        try {
            return (MessageDigest) digest.clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError("the JDK's digests can be cloned", e);
        }
    }

    private MessageDigest digest() {
        try {
            if (file.blob().length() == 64) {
                return MessageDigest.getInstance("SHA-256");
            }
            MessageDigest git = MessageDigest.getInstance("SHA-1"); // git's name of a file, which covers its length too
            git.update(("blob " + file.size() + "\0").getBytes(StandardCharsets.UTF_8));
            return git;
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-1 and SHA-256", e);
        }
    }

    private synchronized void awaitPart(Journal journal, int part) throws IOException, InterruptedException {
        while (!journal.isDone(part) && failure == null) {
            wait();
        }
        if (journal.isDone(part)) {
            return;
        }
        switch (failure) {
            case JandaiaException e -> throw new JandaiaException(e.kind(), String.valueOf(e.getMessage()), e);
            case IOException e -> throw e;
            case InterruptedException e -> throw e;
            case null, default ->
                throw new JandaiaException(
                        JandaiaException.Kind.INTERNAL, "Fetching " + file.path() + " failed.", failure);
        }
    }

    private synchronized void fail(Throwable e) {
        if (failure == null && !finished) {
            failure = e;
        }
        notifyAll();
    }

    /** What one connection does until the file is complete. */
    private void work(FileChannel channel, Journal journal) {
        try {
            byte[] buffer = new byte[BUFFER];
            Patience patience = http.patience("fetch " + file.path() + " of " + model.id() + " from " + http.place());
            for (int[] run = claim(journal); run != null; run = claim(journal)) {
                fetchRun(run, channel, journal, buffer, patience);
            }
        } catch (Throwable e) { // whoever waits for the parts must hear of it
            fail(e);
        }
    }

    /** The next parts to fetch, from the first to before the second; null when there is nothing more to do. */
    private synchronized int @Nullable [] claim(Journal journal) throws InterruptedException {
        while (!finished && failure == null) {
            int parts = journal.parts();
            BitSet taken = (BitSet) claimed.clone();
            int missing = 0;
            for (int i = 0; i < parts; i++) {
                if (journal.isDone(i)) {
                    taken.set(i);
                } else if (!claimed.get(i)) {
                    missing++;
                }
            }
            if (missing > 0 && !ranges && claimed.isEmpty()) {
                claimed.set(0, parts);
                return new int[] {0, parts};
            }
            if (missing > 0 && ranges) {
                int most = Math.clamp(missing / pace.connections(), 1, MAX_RUN);
                int from = taken.nextClearBit(0);
                int to = from + 1;
                while (to < parts && to - from < most && !taken.get(to)) {
                    to++;
                }
                claimed.set(from, to);
                return new int[] {from, to};
            }
            wait();
        }
        return null;
    }

    private synchronized void release(int from, int to) {
        claimed.clear(from, to);
        notifyAll();
    }

    /** The server sends the whole file whatever it is asked for: one connection goes through all of it. */
    private synchronized void wholeOnly() {
        ranges = false;
        notifyAll();
    }

    private synchronized boolean rangesWork() {
        return ranges;
    }

    private void fetchRun(int[] run, FileChannel channel, Journal journal, byte[] buffer, Patience patience)
            throws IOException, InterruptedException {
        boolean all = run[0] == 0 && run[1] == journal.parts();
        try {
            for (int next = run[0]; next < run[1]; next = firstMissing(journal, run)) {
                IOException problem = null;
                connections.acquire();
                try {
                    if (!transfer(all && !rangesWork() ? 0 : next, run[1], channel, journal, buffer, patience)) {
                        wholeOnly();
                        return;
                    }
                } catch (DiskFailure e) {
                    throw e;
                } catch (IOException e) {
                    problem = e;
                } finally {
                    connections.release();
                }
                if (problem != null) {
                    patience.afterFailure(problem);
                }
            }
        } finally {
            release(run[0], run[1]);
        }
    }

    private static int firstMissing(Journal journal, int[] run) {
        int part = run[0];
        while (part < run[1] && journal.isDone(part)) {
            part++;
        }
        return part;
    }

    /** One request for the parts from {@code from} to before {@code to}; false when the server sends all instead. */
    private boolean transfer(int from, int to, FileChannel channel, Journal journal, byte[] buffer, Patience patience)
            throws IOException, InterruptedException {
        HubHttp.Ask ask = new HubHttp.Ask(file, journal.begin(from), journal.end(to - 1));
        try (Body body = http.open(model, file.path(), source, ask)) {
            if (!check(body, ask)) {
                return false;
            }
            for (int part = from; part < to; part++) {
                if (copy(body, part, channel, journal, buffer)) {
                    patience.progress();
                }
            }
            end(body, buffer);
            return true;
        }
    }

    /** Whether the answer begins where it was asked to; false when it is the whole file instead. */
    private boolean check(Body body, HubHttp.Ask ask) throws IOException {
        String encoding = body.header("Content-Encoding");
        if (!encoding.isEmpty() && !encoding.equalsIgnoreCase("identity")) {
            throw JandaiaException.format("The file " + file.path() + " of " + model.id() + " comes encoded as "
                    + Names.quote(encoding) + ", which was not asked for; is there a proxy in between?");
        }
        long expected = ask.to() - ask.from();
        if (body.status() == 206) {
            String range = body.header("Content-Range");
            String wanted = "bytes " + ask.from() + "-" + (ask.to() - 1) + "/";
            if (!range.startsWith(wanted) || !(range.endsWith("/" + file.size()) || range.endsWith("/*"))) {
                throw JandaiaException.format("The file " + file.path() + " of " + model.id() + ": expected the range "
                        + wanted + file.size() + ", found " + Names.quote(range)
                        + "; is the file another one than the server listed?");
            }
        } else if (!ask.whole()) {
            return false;
        }
        if (body.length().isPresent() && body.length().getAsLong() != expected) {
            throw JandaiaException.format("The file " + file.path() + " of " + model.id() + ": expected " + expected
                    + " bytes, but the server announces " + body.length().getAsLong()
                    + "; is it another one than the server listed?");
        }
        return true;
    }

    /** Copies one part into its place; one that is there already is only read over, and the result is false. */
    private boolean copy(Body body, int part, FileChannel channel, Journal journal, byte[] buffer) throws IOException {
        boolean there = journal.isDone(part);
        long begin = journal.begin(part);
        long end = journal.end(part);
        CRC32C crc = new CRC32C();
        long at = begin;
        try {
            while (at < end) {
                int n = body.read(buffer, 0, (int) Math.min(buffer.length, end - at));
                if (n < 0) {
                    throw new IOException("the connection ended before the file did");
                }
                if (!there) {
                    crc.update(buffer, 0, n);
                    write(channel, ByteBuffer.wrap(buffer, 0, n), at);
                    bytes.addAndGet(n);
                }
                at += n;
            }
        } catch (IOException e) {
            bytes.addAndGet(there ? 0 : begin - at);
            throw e;
        }
        if (!there) {
            try {
                synchronized (this) {
                    journal.complete(part, (int) crc.getValue());
                    notifyAll();
                }
            } catch (IOException e) {
                throw new DiskFailure(e);
            }
        }
        return !there;
    }

    private static void write(FileChannel channel, ByteBuffer data, long at) throws DiskFailure {
        try {
            long to = at;
            while (data.hasRemaining()) {
                to += channel.write(data, to);
            }
        } catch (IOException e) {
            throw new DiskFailure(e);
        }
    }

    /** A body that goes on after its end is of another file. */
    private void end(Body body, byte[] buffer) throws IOException {
        if (body.status() == 200 && body.read(buffer, 0, 1) >= 0) {
            throw JandaiaException.format("The file " + file.path() + " of " + model.id() + " is longer than the "
                    + file.size() + " bytes that the server listed; pull again to see what changed.");
        }
    }

    /** Trying again does not help against a full disk. */
    private static final class DiskFailure extends IOException {
        DiskFailure(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }
}
