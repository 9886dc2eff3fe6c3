package io.jandaia.server.identity;

import java.util.Set;

/**
 * Who makes a request.
 *
 * @param id of the key; empty where none is needed
 * @param name of the key
 * @param owner the user it belongs to; empty for nobody
 * @param models that it may use; empty = all
 */
public record Caller(String id, String name, String owner, Role role, Set<String> models, Limits limits, int priority) {

    /** Where no key is needed. */
    public static final Caller ANYBODY = new Caller("", "", "", Role.ADMIN, Set.of(), Limits.NONE, 0);

    /** Anybody at all, where a server says that it is insecure. */
    public static final Caller GUEST = new Caller("", "", "", Role.USER, Set.of(), Limits.NONE, 0);

    /** Who shows the one key of the environment. */
    public static final Caller OPERATOR = new Caller("", "environment", "", Role.ADMIN, Set.of(), Limits.NONE, 0);

    /** Who shows a key that is stored. */
    public static Caller of(ApiKey key) {
        String owner = key.owner();
        return new Caller(
                key.id(),
                key.name(),
                owner == null ? "" : owner,
                key.role(),
                key.models(),
                key.limits(),
                key.priority());
    }

    public boolean admin() {
        return role == Role.ADMIN;
    }

    /** Whether it may use the model of this name. */
    public boolean mayUse(String model) {
        return models.isEmpty() || models.contains(model);
    }
}
