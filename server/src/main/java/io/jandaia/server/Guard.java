package io.jandaia.server;

import io.jandaia.error.JandaiaException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
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

    /** @throws JandaiaException USAGE when others would reach the server without a key */
    Guard(ServeOptions options) {
        this.options = options;
        this.loopback = isLoopback(options.host());
        this.key = options.apiKey() == null ? null : digest(options.apiKey());
        if (!loopback && key == null && !options.insecure()) {
            throw JandaiaException.usage("Serving on " + options.host()
                    + " lets others reach the models, and no key protects them. Set JANDAIA_API_KEY to what requests must"
                    + " show, or say --insecure.");
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw JandaiaException.usage("There is no address '" + host + "' to serve on: " + e.getMessage() + ".");
        }
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
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

    /** @throws ApiException 401 */
    void checkKey(Request request) {
        if (key == null) {
            return;
        }
        String shown = shown(request);
        if (shown == null) {
            throw ApiException.of(
                    401,
                    "missing_api_key",
                    "The request shows no key; expected 'Authorization: Bearer KEY' or 'x-api-key: KEY'.");
        }
        if (!MessageDigest.isEqual(key, digest(shown))) {
            throw ApiException.of(401, "invalid_api_key", "The request's key is not one of this server's.");
        }
    }

    /**
     * Who may use the server may manage it, but not where it is open to everybody.
     *
     * @throws ApiException 403
     */
    void checkManages() {
        if (key == null && !loopback) {
            throw ApiException.of(
                    403,
                    "management_not_allowed",
                    "Anybody can reach this server without a key, so nobody may manage it. Start it with a key in"
                            + " JANDAIA_API_KEY.");
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
