package io.jandaia.model.checkpoint;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tensors of a checkpoint while a scheme takes those that it knows and puts in their place what they make. */
final class Parts {

    private final String scheme;
    private final Map<String, StoredTensor> left;
    private final Map<String, Unpacking> made = new LinkedHashMap<>();

    Parts(String scheme, Map<String, StoredTensor> tensors) {
        this.scheme = scheme;
        this.left = new LinkedHashMap<>(tensors);
    }

    /** What nobody took. */
    Map<String, StoredTensor> left() {
        return left;
    }

    Map<String, Unpacking> made() {
        return made;
    }

    /** What stands before {@code suffix} in the names that end so. */
    List<String> before(String suffix) {
        return left.keySet().stream()
                .filter(n -> n.endsWith(suffix))
                .map(n -> n.substring(0, n.length() - suffix.length()))
                .toList();
    }

    boolean has(String name) {
        return left.containsKey(name);
    }

    @Nullable
    StoredTensor look(String name) {
        return left.get(name);
    }

    /** Takes a tensor that must be there. */
    StoredTensor take(String name) {
        StoredTensor t = left.remove(name);
        if (t == null) {
            throw JandaiaException.format("Cannot unpack the " + scheme + " weights: there is no tensor '" + name
                    + "' beside the others of the same weight; the checkpoint is incomplete, fetch it again.");
        }
        return t;
    }

    @Nullable
    StoredTensor takeIfThere(String name) {
        return left.remove(name);
    }

    void put(Unpacking unpacking) {
        if (left.containsKey(unpacking.name()) || made.putIfAbsent(unpacking.name(), unpacking) != null) {
            throw JandaiaException.format("Cannot unpack the " + scheme + " weights: the checkpoint holds '"
                    + unpacking.name() + "' quantised and plain, or twice; fetch it again.");
        }
    }

    /** Removes what says how activations or caches were to be rounded; how many. */
    int drop(String... suffixes) {
        int before = left.size();
        left.keySet().removeIf(n -> Arrays.stream(suffixes).anyMatch(n::endsWith));
        return before - left.size();
    }

    /** Checks a tensor's shape. */
    StoredTensor shaped(StoredTensor t, long... shape) {
        if (!Arrays.equals(t.shape(), shape)) {
            throw wrong(t, "has shape " + t.shapeText() + ", expected " + Arrays.toString(shape));
        }
        return t;
    }

    /** Checks a tensor's type. */
    StoredTensor typed(StoredTensor t, ElementType... types) {
        if (!Arrays.asList(types).contains(t.type())) {
            throw wrong(t, "is of type " + t.type() + ", expected " + Arrays.toString(types));
        }
        return t;
    }

    /** Checks that a tensor has so many dimensions, each of 1 to 2^31 - 1. */
    StoredTensor ranked(StoredTensor t, int dimensions) {
        if (t.shape().length != dimensions || Arrays.stream(t.shape()).anyMatch(d -> d < 1 || d > Integer.MAX_VALUE)) {
            throw wrong(
                    t, "has shape " + t.shapeText() + ", expected " + dimensions + " dimensions of 1 to 2147483647");
        }
        return t;
    }

    JandaiaException wrong(StoredTensor t, String problem) {
        return JandaiaException.format("Cannot unpack the " + scheme + " weights: tensor '" + t.name() + "' " + problem
                + "; the checkpoint is damaged or of a kind that this version does not know.");
    }
}
