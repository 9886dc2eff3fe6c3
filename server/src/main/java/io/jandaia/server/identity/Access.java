package io.jandaia.server.identity;

import io.jandaia.error.JandaiaException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Who may use a server, and what they have used: the store's parts that live as long as the server. */
public final class Access implements AutoCloseable {

    /** A key that is revoked is refused after this at the latest. */
    private static final Duration FRESH = Duration.ofSeconds(1);

    private static final int MOST_REMEMBERED = 10_000;

    private final Database database;
    private final IdentityStore identities;
    private final UsageStore usage;
    private final UsageLog log;
    private final Quotas quotas;
    private final Prices prices;
    private final Clock clock;
    private final Map<String, Known> known = new ConcurrentHashMap<>();
    private volatile boolean needed;
    private volatile long neededSince = Long.MIN_VALUE;

    private record Known(Optional<IdentityStore.Found> found, long until) {}

    private Access(Database database, Prices prices, Clock clock, Consumer<String> warn) {
        this.database = database;
        this.prices = prices;
        this.clock = clock;
        this.identities = new IdentityStore(database, clock);
        this.usage = new UsageStore(database);
        this.log = new UsageLog(usage, clock, warn);
        this.quotas = new Quotas(usage, log, clock);
    }

    /**
     * Opens a store.
     *
     * @param place a file, or a {@code jdbc:} URL
     * @param warn told what people should know
     */
    public static Access open(String place, Prices prices, Clock clock, Consumer<String> warn) {
        return new Access(Database.open(place), prices, clock, warn);
    }

    /** Where the store is if nobody says. */
    public static String usualPlace(Map<String, String> environment) {
        return folder(environment).resolve("jandaia.db").toString();
    }

    /** What servers keep: {@code JANDAIA_DATA}, else {@code XDG_DATA_HOME/jandaia}, else {@code ~/.local/share/jandaia}. */
    public static Path folder(Map<String, String> environment) {
        String own = environment.getOrDefault("JANDAIA_DATA", "");
        if (!own.isBlank()) {
            return Path.of(own);
        }
        String shared = environment.getOrDefault("XDG_DATA_HOME", "");
        return shared.isBlank()
                ? Path.of(System.getProperty("user.home"), ".local", "share", "jandaia")
                : Path.of(shared, "jandaia");
    }

    public IdentityStore identities() {
        return identities;
    }

    public UsageStore usage() {
        return usage;
    }

    public UsageLog log() {
        return log;
    }

    public Quotas quotas() {
        return quotas;
    }

    public Prices prices() {
        return prices;
    }

    /** Whether requests need a key, since there is one. */
    public boolean needed() {
        long now = clock.millis();
        if (now - neededSince > FRESH.toMillis() || neededSince == Long.MIN_VALUE) {
            needed = identities.hasKeys();
            neededSince = now;
        }
        return needed;
    }

    /**
     * The key of a secret, as it was at most a second ago.
     *
     * @throws JandaiaException RESOURCE when the store cannot be asked
     */
    public Optional<IdentityStore.Found> find(String secret) {
        long now = clock.millis();
        String hash = Secret.hash(secret);
        @Nullable Known k = known.get(hash);
        if (k == null || k.until < now) {
            if (known.size() > MOST_REMEMBERED) {
                known.clear();
            }
            k = new Known(identities.find(secret), now + FRESH.toMillis());
            known.put(hash, k);
        }
        return k.found;
    }

    @Override
    public void close() {
        log.close();
        database.close();
    }
}
