package io.jandaia.model.state;

import io.jandaia.tensor.kernel.KvShape;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * States on disk: what they were made with, each page once however many states share it, the states, and a sum over all of
 * it. Numbers are big-endian, pages as they are in memory. It is for the machine that wrote it.
 */
public final class StateFile {

    private static final long MAGIC = 0x4a41_4e44_5052_4631L; // JANDPRF1
    private static final int MOST = 1 << 24;

    /**
     * A state and what it is of.
     *
     * @param tokens one for each position
     * @param salt who may go on from it
     */
    public record Saved(int[] tokens, String salt, SequenceState state) {}

    private StateFile() {}

    /**
     * Writes states, the last ones first, as long as their pages fit. Only the owner of the process may read the file.
     *
     * @param file a new one; what is half written is the caller's to remove
     * @param key what the states were computed with: whoever reads must have the same
     * @param limit bytes that the pages may take
     * @return how many were written
     */
    public static int write(Path file, String key, List<Saved> states, KvLayout layout, long limit) throws IOException {
        Map<Page, Integer> numbers = new HashMap<>();
        List<Page> pages = new ArrayList<>();
        List<Saved> chosen = choose(states, layout, limit, numbers, pages);
        CRC32C crc = new CRC32C();
        try (OutputStream raw = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
            DataOutputStream out = new DataOutputStream(new CheckedOutputStream(raw, crc));
            out.writeLong(MAGIC);
            text(out, key);
            out.writeInt(pages.size());
            for (Page page : pages) {
                out.writeLong(page.memory.byteSize());
                out.write(page.memory.toArray(ValueLayout.JAVA_BYTE));
            }
            out.writeInt(chosen.size());
            for (Saved saved : chosen) {
                write(out, saved, layout, numbers);
            }
            out.flush();
            new DataOutputStream(raw).writeLong(crc.getValue());
            raw.flush();
        }
        return chosen.size();
    }

    private static List<Saved> choose(
            List<Saved> states, KvLayout layout, long limit, Map<Page, Integer> numbers, List<Page> pages) {
        List<Saved> chosen = new ArrayList<>();
        long room = limit;
        for (Saved saved : states.reversed()) {
            List<Page> own = new ArrayList<>();
            for (int g = 0; g < layout.groups().size(); g++) {
                own.addAll(saved.state.held(g));
            }
            if (saved.state.recurrentPage() != null) {
                own.add(saved.state.recurrentPage());
            }
            own.removeIf(numbers::containsKey);
            long bytes = own.stream().mapToLong(p -> p.memory.byteSize()).sum();
            if (bytes > room) {
                break;
            }
            room -= bytes;
            own.forEach(page -> {
                numbers.put(page, pages.size());
                pages.add(page);
            });
            chosen.addFirst(saved);
        }
        return chosen;
    }

    private static void write(DataOutputStream out, Saved saved, KvLayout layout, Map<Page, Integer> numbers)
            throws IOException {
        text(out, saved.salt);
        out.writeInt(saved.tokens.length);
        for (int token : saved.tokens) {
            out.writeInt(token);
        }
        SequenceState state = saved.state;
        out.writeInt(state.length());
        out.writeInt(state.reach());
        for (int g = 0; g < layout.groups().size(); g++) {
            out.writeInt(state.first(g));
            List<Page> held = state.held(g);
            out.writeInt(held.size());
            for (Page page : held) {
                out.writeInt(number(page, numbers));
            }
        }
        out.writeInt(state.recurrentPage() == null ? -1 : number(state.recurrentPage(), numbers));
    }

    private static int number(Page page, Map<Page, Integer> numbers) {
        return Objects.requireNonNull(numbers.get(page));
    }

    /**
     * Reads what was written with the same key; nothing where the key is another one.
     *
     * @throws IOException when the file is damaged, or no longer what was written; nothing of it is then in the pool
     * @throws io.jandaia.error.JandaiaException RESOURCE when the pool has too little room; nothing of it is then in the pool
     */
    public static List<Saved> read(Path file, String key, PagePool pool) throws IOException {
        List<Page> pages = new ArrayList<>();
        List<Saved> states = new ArrayList<>();
        boolean whole = false;
        CRC32C crc = new CRC32C();
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            DataInputStream in = new DataInputStream(new CheckedInputStream(raw, crc));
            if (in.readLong() != MAGIC) {
                throw new IOException("it does not begin as such a file does");
            }
            if (!text(in).equals(key)) {
                return List.of();
            }
            int count = count(in);
            for (int i = 0; i < count; i++) {
                pages.add(page(in, pool));
            }
            count = count(in);
            for (int i = 0; i < count; i++) {
                states.add(state(in, pages, pool));
            }
            if (new DataInputStream(raw).readLong() != crc.getValue()) {
                throw new IOException("its sum is wrong");
            }
            whole = true;
            return states;
        } finally {
            if (!whole) {
                states.forEach(saved -> saved.state.close());
            }
            pages.forEach(pool::release); // the states have them now
        }
    }

    private static Page page(DataInputStream in, PagePool pool) throws IOException {
        KvLayout layout = pool.layout();
        long bytes = in.readLong();
        if (bytes != layout.recurrentBytes() && layout.groups().stream().noneMatch(g -> g.pageBytes() == bytes)) {
            throw new IOException("a page of it has " + bytes + " bytes, which none of this model has");
        }
        Page page = pool.take(bytes);
        byte[] content = new byte[(int) Math.min(bytes, 1 << 20)];
        for (long at = 0; at < bytes; at += content.length) {
            int n = (int) Math.min(content.length, bytes - at);
            in.readFully(content, 0, n);
            MemorySegment.copy(content, 0, page.memory, ValueLayout.JAVA_BYTE, at, n);
        }
        return page;
    }

    private static Saved state(DataInputStream in, List<Page> pages, PagePool pool) throws IOException {
        KvLayout layout = pool.layout();
        String salt = text(in);
        int[] tokens = new int[count(in)];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = in.readInt();
        }
        int length = in.readInt();
        int reach = in.readInt();
        int[] firsts = new int[layout.groups().size()];
        List<List<Page>> held = new ArrayList<>();
        int end = (length + KvShape.PAGE - 1) / KvShape.PAGE;
        boolean right = length >= 0 && length <= tokens.length;
        for (int g = 0; g < firsts.length; g++) {
            firsts[g] = in.readInt();
            Page[] own = new Page[count(in)];
            for (int i = 0; i < own.length; i++) {
                own[i] = page(in.readInt(), pages, layout.groups().get(g).pageBytes());
            }
            right &= firsts[g] >= 0 && firsts[g] <= end && firsts[g] + own.length == end;
            held.add(Arrays.asList(own));
        }
        int number = in.readInt();
        @Nullable Page recurrent = number < 0 ? null : page(number, pages, layout.recurrentBytes());
        if (!right) {
            throw new IOException("a state of it has other pages than its " + length + " positions need");
        }
        SequenceState state = pool.open();
        state.remember(length, reach, firsts, held, recurrent);
        return new Saved(tokens, salt, state);
    }

    private static Page page(int number, List<Page> pages, long bytes) throws IOException {
        if (number < 0 || number >= pages.size() || pages.get(number).memory.byteSize() != bytes) {
            throw new IOException("a state of it names page " + number + " of " + pages.size());
        }
        return pages.get(number);
    }

    private static int count(DataInputStream in) throws IOException {
        int n = in.readInt();
        if (n < 0 || n > MOST) {
            throw new IOException("it has " + n + " of something");
        }
        return n;
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String text(DataInputStream in) throws IOException {
        byte[] bytes = in.readNBytes(count(in));
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
