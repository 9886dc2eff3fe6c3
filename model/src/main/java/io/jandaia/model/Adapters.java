package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.adapter.Adapter;
import io.jandaia.model.adapter.FittedAdapter;
import io.jandaia.model.nn.AdapterWeights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The adapters that are loaded beside a model, by name. They come and go while it runs: a request holds the weights that it
 * started with.
 */
final class Adapters {

    private final LoadedModel base;
    private final Map<String, LoadedAdapter> byName = new LinkedHashMap<>();

    Adapters(LoadedModel base) {
        this.base = base;
    }

    LoadedAdapter load(String name, Path path, double scale) {
        if (name.isBlank()) {
            throw JandaiaException.usage("The adapter " + path + " has no name; give it one.");
        }
        LoadedAdapter loaded = open(name, path, scale);
        synchronized (byName) {
            if (byName.putIfAbsent(name, loaded) != null) {
                throw JandaiaException.usage(
                        "An adapter named '" + name + "' is loaded already; unload it first or choose another name.");
            }
        }
        return loaded;
    }

    private LoadedAdapter open(String name, Path path, double scale) {
        ModelFiles files = base.files();
        try (Adapter adapter = Adapter.open(path)) {
            List<String> notes = new ArrayList<>(adapter.notes());
            boolean gguf = adapter.kind() == Adapter.Kind.GGUF;
            if (gguf && files.isGguf() && !adapter.base().equals(files.architecture())) {
                throw JandaiaException.usage("The adapter " + path + " is for the architecture '" + adapter.base()
                        + "'; the base model is of '" + files.architecture() + "'.");
            }
            if (!gguf && !lastPart(adapter.base()).equals(lastPart(files.path().toString()))) {
                notes.add("The adapter " + path + " says that it was trained on '" + adapter.base()
                        + "'; its modules fit " + files.path() + ".");
            }
            AdapterWeights weights =
                    FittedAdapter.fit(adapter, files.family(), files.isGguf(), base.decoder(), base.kernels(), scale);
            return new LoadedAdapter(name, path, scale, adapter.changes().size(), List.copyOf(notes), weights);
        }
    }

    private static String lastPart(String name) {
        return name.substring(name.replaceAll("/+$", "").lastIndexOf('/') + 1);
    }

    LoadedAdapter unload(String name) {
        synchronized (byName) {
            LoadedAdapter gone = byName.remove(name);
            if (gone == null) {
                throw missing(name);
            }
            return gone;
        }
    }

    List<LoadedAdapter> list() {
        synchronized (byName) {
            return List.copyOf(byName.values());
        }
    }

    /** The weights of the adapter of this name; null for null. */
    @Nullable
    AdapterWeights find(@Nullable String name) {
        if (name == null) {
            return null;
        }
        synchronized (byName) {
            LoadedAdapter found = byName.get(name);
            if (found == null) {
                throw missing(name);
            }
            return found.weights();
        }
    }

    private JandaiaException missing(String name) {
        return JandaiaException.notFound("There is no adapter '" + name + "' beside the model; "
                + (byName.isEmpty() ? "none is loaded." : "there are: " + String.join(", ", byName.keySet()) + "."));
    }
}
