package io.jandaia.server;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.Model;
import io.jandaia.model.hub.PullListener;
import io.jandaia.model.hub.PullPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The models of a server, by name. Those named at the start are opened one after another and stay; until then a request for
 * one is told to wait. Those of the catalogue are loaded when a request names them.
 */
public final class Models implements AutoCloseable {

    /**
     * One model.
     *
     * @param source of the model itself, or of what it is derived from
     * @param resident null while it is not loaded
     * @param derived null for a model of its own
     */
    public record Entry(
            Models owner,
            ModelSource source,
            @Nullable Resident resident,
            @Nullable Derived derived) {

        public String name() {
            return derived == null ? source.name() : derived.name();
        }

        /** What requests get where they say nothing. */
        public Preset preset() {
            return derived == null ? Preset.NONE : derived.preset();
        }

        /** Seconds since 1970. */
        public long created() {
            return derived == null ? source.created() : derived.created();
        }

        /** For what it says of itself; null while it is not loaded. */
        public @Nullable Model model() {
            return resident == null ? null : resident.model();
        }

        /** Whether it is loaded, being loaded, or only stored; or derived from what is not here any more. */
        public String status() {
            if (resident != null) {
                return "loaded";
            }
            if (owner.pool.slot(source.name()) != null) {
                return "loading";
            }
            return source.need() instanceof Gone ? "missing" : "stored";
        }

        /**
         * The model, loaded if it is not; it is not closed before the answer is.
         *
         * @throws ApiException as it cannot be loaded
         */
        public Model open(Exchange exchange) {
            long begin = System.nanoTime();
            Lease lease = owner.pool.lease(source, exchange::checkWaiting);
            return exchange.hold(lease, System.nanoTime() - begin);
        }
    }

    private final Map<String, ModelSource> pinned = new LinkedHashMap<>();
    private final Map<String, String> aliases;
    private final Catalog catalog;
    private final DerivedModels derived;
    private final ModelPool pool;

    /**
     * @param sources what opens each model
     * @param aliases further names of them
     */
    public Models(Map<String, Supplier<Model>> sources, Map<String, String> aliases) {
        this(sources(sources), aliases, Catalog.NONE, ModelLimits.DEFAULT);
    }

    /**
     * @param named those that are opened at the start
     * @param aliases further names of models
     * @param catalog those that requests may have loaded
     */
    public Models(List<ModelSource> named, Map<String, String> aliases, Catalog catalog, ModelLimits limits) {
        this(named, aliases, catalog, DerivedModels.NONE, limits);
    }

    /**
     * The same, with those that requests have made of them. What the start names hides a derived model of that name.
     *
     * @param derived those that requests have made of others
     */
    public Models(
            List<ModelSource> named,
            Map<String, String> aliases,
            Catalog catalog,
            DerivedModels derived,
            ModelLimits limits) {
        this.aliases = Map.copyOf(aliases);
        this.catalog = catalog;
        this.derived = derived;
        this.pool = new ModelPool(limits);
        named.forEach(s -> {
            pinned.put(s.name(), s);
            pool.pin(s);
        });
        this.aliases.forEach((alias, name) -> {
            if (source(name) == null && derivedNamed(name) == null) {
                throw JandaiaException.usage("The alias '" + alias + "' is for '" + name
                        + "', which is not served; served are " + names() + ".");
            }
            if (source(alias) != null) {
                throw JandaiaException.usage("The alias '" + alias + "' is the name of a model that is served.");
            }
        });
    }

    private static List<ModelSource> sources(Map<String, Supplier<Model>> sources) {
        long now = System.currentTimeMillis() / 1000;
        return sources.entrySet().stream()
                .map(e -> new ModelSource(e.getKey(), now, null, 0, () -> 0, e.getValue()))
                .toList();
    }

    /** Opens those named at the start that are not open yet. */
    public void open() {
        pinned.values().forEach(pool::reserve);
        pinned.values().forEach(pool::open);
    }

    /** Whether those named at the start are loaded. */
    public boolean ready() {
        return pinned.keySet().stream().allMatch(n -> pool.resident(n) != null);
    }

