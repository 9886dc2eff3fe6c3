package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The directory of a zip archive whose entries are used where they lie in the mapped file, so they must be stored as they
 * are; zip64 too. Nothing is unpacked, and no name is ever one of a file. The JDK's reader does not say where an entry's
 * bytes are, which is why there is this one. An archive is refused that can be read in two ways: with an entry twice, with
 * entries that share bytes, or with another name before the bytes than in the directory.
 */
final class ZipDirectory {

    /**
     * Bytes of the archive.
     *
     * @param begin the first byte in the file
     * @param end one past the last
     * @param problem why they cannot be used as they are; null when they can
     */
    record Entry(
            String name, long begin, long end, @Nullable String problem) {
        long size() {
            return end - begin;
        }
    }

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int LOCAL = 0x04034b50;
    private static final int CENTRAL = 0x02014b50;
    private static final int END = 0x06054b50;
    private static final int END64 = 0x06064b50;
    private static final int LOCATOR64 = 0x07064b50;
    private static final int MAX_ENTRIES = 2 * Mapped.MAX_TENSORS;
    private static final int MAX_NAME = 4096;
    private static final long ABSENT = 0xFFFF_FFFFL;

    private final Mapped file;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private ZipDirectory(Mapped file) {
        this.file = file;
    }

    static ZipDirectory read(Mapped file) {
        ZipDirectory zip = new ZipDirectory(file);
        zip.read();
        return zip;
    }

    Collection<Entry> entries() {
        return entries.values();
    }

    boolean has(String name) {
        return entries.containsKey(name);
    }

    /** The entry of this name, which can be used as it is; null when there is none. */
    @Nullable
    Entry entry(String name) {
        Entry entry = entries.get(name);
        if (entry != null && entry.problem != null) {
            throw JandaiaException.unsupported("Cannot read " + file.path() + ": the entry " + Text.quote(name)
                    + " of the zip archive " + entry.problem + ", but PyTorch stores all entries as they are; load the"
                    + " file in PyTorch and save it again, as safetensors.");
        }
        return entry;
    }

    MemorySegment bytes(Entry entry) {
        return file.data().asSlice(entry.begin, entry.size());
    }

    private void read() {
        long end = findEnd();
        long count = u16(end + 10);
        long size = u32(end + 12);
        long begin = u32(end + 16);
        if (u16(end + 4) != 0 && u16(end + 4) != 0xFFFF) {
            throw file.damaged("the end of the zip directory", end, "is that of a part of a split archive");
        }
        if (count == 0xFFFF || size == ABSENT || begin == ABSENT) {
            long locator = end - 20;
            if (locator < 0 || i32(locator) != LOCATOR64) {
                throw file.damaged("the end of the zip directory", end, "refers to a zip64 record that is not there");
            }
            long end64 = i64(locator + 8);
            if (end64 < 0 || end64 > locator - 56 || i32(end64) != END64) {
                throw file.damaged("the locator of the zip64 record", locator, "does not lead to one");
            }
            count = i64(end64 + 32);
            size = i64(end64 + 40);
            begin = i64(end64 + 48);
            end = end64;
        }
        if (begin < 0 || size < 0 || begin > end || size > end - begin || count < 0 || count > size / 46) {
            throw file.damaged(
                    "the zip directory", begin, "has " + count + " entries in " + size + " bytes before byte " + end);
        }
        if (count > MAX_ENTRIES) {
            throw file.damaged(
                    "the zip directory", begin, "has " + count + " entries, above the limit of " + MAX_ENTRIES);
        }
        List<long[]> spans = new ArrayList<>();
        long at = begin;
        for (long i = 0; i < count; i++) {
            at = readEntry(at, begin + size, begin, spans);
        }
        if (at != begin + size) {
            throw file.damaged("the zip directory", at, "is longer than its entries");
        }
        checkSpans(spans);
    }

    /** The last record that looks like the directory's end and whose comment fills the rest of the file. */
    private long findEnd() {
        long last = file.size() - 22;
        for (long at = last; at >= Math.max(0, last - 0xFFFF); at--) {
            if (i32(at) == END && at + 22 + u16(at + 20) == file.size()) {
                return at;
            }
        }
        throw file.damaged("the end of the zip archive", file.size(), "lacks its directory");
    }

