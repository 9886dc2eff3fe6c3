package io.jandaia.server.identity;

import io.jandaia.error.JandaiaException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Users and keys, and who changed them. */
public final class IdentityStore {

    private static final String KEYS =
            "SELECT k.*, u.disabled AS owner_disabled FROM api_keys k" + " LEFT JOIN users u ON u.name = k.owner";

    private final Database database;
    private final Clock clock;

    public IdentityStore(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /** Adds a user; USAGE when there is one of that name. */
    public User addUser(String name, Role role, String actor) {
        String wanted = checked(name, "user");
        if (findUser(wanted).isPresent()) {
            throw JandaiaException.usage("There is a user '" + wanted + "' already.");
        }
        Instant now = clock.instant();
        database.update("INSERT INTO users VALUES (?, ?, ?, NULL)", wanted, role.text(), now.toEpochMilli());
        audit(actor, "user add", wanted);
        return new User(wanted, role, now, null);
    }

    public List<User> users() {
        return database.query("SELECT * FROM users ORDER BY name", IdentityStore::user);
    }

    public Optional<User> findUser(String name) {
        return database.query("SELECT * FROM users WHERE name = ?", IdentityStore::user, name).stream()
                .findFirst();
    }

    /** From now on the user's keys are not valid, or are again. */
    public void disableUser(String name, boolean disabled, String actor) {
        Long since = disabled ? clock.instant().toEpochMilli() : null;
        if (database.update("UPDATE users SET disabled = ? WHERE name = ?", since, name) == 0) {
            throw noUser(name);
        }
        audit(actor, disabled ? "user disable" : "user enable", name);
    }

    private static JandaiaException noUser(String name) {
        return JandaiaException.notFound("There is no user '" + name + "'; 'jandaia user list' names those there are.");
    }

    /**
     * Makes a key.
     *
     * @param owner a user; null = nobody
     * @throws JandaiaException USAGE for names and limits that cannot be, NOT_FOUND when there is no such user
     */
    public ApiKey.Created createKey(
            String name,
            @Nullable String owner,
            Role role,
            Set<String> models,
            Limits limits,
            int priority,
            @Nullable Instant expires,
            String actor) {
        String called = checked(name, "key");
        if (owner != null && findUser(owner).isEmpty()) {
            throw noUser(owner);
        }
        if (models.stream().anyMatch(m -> m.isBlank() || m.indexOf('\n') >= 0)) {
            throw JandaiaException.usage("The name of a model that a key may use is empty.");
        }
        long least = Math.min(
                Math.min(limits.requestsPerMinute(), limits.tokensPerMinute()),
                Math.min(limits.requestsPerMonth(), limits.tokensPerMonth()));
        if (least < 0) {
            throw JandaiaException.usage("A limit of a key is " + least + "; expected 0 (none) or more.");
        }
        Instant now = clock.instant();
        if (expires != null && !expires.isAfter(now)) {
            throw JandaiaException.usage("The key would expire at " + expires + ", which is past.");
        }
        String secret = Secret.create();
        String id = "key_" + Secret.hash(secret).substring(0, 12);
        database.update(
                "INSERT INTO api_keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
                id,
                Secret.hash(secret),
                Secret.hint(secret),
                called,
                owner,
                role.text(),
                String.join("\n", models),
                limits.requestsPerMinute(),
                limits.tokensPerMinute(),
                limits.requestsPerMonth(),
                limits.tokensPerMonth(),
                priority,
                now.toEpochMilli(),
                expires == null ? null : expires.toEpochMilli());
        audit(actor, "key create", id + " " + called);
        ApiKey key = new ApiKey(
                id, Secret.hint(secret), called, owner, role, models, limits, priority, now, expires, null, null);
        return new ApiKey.Created(key, secret);
    }

    public List<ApiKey> keys() {
        return database.query(KEYS + " ORDER BY k.created, k.id", r -> key(r));
    }

    /** Whether there ever was a key: who revokes the last does not want everybody in. */
    public boolean hasKeys() {
        return database.query("SELECT COUNT(*) FROM api_keys", r -> r.getLong(1))
                        .getFirst()
                > 0;
    }

    /**
     * Ends a key.
     *
     * @param id its id, or its name where only one has it
     */
    public ApiKey revoke(String id, String actor) {
        List<ApiKey> found = keys().stream()
                .filter(k ->
                        k.revoked() == null && (k.id().equals(id) || k.name().equals(id)))
                .toList();
        if (found.size() != 1) {
            throw JandaiaException.notFound(
                    found.isEmpty()
                            ? "There is no key '" + id + "' that is valid; 'jandaia key list' shows those there are."
                            : "Several keys are called '" + id + "': "
                                    + found.stream().map(ApiKey::id).collect(Collectors.joining(", "))
                                    + ". Name one by its id.");
        }
        ApiKey key = found.getFirst();
        database.update(
                "UPDATE api_keys SET revoked = ? WHERE id = ?", clock.instant().toEpochMilli(), key.id());
        audit(actor, "key revoke", key.id() + " " + key.name());
        return key;
    }

    /**
     * A key by what a caller shows.
     *
     * @param invalid why it is not valid; null if it is
     */
    public record Found(ApiKey key, @Nullable String invalid) {}

    /** The key of a secret; empty if there is none. */
    public Optional<Found> find(String secret) {
        return database
                .query(
                        KEYS + " WHERE k.hash = ?",
                        r -> {
                            ApiKey key = key(r);
                            r.getLong("owner_disabled");
                            boolean disabled = !r.wasNull();
                            return new Found(key, invalid(key, disabled));
                        },
                        Secret.hash(secret))
                .stream()
                .findFirst();
    }

    private @Nullable String invalid(ApiKey key, boolean ownerDisabled) {
        if (key.revoked() != null) {
            return "was revoked";
        }
        if (key.expires() != null && !clock.instant().isBefore(key.expires())) {
            return "has expired";
        }
        return ownerDisabled ? "belongs to a user who is disabled" : null;
    }

    private void audit(String actor, String action, String subject) {
        database.update(
                "INSERT INTO audit VALUES (?, ?, ?, ?)", clock.instant().toEpochMilli(), actor, action, subject);
    }

    /** What was changed, by whom and when, the latest first, a line each. */
    public List<String> audit(int most) {
        return database.query(
                "SELECT * FROM audit ORDER BY at DESC LIMIT " + most,
                r -> Instant.ofEpochMilli(r.getLong("at")) + "  " + r.getString("actor") + "  " + r.getString("action")
                        + "  " + r.getString("subject"));
    }

    private static String checked(String name, String what) {
        String stripped = name.strip();
        if (stripped.isEmpty() || stripped.length() > 100 || stripped.chars().anyMatch(Character::isISOControl)) {
            throw JandaiaException.usage(
                    "The name of a " + what + " is '" + name + "'; expected 1 to 100 characters on one line.");
        }
        return stripped;
    }

    private static User user(ResultSet r) throws SQLException {
        return new User(
                r.getString("name"),
                role(r.getString("role")),
                Instant.ofEpochMilli(r.getLong("created")),
                time(r, "disabled"));
    }

    private static Role role(String text) {
        return text.equals("admin") ? Role.ADMIN : Role.USER;
    }

    private static ApiKey key(ResultSet r) throws SQLException {
        String models = r.getString("models");
        return new ApiKey(
                r.getString("id"),
                r.getString("hint"),
                r.getString("name"),
                r.getString("owner"),
                role(r.getString("role")),
                models.isEmpty() ? Set.of() : new LinkedHashSet<>(Arrays.asList(models.split("\n", -1))),
                new Limits(
                        r.getLong("requests_minute"),
                        r.getLong("tokens_minute"),
                        r.getLong("requests_month"),
                        r.getLong("tokens_month")),
                r.getInt("priority"),
                Instant.ofEpochMilli(r.getLong("created")),
                time(r, "expires"),
                time(r, "revoked"),
                time(r, "last_used"));
    }

    private static @Nullable Instant time(ResultSet r, String column) throws SQLException {
        long millis = r.getLong(column);
        return r.wasNull() ? null : Instant.ofEpochMilli(millis);
    }
}
