package io.jandaia.server;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Which endpoint answers which method and path. A path that ends with {@code /*} has the others below it. */
public final class Routes {

    /**
     * @param computes whether its requests count as work: bounded, cancelled with their client
     * @param manages whether it changes the server or what is stored, so that not everybody who may compute may use it
     */
    record Route(String path, Endpoint endpoint, boolean computes, boolean manages) {}

    record Found(Route route, String rest) {}

    private final Map<String, Function<ApiException, ObjectNode>> errors = new LinkedHashMap<>();
    private final Map<String, Map<String, Route>> byPath = new LinkedHashMap<>();

    /** Something quick. */
    public Routes get(String path, Endpoint endpoint) {
        return add("GET", path, endpoint, false, false);
    }

    /** Something that computes. */
    public Routes work(String path, Endpoint endpoint) {
        return add("POST", path, endpoint, true, false);
    }

    public Routes post(String path, Endpoint endpoint) {
        return add("POST", path, endpoint, false, false);
    }

    /** Something for those who manage the server. */
    public Routes manage(String method, String path, Endpoint endpoint) {
        return add(method, path, endpoint, false, true);
    }

    /** The same, where it takes long and ends with its client. */
    public Routes manageAtLength(String path, Endpoint endpoint) {
        return add("POST", path, endpoint, true, true);
    }

    /** Errors of the paths that begin like this are written so. */
    public Routes errors(String prefix, Function<ApiException, ObjectNode> shape) {
        errors.put(prefix, shape);
        return this;
    }

    /** An error as the API of a path writes it. */
    ObjectNode error(String path, ApiException e) {
        String prefix = errors.keySet().stream()
                .filter(path::startsWith)
                .max(Comparator.comparingInt(String::length))
                .orElseThrow();
        return Objects.requireNonNull(errors.get(prefix)).apply(e);
    }

    private Routes add(String method, String path, Endpoint endpoint, boolean computes, boolean manages) {
        byPath.computeIfAbsent(path, p -> new LinkedHashMap<>())
                .put(method, new Route(path, endpoint, computes, manages));
        return this;
    }

    /** @throws ApiException 404 or 405 */
    Found find(String method, String path) {
        Map<String, Route> methods = byPath.get(path);
        String rest = "";
        for (int slash = path.lastIndexOf('/');
                methods == null && slash > 0;
                slash = path.lastIndexOf('/', slash - 1)) {
            methods = byPath.get(path.substring(0, slash + 1) + "*");
            rest = path.substring(slash + 1);
        }
        if (methods == null) {
            throw ApiException.of(404, "unknown_url", "There is nothing at " + shortened(path) + ".");
        }
        @Nullable Route route = methods.get(method.equals("HEAD") ? "GET" : method);
        if (route == null) {
            throw ApiException.of(
                    405,
                    "method_not_allowed",
                    "The method " + shortened(method) + " is not one of " + path + "; expected "
                            + String.join(" or ", new TreeSet<>(methods.keySet())) + ".");
        }
        return new Found(route, rest);
    }

    private static String shortened(String text) {
        return text.length() > 100 ? text.substring(0, 100) + "..." : text;
    }
}
