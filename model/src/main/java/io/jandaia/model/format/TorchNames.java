package io.jandaia.model.format;

import io.jandaia.model.format.Pickle.Tuple;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the names in a PyTorch checkpoint of weights mean, as data: tensors are views of storages, storages are places in
 * the file. All other names, {@code torch.storage._load_from_bytes} among them, have no meaning.
 */
final class TorchNames implements Pickle.Names {

    /**
     * A run of numbers in the file.
     *
     * @param count how many numbers of {@code type}
     */
    record Storage(String key, TorchType type, long count) {}

    /**
     * Numbers of a storage in some order.
     *
     * @param offset the first number, counted from the start of the storage
     * @param strides by dimension, how many numbers apart neighbours are
     */
    record View(Storage storage, TorchType type, long offset, long[] shape, long[] strides) {
        /** Whether the numbers lie one after the other, as a file of tensors has them. */
        boolean contiguous() {
            long expected = 1;
            for (int d = shape.length - 1; d >= 0; d--) {
                if (shape[d] == 0) {
                    return true;
                }
                if (shape[d] != 1 && strides[d] != expected) {
                    return false;
                }
                expected *= shape[d];
            }
            return true;
        }
    }

    /** A view of a part of another storage, as files of before PyTorch 1.6 have it. */
    private record Part(Storage whole, long offset, long count) {}

    private record Function(String name) {
        @Override
        public String toString() {
            return name;
        }
    }

    private record StorageClass(TorchType type) {}

    /** Something that weights do not need and that does no harm. */
    private record Other(String name) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final int MAX_DIMENSIONS = 64;

    private final Map<String, Storage> storages = new HashMap<>();
    private long copied;

    /** The storages that were referred to, by key. */
    Map<String, Storage> storages() {
        return storages;
    }

    @Override
    public @Nullable Object named(String module, String name) {
        return switch (module + "." + name) {
            case "collections.OrderedDict",
                    "torch.Size",
                    "torch.device",
                    "torch._utils._rebuild_tensor",
                    "torch._utils._rebuild_tensor_v2",
                    "torch._utils._rebuild_tensor_v3",
                    "torch._utils._rebuild_parameter",
                    "torch._utils._rebuild_parameter_with_state",
                    "torch._tensor._rebuild_from_type_v2",
                    "torch.nn.parameter.Parameter",
                    "_codecs.encode",
                    "__builtin__.set",
                    "builtins.set" -> new Function(module + "." + name);
            case "torch.Tensor" -> new Other("torch.Tensor");
            default -> {
                if (!module.equals("torch") && !module.equals("torch.storage")) {
                    yield null;
                }
                TorchType storage = TorchType.ofStorage(name);
                yield storage != null
                        ? new StorageClass(storage)
                        : module.equals("torch") ? TorchType.ofDtype(name) : null;
            }
        };
    }

    @Override
    public @Nullable Object call(Object callable, List<Object> arguments) {
        if (!(callable instanceof Function f)) {
            return null;
        }
        return switch (f.name) {
            case "collections.OrderedDict" -> dictionary(arguments);
            case "torch.Size" -> arguments.size() == 1 && arguments.getFirst() instanceof Tuple size ? size : null;
            case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2" -> view(arguments, null);
            case "torch._utils._rebuild_tensor_v3" ->
                arguments.size() >= 7 && arguments.get(6) instanceof TorchType type ? view(arguments, type) : null;
            case "torch._utils._rebuild_parameter",
                    "torch._utils._rebuild_parameter_with_state",
                    "torch.nn.parameter.Parameter" ->
                !arguments.isEmpty() && arguments.getFirst() instanceof View v ? v : null;
            case "torch._tensor._rebuild_from_type_v2" -> ofType(arguments);
            // Bytes as protocol 2 has them, sets, devices: in training checkpoints beside the weights.
            default -> new Other(f.name);
        };
    }

    @Override
    public boolean takesState(Object value) {
        return value instanceof View;
    }

