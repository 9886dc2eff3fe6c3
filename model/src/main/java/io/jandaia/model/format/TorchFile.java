package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.format.TorchNames.Storage;
import io.jandaia.model.format.TorchNames.View;
import io.jandaia.tensor.StoredTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A PyTorch checkpoint of weights, {@code pytorch_model.bin}: the zip archive of PyTorch 1.6 and later, and the row of
 * pickles of before. A pickle says which tensor lies where; {@link Pickle} reads it as data and runs nothing. Tensors whose
 * numbers lie in order are used where they are, so tied weights share their bytes; transposed and expanded ones are put in
 * order when the file is opened. A model in several files has an index.
 */
public final class TorchFile implements ModelFile {

    /** What training programs wrap weights in. */
    private static final List<String> WRAPPERS = List.of("state_dict", "model_state_dict", "model", "module");

    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final long LEGACY_PROTOCOL = 1001;
    private static final int MAX_VERSION = 10;
    private static final long MAX_PICKLE = 64 << 20;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Bytes of reordered tensors that are fine in a file of any size. */
    private static final long SMALL_COPY = 16 << 20;

    private final Path path;
    private final Arena arena = Arena.ofShared();
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    private final Map<String, String> unsupported = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();
    private long bytes;
    private long copied;

    private TorchFile(Path path) {
        this.path = path;
    }