    /** Reads the entry at {@code at} of a directory that ends at {@code limit}, and returns where the next one is. */
    private long readEntry(long at, long limit, long dataLimit, List<long[]> spans) {
        if (limit - at < 46 || i32(at) != CENTRAL) {
            throw file.damaged("the zip directory", at, "has no entry where one must be");
        }
        int flags = (int) u16(at + 8);
        int method = (int) u16(at + 10);
        long packed = u32(at + 20);
        long size = u32(at + 24);
        int nameLength = (int) u16(at + 28);
        int extraLength = (int) u16(at + 30);
        long local = u32(at + 42);
        long next = at + 46 + nameLength + extraLength + u16(at + 32);
        if (next > limit) {
            throw file.damaged("the entry in the zip directory", at, "is cut off");
        }
        String name = name(at + 46, nameLength, at);
        long extra = at + 46 + nameLength;
        long extraEnd = extra + extraLength;
        if (size == ABSENT || packed == ABSENT || local == ABSENT) {
            long field = zip64(extra, extraEnd);
            long[] wide = {size, packed, local};
            long have = field < 0 ? 0 : u16(field + 2);
            for (int i = 0, used = 0; i < 3; i++) {
                if (wide[i] == ABSENT) {
                    if (used + 8 > have) {
                        throw file.damaged("the entry in the zip directory", at, "lacks its zip64 sizes");
                    }
                    wide[i] = i64(field + 4 + used);
                    used += 8;
                }
            }
            size = wide[0];
            packed = wide[1];
            local = wide[2];
        }
        String problem = (flags & 1) != 0 ? "is encrypted" : method != 0 ? "is compressed" : null;
        if ((size != packed && problem == null)
                || packed < 0
                || local < 0
                || local > dataLimit - 30
                || i32(local) != LOCAL) {
            throw file.damaged("the entry " + Text.quote(name) + " in the zip directory", at, "leads to no data");
        }
        long begin = local + 30 + u16(local + 26) + u16(local + 28);
        if (begin > dataLimit || packed > dataLimit - begin) {
            throw file.damaged(
                    "the entry " + Text.quote(name) + " in the zip directory",
                    at,
                    "has " + packed + " bytes from byte " + begin + " on, but the data ends at byte " + dataLimit);
        }
        if (!name.equals(name(local + 30, (int) u16(local + 26), local))) {
            throw file.damaged("the entry " + Text.quote(name) + " of the zip archive", local, "has two names");
        }
        if (entries.put(name, new Entry(name, begin, begin + packed, problem)) != null) {
            throw file.damaged("the entry " + Text.quote(name) + " in the zip directory", at, "is there twice");
        }
        spans.add(new long[] {local, begin + packed});
        return next;
    }

    /** Where the extra field with zip64 sizes begins; -1 when there is none. */
    private long zip64(long from, long end) {
        long at = from;
        while (end - at >= 4) {
            long next = at + 4 + u16(at + 2);
            if (next > end) {
                break;
            }
            if (u16(at) == 1) {
                return at;
            }
            at = next;
        }
        return -1;
    }

    private String name(long at, int length, long owner) {
        String name = null;
        if (length > 0 && length <= MAX_NAME && at + length <= file.size()) {
            byte[] bytes = file.data().asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
            name = Text.decode(bytes, length);
        }
        if (name == null) {
            throw file.damaged("the entry of the zip archive", owner, "has no readable name");
        }
        if (name.startsWith("/")
                || name.indexOf('\\') >= 0
                || name.indexOf('\0') >= 0
                || List.of(name.split("/", -1)).contains("..")) {
            throw file.damaged(
                    "the entry of the zip archive",
                    owner,
                    "has the name " + Text.quote(name) + ", which leads elsewhere");
        }
        return name;
    }

    private void checkSpans(List<long[]> spans) {
        spans.sort(Comparator.comparingLong(s -> s[0]));
        for (int i = 1; i < spans.size(); i++) {
            if (spans.get(i)[0] < spans.get(i - 1)[1]) {
                throw file.damaged(
                        "the entry of the zip archive", spans.get(i)[0], "shares bytes with the one before it");
            }
        }
    }

    private long u16(long at) {
        return file.data().get(SHORT, at) & 0xFFFF;
    }

    private int i32(long at) {
        return file.data().get(INT, at);
    }

    private long u32(long at) {
        return i32(at) & 0xFFFF_FFFFL;
    }

    private long i64(long at) {
        return file.data().get(LONG, at);
    }
}