    /** {@code ('storage', class, key, device, count)}, before PyTorch 1.6 with {@code (view key, offset, count)} or None. */
    @Override
    public @Nullable Object persistent(Object identity) {
        if (!(identity instanceof Tuple tuple)) {
            return null;
        }
        List<Object> t = tuple.items();
        if (t.size() < 5
                || t.size() > 6
                || !"storage".equals(t.getFirst())
                || !(t.get(1) instanceof StorageClass c)
                || !(t.get(2) instanceof String key)
                || !(t.get(4) instanceof Long count)
                || count < 0) {
            return null;
        }
        Storage storage = new Storage(key, c.type, count);
        Storage known = storages.putIfAbsent(key, storage);
        if (known != null && known.type.bytes() * known.count != storage.type.bytes() * storage.count) {
            return null;
        }
        if (t.size() == 5 || t.get(5) instanceof Pickle.None) {
            return storage;
        }
        return t.get(5) instanceof Tuple part
                        && part.items().size() == 3
                        && part.items().get(1) instanceof Long offset
                        && part.items().get(2) instanceof Long size
                        && offset >= 0
                        && size >= 0
                        && offset <= count
                        && size <= count - offset
                ? new Part(storage, offset, size)
                : null;
    }

    /** {@code OrderedDict()}, or with one list of pairs, as Python 2 wrote it. */
    private @Nullable Object dictionary(List<Object> arguments) {
        Map<Object, Object> map = new LinkedHashMap<>();
        if (arguments.isEmpty()) {
            return map;
        }
        if (arguments.size() == 1 && arguments.getFirst() instanceof List<?> items) {
            copied += items.size();
            if (copied > Mapped.MAX_TENSORS) { // the same list may be given any number of times
                return null;
            }
            for (Object item : items) {
                List<?> pair = item instanceof Tuple t ? t.items() : item instanceof List<?> l ? l : List.of();
                if (pair.size() != 2 || pair.getFirst() instanceof List || pair.getFirst() instanceof Map) {
                    return null;
                }
                map.put(pair.getFirst(), pair.get(1));
            }
            return map;
        }
        return null;
    }

    /** {@code (function, class, arguments, state)}: a tensor with attributes. */
    private @Nullable Object ofType(List<Object> arguments) {
        return arguments.size() == 4
                        && arguments.getFirst() instanceof Function f
                        && f.name.startsWith("torch._utils._rebuild_")
                        && arguments.get(2) instanceof Tuple inner
                ? call(f, inner.items())
                : null;
    }

    /** {@code (storage, offset, shape, strides, ...)}. Null also when it reaches beyond its storage. */
    private static @Nullable View view(List<Object> a, @Nullable TorchType dtype) {
        if (a.size() < 4
                || !(a.getFirst() instanceof Storage || (a.getFirst() instanceof Part && dtype == null))
                || !(a.get(1) instanceof Long offset)
                || offset < 0) {
            return null;
        }
        long[] shape = longs(a.get(2));
        long[] strides = longs(a.get(3));
        if (shape == null || strides == null || shape.length != strides.length) {
            return null;
        }
        Storage storage = a.getFirst() instanceof Part p ? p.whole : (Storage) a.getFirst();
        long before = a.getFirst() instanceof Part p ? p.offset : 0;
        long room = a.getFirst() instanceof Part p ? p.count : storage.count;
        TorchType type = dtype == null ? storage.type : dtype;
        try {
            long numbers = Math.multiplyExact(room, (long) storage.type.bytes()) / type.bytes();
            long count = 1;
            long last = offset;
            for (int d = 0; d < shape.length; d++) {
                count = Math.multiplyExact(count, shape[d]);
                last = Math.addExact(last, Math.multiplyExact(Math.max(0, shape[d] - 1), strides[d]));
            }
            Math.multiplyExact(count, (long) type.bytes());
            if (count > 0 && last >= numbers) {
                return null;
            }
            return new View(storage, type, Math.addExact(before, offset), shape, strides);
        } catch (ArithmeticException e) {
            return null;
        }
    }

    private static long @Nullable [] longs(Object value) {
        List<?> items = value instanceof Tuple t ? t.items() : value instanceof List<?> l ? l : null;
        if (items == null || items.size() > MAX_DIMENSIONS) {
            return null;
        }
        long[] out = new long[items.size()];
        for (int i = 0; i < out.length; i++) {
            if (!(items.get(i) instanceof Long n) || n < 0) {
                return null;
            }
            out[i] = n;
        }
        return out;
    }
}
