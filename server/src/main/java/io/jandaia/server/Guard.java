package io.jandaia.server;

import io.jandaia.error.JandaiaException;
import io.jandaia.server.identity.Access;
import io.jandaia.server.identity.Caller;
import io.jandaia.server.identity.IdentityStore;
import io.jandaia.server.identity.Secret;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.MessageDigest;
import java.util.Locale;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Who may call. A page in somebody's browser must not reach a server on the same machine: not by a name that it has pointed
 * at loopback (the Host header is checked), and not from another origin. Beyond loopback a key is needed.
 */
final class Guard {

    private final ServeOptions options;
    private final boolean loopback;
    private final byte @Nullable [] key;
    private final @Nullable Access access;

    /**
     * Looks whether the address may be served.
     *
     * @param access the keys that are stored; null = none
     * @throws JandaiaException USAGE when others would reach the server without a key
     */
    Guard(ServeOptions options, @Nullable Access access) {
        this.options = options;
        this.access = access;
        this.loopback = isLoopback(options.host());
        this.key = options.apiKey() == null ? null : Secret.digest(options.apiKey());
        if (!loopback && key == null && !stored() && !options.insecure()) {
            throw JandaiaException.usage("Serving on " + options.host()
                    + " lets others reach the models, and no key protects them. Make one with 'jandaia key create', set"
                    + " JANDAIA_API_KEY to what requests must show, or say --insecure.");
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw JandaiaException.usage("There is no address '" + host + "' to serve on: " + e.getMessage() + ".");
        }
    }

    /** @throws ApiException 403 */
    void checkCaller(Request request) {
        String host = Request.getServerName(request);
        if (loopback && !isOurs(host)) {
            throw ApiException.of(
                    403,
                    "host_not_allowed",
                    "The request is for the host '" + host
                            + "', which is not this server's. If it should be, start with" + " --allow-host " + host
                            + ".");
        }
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        if (origin != null && !allows(origin) && !isSame(origin, request)) {
            throw ApiException.of(
                    403,
                    "origin_not_allowed",
                    "The web page of '" + origin
                            + "' may not call this server. If it should, start with --allow-origin " + origin + ".");
        }
    }

    private boolean isOurs(@Nullable String host) {
        if (host == null || host.isEmpty()) {
            return true; // HTTP/1.0
        }
        String name = host.toLowerCase(Locale.ROOT);
        return name.equals("localhost")
                || name.endsWith(".localhost")
                || name.equals(options.host())
                || options.hosts().contains(name)
                || name.matches("127(\\.[0-9]{1,3}){3}")
                || name.equals("[::1]")
                || name.equals("::1");
    }

    boolean allows(String origin) {
        return options.origins().contains(origin);
    }

    private static boolean isSame(String origin, Request request) {
        String host = request.getHeaders().get(HttpHeader.HOST);
        return origin.equals(request.getHttpURI().getScheme() + "://" + host);
    }

    private boolean stored() {
        return access != null && access.needed();
    }

    /**
     * Who calls, by the key that the request shows.
     *
     * @throws ApiException 401
     */
    Caller identify(Request request) {
        String shown = shown(request);
        if (shown != null && key != null && MessageDigest.isEqual(key, Secret.digest(shown))) {
            return Caller.OPERATOR;
        }
        boolean needed = key != null || stored() || !(loopback || options.insecure());
        IdentityStore.Found found = shown == null || access == null || !stored()
                ? null
                : access.find(shown).orElse(null);
        if (found != null && found.invalid() == null) {
            return Caller.of(found.key());
        }
        if (!needed || options.insecure()) {
            return loopback && !needed ? Caller.ANYBODY : Caller.GUEST;
        }
        if (shown == null) {
            throw ApiException.of(
                    401,
                    "missing_api_key",
                    "The request shows no key; expected 'Authorization: Bearer KEY' or 'x-api-key: KEY'.");
        }
        throw ApiException.of(
                401,
                "invalid_api_key",
                found == null
                        ? "The request's key is not one of this server's."
                        : "The request's key '" + found.key().name() + "' " + found.invalid() + ".");
    }

    /**
     * Who may use the server may manage it, but not where it is open to everybody.
     *
     * @throws ApiException 403
     */
    void checkManages(Caller caller) {
        if (!caller.admin()) {
            throw ApiException.of(
                    403,
                    "management_not_allowed",
                    caller.id().isEmpty()
                            ? "Anybody can reach this server without a key, so nobody may manage it without one. Make one with"
                                    + " 'jandaia key create NAME --admin'."
                            : "The key '" + caller.name()
                                    + "' may use models, but not manage them; that takes an admin's key.");
        }
    }

    private static @Nullable String shown(Request request) {
        String authorization = request.getHeaders().get(HttpHeader.AUTHORIZATION);
        if (authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
            return authorization.substring(7).strip();
        }
        return request.getHeaders().get("x-api-key");
    }
}