    /** Opens one file, or all files that an index names. */
    public static TorchFile open(Path path) {
        TorchFile file = new TorchFile(path);
        try {
            switch (FileKind.of(path)) {
                case TORCH -> file.read(path, null);
                case INDEX -> file.readIndex();
                case GGUF, SAFETENSORS ->
                    throw JandaiaException.format(
                            "Cannot open " + path + " as a PyTorch checkpoint: it is GGUF or safetensors.");
            }
            return file;
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public Map<String, StoredTensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public Map<String, String> unsupported() {
        return Collections.unmodifiableMap(unsupported);
    }

    /** Empty: a checkpoint of weights has none. */
    @Override
    public Map<String, Object> metadata() {
        return Map.of();
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public List<String> notes() {
        return Collections.unmodifiableList(notes);
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private void readIndex() {
        ShardIndex index = ShardIndex.read(path);
        index.tensorsByShard().forEach((shard, names) -> {
            read(index.file(shard, FileKind.TORCH, "a PyTorch checkpoint"), index);
            for (String name : names) {
                if (!tensors.containsKey(name) && !unsupported.containsKey(name)) {
                    throw index.absent(name, shard);
                }
            }
        });
    }

    private void read(Path file, @Nullable ShardIndex index) {
        Mapped mapped = Mapped.map(file, arena);
        bytes += mapped.size();
        if (mapped.size() >= 4 && mapped.data().get(ValueLayout.JAVA_BYTE, 0) == 'P') {
            readZip(mapped, index);
        } else {
            readLegacy(mapped, index);
        }
    }

    private void readZip(Mapped file, @Nullable ShardIndex index) {
        ZipDirectory zip = ZipDirectory.read(file);
        List<String> pickles = zip.entries().stream()
                .map(ZipDirectory.Entry::name)
                .filter(name -> name.indexOf('/') > 0
                        && name.substring(name.indexOf('/')).equals("/data.pkl"))
                .toList();
        if (pickles.size() != 1) {
            throw JandaiaException.format("Cannot read " + file.path() + ": the zip archive has " + pickles.size()
                    + " entries NAME/data.pkl, expected one; it is no PyTorch checkpoint.");
        }
        String folder = pickles.getFirst().substring(0, pickles.getFirst().indexOf('/') + 1);
        if (zip.has(folder + "constants.pkl")) {
            throw JandaiaException.unsupported("Cannot read " + file.path()
                    + ": it is a TorchScript program, not a checkpoint of weights; use the model's weights instead.");
        }
        ZipDirectory.Entry pickle = Objects.requireNonNull(zip.entry(pickles.getFirst()));
        if (pickle.size() > MAX_PICKLE) {
            throw file.damaged(
                    "the pickle", pickle.begin(), "has " + pickle.size() + " bytes, above the limit of " + MAX_PICKLE);
        }
        checkVersion(file, zip, folder);
        TorchNames names = new TorchNames();
        Object value = Pickle.read(file, pickle.begin(), pickle.end(), names).value();
        add(file, value, index, storage -> {
            ZipDirectory.Entry entry = zip.entry(folder + "data/" + storage.key());
            if (entry == null) {
                throw file.damaged(
                        "the pickle",
                        pickle.begin(),
                        "refers to the entry " + Text.quote(folder + "data/" + storage.key())
                                + ", which is not there,");
            }
            return checked(file, storage, entry.begin(), entry.end());
        });
    }

    private static void checkVersion(Mapped file, ZipDirectory zip, String folder) {
        String order = text(zip, folder + "byteorder");
        if (order != null && !order.equals("little")) {
            throw JandaiaException.unsupported("Cannot read " + file.path() + ": its byte order is " + Text.quote(order)
                    + ", expected 'little'; load it in PyTorch on that machine and save it as safetensors.");
        }
        String version = text(zip, folder + "version");
        if (version != null && !(version.matches("[0-9]{1,3}") && Integer.parseInt(version) <= MAX_VERSION)) {
            throw JandaiaException.unsupported("Cannot read " + file.path() + ": its format has the version "
                    + Text.quote(version) + ", of which this version of Jandaia knows those up to " + MAX_VERSION
                    + "; save the weights as safetensors.");
        }
    }

    private static @Nullable String text(ZipDirectory zip, String name) {
        ZipDirectory.Entry entry = zip.entry(name);
        if (entry == null) {
            return null;
        }
        byte[] start = zip.bytes(entry).asSlice(0, Math.min(64, entry.size())).toArray(ValueLayout.JAVA_BYTE);
        return new String(start, StandardCharsets.ISO_8859_1).strip();
    }

    /** Before PyTorch 1.6: magic number, version, facts of the machine, the value, the storages' keys, the storages. */
    private void readLegacy(Mapped file, @Nullable ShardIndex index) {
        long limit = Math.min(file.size(), 2 * MAX_PICKLE);
        TorchNames names = new TorchNames();
        Pickle.Read magic = Pickle.read(file, 0, limit, names);
        if (!MAGIC.equals(magic.value())) {
            throw JandaiaException.format("Cannot read " + file.path()
                    + ": it is a Python pickle, but not one that torch.save wrote; save its weights as safetensors.");
        }
        Pickle.Read protocol = Pickle.read(file, magic.end(), limit, names);
        if (!Long.valueOf(LEGACY_PROTOCOL).equals(protocol.value())) {
            throw file.damaged(
                    "the version of the format",
                    magic.end(),
                    "is " + Pickle.describe(protocol.value()) + ", expected " + LEGACY_PROTOCOL);
        }
        Pickle.Read machine = Pickle.read(file, protocol.end(), limit, names);
        if (machine.value() instanceof Map<?, ?> facts && Boolean.FALSE.equals(facts.get("little_endian"))) {
            throw JandaiaException.unsupported("Cannot read " + file.path()
                    + ": it was saved on a big-endian machine; load it in PyTorch there and save it as safetensors.");
        }
        Pickle.Read value = Pickle.read(file, machine.end(), limit, names);
        Pickle.Read keys = Pickle.read(file, value.end(), limit, names);
        Map<String, long[]> places = places(file, keys, names.storages());
        add(file, value.value(), index, storage -> {
            long[] place = places.get(storage.key());
            if (place == null) {
                throw file.damaged("the list of storages", value.end(), "lacks " + Text.quote(storage.key()));
            }
            return checked(file, storage, place[0], place[1]);
        });
    }

    /** Where each storage lies: its count in eight bytes, then its numbers, one storage after the other. */
    private static Map<String, long[]> places(Mapped file, Pickle.Read keys, Map<String, Storage> storages) {
        if (!(keys.value() instanceof List<?> list)) {
            throw file.damaged("the list of storages", keys.end(), "is none");
        }
        Map<String, long[]> places = new HashMap<>();
        long at = keys.end();
        for (Object key : list) {
            Storage storage = key instanceof String k ? storages.get(k) : null;
            if (storage == null || places.containsKey(storage.key())) {
                throw file.damaged(
                        "the list of storages",
                        keys.end(),
                        "has the key " + Text.quote(Pickle.describe(key))
                                + ", which no tensor uses or which is there twice,");
            }
            if (file.size() - at < 8 || file.data().get(LONG, at) != storage.count()) {
                throw file.damaged(
                        "the storage " + Text.quote(storage.key()),
                        at,
                        "has another length than its tensors" + " say, " + storage.count() + " numbers,");
            }
            at += 8;
            long room = file.size() - at;
            if (storage.count() > room / storage.type().bytes()) {
                throw file.damaged(
                        "the storage " + Text.quote(storage.key()),
                        at,
                        "needs " + storage.count() + " numbers of "
                                + storage.type().name() + ", where " + room + " bytes follow");
            }
            long end = at + storage.count() * storage.type().bytes();
            places.put(storage.key(), new long[] {at, end});
            at = end;
        }
        return places;
    }

    private static MemorySegment checked(Mapped file, Storage storage, long begin, long end) {
        if (storage.count() > (end - begin) / storage.type().bytes()) {
            throw file.damaged(
                    "the storage " + Text.quote(storage.key()),
                    begin,
                    "has " + (end - begin) + " bytes, too few for " + storage.count() + " numbers of "
                            + storage.type().name());
        }
        return file.data().asSlice(begin, storage.count() * storage.type().bytes());
    }

    private void add(Mapped file, Object value, @Nullable ShardIndex index, Function<Storage, MemorySegment> storages) {
        String shard = String.valueOf(file.path().getFileName());
        Map<String, View> views = views(file, value);
        if (views.size() > Mapped.MAX_TENSORS) {
            throw file.damaged("the pickle", 0, "has more than " + Mapped.MAX_TENSORS + " tensors");
        }
        views.forEach((name, view) -> {
            if (index != null && index.elsewhere(name, shard)) {
                return;
            }
            if (tensors.containsKey(name) || unsupported.containsKey(name)) {
                throw JandaiaException.format("Cannot read " + file.path() + ": its tensor " + Text.quote(name)
                        + " is also in another file of the same model; fetch the model again.");
            }
            if (view.type().type() == null) {
                unsupported.put(name, view.type().name());
            } else {
                MemorySegment data = data(file, name, view, storages.apply(view.storage()));
                tensors.put(name, new StoredTensor(name, view.type().type(), view.shape(), data));
            }
        });
    }

    /** The tensors of a state dict, or of one inside a wrapper of a known name. */
    private Map<String, View> views(Mapped file, Object value) {
        Map<String, View> direct = viewsOf(file, value);
        if (!direct.isEmpty()) {
            return direct;
        }
        if (value instanceof Map<?, ?> outer) {
            for (String wrapper : WRAPPERS) {
                Map<String, View> inner = viewsOf(file, outer.get(wrapper));
                if (!inner.isEmpty()) {
                    notes.add("The weights of " + file.path() + " were taken from its entry '" + wrapper
                            + "'; it is a training checkpoint, whose other entries are not used.");
                    return inner;
                }
            }
        }
        throw JandaiaException.unsupported("Cannot read " + file.path() + ": expected a dictionary of tensors, or one"
                + " under a key of " + String.join(", ", WRAPPERS) + ", found "
                + (value instanceof Map<?, ?> m
                        ? "a dictionary with the keys "
                                + Text.visible(
                                        String.join(
                                                ", ",
                                                m.keySet().stream()
                                                        .limit(10)
                                                        .map(Pickle::describe)
                                                        .toList()),
                                        200)
                        : Pickle.describe(value))
                + "; save the weights alone, as safetensors or with torch.save(model.state_dict(), ...).");
    }

    private static Map<String, View> viewsOf(Mapped file, @Nullable Object value) {
        Map<String, View> views = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, v) -> {
                if (v instanceof View view) {
                    if (!(key instanceof String name)) {
                        throw file.damaged("the pickle", 0, "has a tensor whose name is no text");
                    }
                    views.put(name, view);
                }
            });
        }
        return views;
    }

    private MemorySegment data(Mapped file, String name, View view, MemorySegment storage) {
        int width = view.type().bytes();
        long count = 1;
        for (long d : view.shape()) {
            count *= d;
        }
        if (count == 0) {
            return storage.asSlice(0, 0);
        }
        if (view.contiguous()) {
            return storage.asSlice(view.offset() * width, count * width);
        }
        copied += count * width;
        if (count * width > Integer.MAX_VALUE * 64L || copied > 2 * bytes + SMALL_COPY) {
            throw file.damaged(
                    "tensor " + Text.quote(name),
                    0,
                    "repeats its numbers to " + count + ", far more than the file has,");
        }
        MemorySegment out = arena.allocate(count * width, 64);
        copy(storage, view.offset() * width, out, view, 0, 0, count * width, width);
        return out;
    }

    /** Copies the part of a view below one index of each dimension before {@code d} to {@code at}; {@code size} bytes. */
    private static void copy(
            MemorySegment from, long offset, MemorySegment to, View view, int d, long at, long size, int width) {
        if (d == view.shape().length) {
            MemorySegment.copy(from, offset, to, at, width);
            return;
        }
        long part = size / view.shape()[d];
        for (long i = 0; i < view.shape()[d]; i++) {
            copy(from, offset + i * view.strides()[d] * width, to, view, d + 1, at + i * part, part, width);
        }
    }
}