    /** Those named at the start, then the others, then those derived from them. */
    public List<Entry> all() {
        Map<String, ModelSource> all = new LinkedHashMap<>(pinned);
        for (ModelSource s : catalog.list()) {
            if (sameAsPinned(s) == null) {
                all.putIfAbsent(s.name(), s);
            }
        }
        pool.residents().forEach(r -> all.putIfAbsent(r.source().name(), r.source()));
        Map<String, Entry> entries = new LinkedHashMap<>();
        all.forEach((name, source) -> entries.put(name, entry(source)));
        for (Derived d : derived.all()) {
            if (!pinned.containsKey(d.name()) && !aliases.containsKey(d.name())) {
                ModelSource listed = all.get(d.base());
                entries.put(d.name(), entry(d, listed == null ? source(d.base()) : listed));
            }
        }
        return List.copyOf(entries.values());
    }

    /** Further names, sorted. */
    public List<String> aliases() {
        return aliases.keySet().stream().sorted().toList();
    }

    /** Those that are loaded. */
    public List<Resident> residents() {
        return pool.residents();
    }

    private Entry entry(ModelSource source) {
        return new Entry(this, source, pool.resident(source.name()), null);
    }

    private Entry entry(Derived d, @Nullable ModelSource base) {
        Gone gone = new Gone(d);
        ModelSource source = base == null ? new ModelSource(d.base(), 0, null, 0, gone, gone) : base;
        return new Entry(this, source, pool.resident(source.name()), d);
    }

    /** In the place of a base that is not here any more: what is derived from it is still listed and can be deleted. */
    private record Gone(Derived derived) implements LongSupplier, Supplier<Model> {
        @Override
        public long getAsLong() {
            throw error();
        }

        @Override
        public Model get() {
            throw error();
        }

        private ApiException error() {
            return ApiException.of(
                    404,
                    "model_not_found",
                    "The model '" + derived.name() + "' is derived from '" + derived.base()
                            + "', which is not here any more. Bring that one back, as with 'jandaia pull', or delete '"
                            + derived.name() + "'.");
        }
    }

    private @Nullable Derived derivedNamed(String name) {
        return pinned.containsKey(name) ? null : derived.find(name);
    }

    /** Whether there is a model of that name or alias. */
    public boolean knows(String name) {
        String wanted = aliases.getOrDefault(name, name);
        return derivedNamed(wanted) != null || source(wanted) != null;
    }

    /**
     * The model of that name or alias; without a name the only one that was named at the start, or where none was the first
     * of the catalogue.
     *
     * @throws ApiException 404, or 400 when there is a choice
     */
    public Entry find(@Nullable String name) {
        if (name == null) {
            return entry(usual());
        }
        String wanted = aliases.getOrDefault(name, name);
        Derived made = derivedNamed(wanted);
        if (made != null) {
            return entry(made, source(made.base()));
        }
        ModelSource source = source(wanted);
        if (source == null) {
            throw ApiException.of(
                    404,
                    "model_not_found",
                    "The model '" + wanted + "' is not served here; served are " + names() + ".");
        }
        return entry(source);
    }

    private ModelSource usual() {
        if (pinned.size() == 1) {
            return pinned.values().iterator().next();
        }
        List<ModelSource> stored = pinned.isEmpty() ? catalog.list() : List.of();
        if (stored.isEmpty()) {
            throw ApiException.field("model", "The request names no model; expected one of " + names() + ".");
        }
        return stored.getFirst();
    }

    private @Nullable ModelSource source(String name) {
        ModelSource named = pinned.get(name);
        if (named != null) {
            return named;
        }
        Resident resident = pool.resident(name);
        if (resident != null) {
            return resident.source();
        }
        ModelSource stored = catalog.find(name).orElse(null);
        ModelSource same = stored == null ? null : sameAsPinned(stored);
        return same == null ? stored : same;
    }

    private @Nullable ModelSource sameAsPinned(ModelSource stored) {
        return pinned.values().stream()
                .filter(p -> sameFiles(p, stored))
                .findFirst()
                .orElse(null);
    }

