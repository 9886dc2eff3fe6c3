package io.jandaia.model.hub;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The proxies that {@code HTTPS_PROXY}, {@code HTTP_PROXY}, {@code ALL_PROXY} and {@code NO_PROXY} name. */
final class EnvironmentProxies extends ProxySelector {

    private final @Nullable Proxy https;
    private final @Nullable Proxy http;
    private final List<String> direct;

    private EnvironmentProxies(@Nullable Proxy https, @Nullable Proxy http, List<String> direct) {
        this.https = https;
        this.http = http;
        this.direct = direct;
    }

    /** Those of an environment; without any, those of the Java machine. */
    static ProxySelector of(Map<String, String> env) {
        Proxy https = proxy(env, "https_proxy", "all_proxy");
        Proxy http = proxy(env, "http_proxy", "all_proxy");
        if (https == null && http == null) {
            return ProxySelector.getDefault();
        }
        String[] direct = value(env, "no_proxy").toLowerCase(Locale.ROOT).split("[\\s,]+");
        return new EnvironmentProxies(https, http, List.of(direct));
    }

    private static @Nullable Proxy proxy(Map<String, String> env, String... names) {
        for (String name : names) {
            String text = value(env, name);
            if (text.isEmpty()) {
                continue;
            }
            try {
                URI uri = new URI(text.contains("://") ? text : "http://" + text);
                if ("http".equalsIgnoreCase(uri.getScheme()) && uri.getHost() != null && uri.getUserInfo() == null) {
                    int port = uri.getPort() < 0 ? 80 : uri.getPort();
                    return new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(uri.getHost(), port));
                }
            } catch (URISyntaxException e) {
                // said below, without what may be a password
            }
            throw JandaiaException.usage("The variable " + name.toUpperCase(Locale.ROOT)
                    + " names a proxy in a form that is not supported; expected http://host:port without a user.");
        }
        return null;
    }

    private static String value(Map<String, String> env, String name) {
        String lower = env.getOrDefault(name, "").strip();
        return lower.isEmpty()
                ? env.getOrDefault(name.toUpperCase(Locale.ROOT), "").strip()
                : lower;
    }

    @Override
    public List<Proxy> select(URI uri) {
        Proxy proxy = "https".equalsIgnoreCase(uri.getScheme()) ? https : http;
        return List.of(proxy == null || isDirect(String.valueOf(uri.getHost())) ? Proxy.NO_PROXY : proxy);
    }

    private boolean isDirect(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        return direct.stream().filter(d -> !d.isEmpty()).anyMatch(d -> {
            String domain = d.startsWith("*.") ? d.substring(2) : d.startsWith(".") ? d.substring(1) : d;
            return d.equals("*") || name.equals(domain) || name.endsWith("." + domain);
        });
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException e) {
        // the request fails and says so
    }
}
