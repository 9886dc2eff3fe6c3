package io.jandaia.model.checkpoint;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.Progress;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of a quantised checkpoint as they would be in one that is not: plain ones as the file has them, quantised ones
 * made when they are first asked for, so that looking at names costs nothing. For one thread; what was made lives until {@link
 * #close}.
 */
public final class UnpackedTensors extends AbstractMap<String, StoredTensor> implements AutoCloseable {

    private final Map<String, StoredTensor> ready;
    private final Map<String, Unpacking> unpackings;
    private final Set<String> names;
    private final long memory;
    private final Progress progress;
    private final long total;
    private long done;
    private final Arena arena = Arena.ofShared();
    private final Map<ElementType, Long> made = new EnumMap<>(ElementType.class);

    /**
     * @param tensors as the file has them
     * @param memory of this machine, in bytes: what cannot fit is refused before anything is made
     * @param progress hears of numbers that were made, of all that are stored quantised
     */
    public UnpackedTensors(
            QuantizedCheckpoint checkpoint, Map<String, StoredTensor> tensors, long memory, Progress progress) {
        Parts parts = new Parts(checkpoint.method(), tensors);
        checkpoint.unpack(parts);
        this.ready = new LinkedHashMap<>(parts.left());
        this.unpackings = parts.made();
        this.memory = memory;
        this.progress = progress;
        this.total = unpackings.values().stream().mapToLong(Unpacking::count).sum();
        this.names = new TreeSet<>(ready.keySet());
        names.addAll(unpackings.keySet());
        if (unpackings.isEmpty()) {
            throw JandaiaException.format("The configuration says that the weights are quantised with '"
                    + checkpoint.method() + "', but no tensor is; configuration and weights are of different models.");
        }
    }

    @Override
    public @Nullable StoredTensor get(@Nullable Object name) {
        StoredTensor t = ready.get(name);
        Unpacking u = t == null ? unpackings.get(name) : null;
        return u == null ? t : make(u);
    }

    @Override
    public boolean containsKey(@Nullable Object name) {
        return names.contains(name);
    }

    private StoredTensor make(Unpacking u) {
        if (made.isEmpty()) {
            long all = unpackings.values().stream()
                    .mapToLong(Unpacking::bytesAtMost)
                    .reduce(0, UnpackedTensors::sum);
            if (all > memory) {
                throw JandaiaException.resource(String.format(
                        Locale.ROOT,
                        "Unpacking the quantised weights takes up to %,d bytes, but this machine has %,d bytes of memory;"
                                + " use a smaller model or a GGUF of it.",
                        all,
                        memory));
            }
        }
        ElementType type = u.type();
        MemorySegment data;
        try {
            data = arena.allocate(Math.max(1, type.bytes(u.count())), 64).asSlice(0, type.bytes(u.count()));
        } catch (OutOfMemoryError e) {
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE,
                    "There is not enough memory to unpack the weight '" + u.name() + "' into " + type.bytes(u.count())
                            + " bytes; use a smaller model or a GGUF of it.",
                    e);
        }
        u.write(type, data);
        done += u.count();
        progress.at(done, total);
        StoredTensor t = new StoredTensor(u.name(), type, u.shape(), data);
        ready.put(u.name(), t);
        made.merge(type, data.byteSize(), Long::sum);
        return t;
    }

    private static long sum(long a, long b) {
        return a + b < 0 ? Long.MAX_VALUE : a + b;
    }

    /** Numbers in all tensors, whatever they are stored as. */
    public long parameters() {
        long n = total;
        for (StoredTensor t : ready.values()) {
            n += unpackings.containsKey(t.name()) ? 0 : t.count();
        }
        return n;
    }

    /** What was made so far, a sentence; none when nothing was. */
    public List<String> notes() {
        List<String> notes = new ArrayList<>();
        if (!made.isEmpty()) {
            StringBuilder s = new StringBuilder("The quantised weights were unpacked without loss into memory:");
            String before = " ";
            for (Map.Entry<ElementType, Long> e : made.entrySet()) {
                s.append(before).append(String.format(Locale.ROOT, "%,d bytes as %s", e.getValue(), e.getKey()));
                before = ", ";
            }
            notes.add(s.append('.').toString());
        }
        return notes;
    }

    /** The names are known at once; a value is made when it is read. */
    @Override
    public Set<Entry<String, StoredTensor>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Entry<String, StoredTensor>> iterator() {
                return names.stream()
                        .<Entry<String, StoredTensor>>map(Lazy::new)
                        .iterator();
            }

            @Override
            public int size() {
                return names.size();
            }
        };
    }

    private final class Lazy implements Entry<String, StoredTensor> {
        private final String name;

        Lazy(String name) {
            this.name = name;
        }

        @Override
        public String getKey() {
            return name;
        }

        @Override
        @SuppressWarnings("NullAway") // every name has a tensor
        public StoredTensor getValue() {
            return get(name);
        }

        @Override
        public StoredTensor setValue(StoredTensor value) {
            throw new UnsupportedOperationException();
        }
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
