package io.jandaia.server;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.Model;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The models of a server, by name. They are opened one after another; until then a request for one is told to wait. */
public final class Models implements AutoCloseable {

    /**
     * One model.
     *
     * @param created seconds since 1970
     * @param model null until it is open
     */
    public record Entry(String name, long created, @Nullable Model model) {
        /**
         * The model.
         *
         * @throws ApiException 503 while it is being opened
         */
        public Model open() {
            if (model == null) {
                throw ApiException.later(503, "model_loading", 1, "The model '" + name + "' is being loaded.");
            }
            return model;
        }
    }

    private final Map<String, Supplier<Model>> sources;
    private final Map<String, String> aliases;
    private final Map<String, Entry> entries = new LinkedHashMap<>(); // guarded by this
    private boolean closed; // guarded by this

    /**
     * @param sources what opens each model
     * @param aliases further names of them
     */
    public Models(Map<String, Supplier<Model>> sources, Map<String, String> aliases) {
        this.sources = new LinkedHashMap<>(sources);
        this.aliases = Map.copyOf(aliases);
        long now = System.currentTimeMillis() / 1000;
        this.sources.keySet().forEach(name -> entries.put(name, new Entry(name, now, null)));
        this.aliases.forEach((alias, name) -> {
            if (!sources.containsKey(name)) {
                throw JandaiaException.usage("The alias '" + alias + "' is for '" + name
                        + "', which is not served; served are " + String.join(", ", sources.keySet()) + ".");
            }
            if (sources.containsKey(alias)) {
                throw JandaiaException.usage("The alias '" + alias + "' is the name of a model that is served.");
            }
        });
    }

    /** Opens those that are not open yet. */
    public void open() {
        for (Map.Entry<String, Supplier<Model>> source : sources.entrySet()) {
            Model model = source.getValue().get();
            synchronized (this) {
                if (closed) {
                    model.close();
                    return;
                }
                entries.computeIfPresent(source.getKey(), (n, e) -> new Entry(n, e.created(), model));
            }
        }
    }

    public synchronized boolean ready() {
        return entries.values().stream().allMatch(e -> e.model() != null);
    }

    public synchronized List<Entry> all() {
        return List.copyOf(entries.values());
    }

    /**
     * The model of that name or alias; without a name the only one.
     *
     * @throws ApiException 404
     */
    public synchronized Entry find(@Nullable String name) {
        if (name == null && entries.size() > 1) {
            throw ApiException.field(
                    "model",
                    "The request names no model; expected one of " + String.join(", ", entries.keySet()) + ".");
        }
        String wanted = name == null ? entries.keySet().iterator().next() : aliases.getOrDefault(name, name);
        Entry entry = entries.get(wanted);
        if (entry == null) {
            throw ApiException.of(
                    404,
                    "model_not_found",
                    "The model '" + wanted + "' is not served here; served are " + String.join(", ", entries.keySet())
                            + ".");
        }
        return entry;
    }

    @Override
    public synchronized void close() {
        closed = true;
        entries.values().forEach(e -> {
            if (e.model() != null) {
                e.model().close();
            }
        });
    }
}