    private String names() {
        List<String> names = new ArrayList<>(pinned.keySet());
        catalog.list().stream()
                .map(ModelSource::name)
                .filter(n -> !names.contains(n))
                .forEach(names::add);
        derived.all().stream()
                .map(Derived::name)
                .filter(n -> !names.contains(n))
                .forEach(names::add);
        return names.isEmpty() ? "none" : names.stream().limit(50).collect(Collectors.joining(", "));
    }

    /** How long the model of this answer stays when no request uses it; negative = for ever. */
    public void keep(Exchange exchange, Duration unused) {
        exchange.held().forEach(l -> pool.keep(l, unused));
    }

    /**
     * Closes a model now, or when its requests have ended.
     *
     * @return whether it is closed
     * @throws ApiException 409 when it was named at the start
     */
    public boolean unload(String name) {
        return pool.unload(name);
    }

    /**
     * Makes a model of another, or makes it anew.
     *
     * @param field of the request that says the name
     * @param from the other; of a derived one its base
     * @throws ApiException 400 for what is no name, 409 for one that is taken, 404 for a base that is gone; 403 where models
     *     are fixed
     */
    public synchronized void derive(String field, String name, Entry from, Preset preset) {
        Derived.name(field, name);
        if (from.source().need() instanceof Gone gone) {
            throw gone.error();
        }
        boolean alias = aliases.containsKey(name);
        if (alias || source(name) != null) {
            throw ApiException.of(
                    409,
                    "model_exists",
                    "The name '" + name + "' is "
                            + (alias ? "an alias of '" + aliases.get(name) + "'" : "a model's own")
                            + "; choose another for the derived model.");
        }
        derived.put(new Derived(name, from.source().name(), System.currentTimeMillis() / 1000, preset));
    }

    /**
     * Closes a stored model and removes its files; of a derived model only what it has of its own.
     *
     * @throws ApiException 404; 409 when it is in use, was named at the start or others are derived from it; 403 where models
     *     are not to be removed
     */
    public synchronized void delete(String name) {
        Entry entry = find(name);
        String stored = entry.name();
        if (entry.derived() != null) {
            derived.remove(stored);
            return;
        }
        checkNothingIsDerivedFrom(entry.source());
        for (Resident r : pool.residents()) {
            String other = r.source().name();
            if (isPart(other, stored) && !unload(other)) {
                throw ApiException.of(
                        409,
                        "model_in_use",
                        "The model '" + other + "' answers requests. Remove it when they have ended.");
            }
        }
        if (pinned.containsKey(stored)) {
            unload(stored); // which says why not
        }
        catalog.delete(stored);
    }

    /** Whether a model goes with another: org/name:Q4_K_M with org/name. */
    private static boolean isPart(String name, String of) {
        return name.equals(of) || name.startsWith(of + ":") || name.startsWith(of + "@");
    }

    private void checkNothingIsDerivedFrom(ModelSource stored) {
        List<String> made = derived.all().stream()
                .filter(d -> isPart(d.base(), stored.name()) || sameFiles(source(d.base()), stored))
                .map(Derived::name)
                .toList();
        if (!made.isEmpty()) {
            throw ApiException.of(
                    409,
                    "model_in_use",
                    "From the model '" + stored.name() + "' others are derived: " + String.join(", ", made)
                            + ". Delete them first.");
        }
    }

    private static boolean sameFiles(@Nullable ModelSource one, ModelSource other) {
        return one != null && one.path() != null && one.path().equals(other.path());
    }

    /** Brings a model here, see {@link Catalog#pull}. */
    public void pull(String name, Consumer<PullPlan> begin, PullListener listener) {
        if (derivedNamed(name) != null) {
            throw ApiException.of(
                    409,
                    "model_exists",
                    "The name '" + name + "' is a derived model's. Delete that one before this one is brought here.");
        }
        catalog.pull(name, begin, listener);
    }

    ModelPool pool() {
        return pool;
    }

    @Override
    public void close() {
        pool.close();
    }
}
