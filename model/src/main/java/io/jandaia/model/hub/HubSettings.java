package io.jandaia.model.hub;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the Hub and its cache are, from the variables that the Python client reads.
 *
 * @param endpoint {@code HF_ENDPOINT}, without a slash at its end
 * @param cache {@code HF_HUB_CACHE}, else {@code HF_HOME/hub}, else {@code huggingface/hub} in {@code XDG_CACHE_HOME} or
 *     {@code ~/.cache}
 * @param token {@code HF_TOKEN}, else what is in {@code HF_TOKEN_PATH} or {@code HF_HOME/token}; null without one
 * @param offline {@code HF_HUB_OFFLINE}: nothing is asked of the network
 * @param symlinks whether snapshots are links to blobs; not with {@code HF_HUB_DISABLE_SYMLINKS}
 * @param pace {@code HF_HUB_ETAG_TIMEOUT} and {@code HF_HUB_DOWNLOAD_TIMEOUT} in seconds are in it
 */
public record HubSettings(
        URI endpoint, Path cache, @Nullable String token, boolean offline, boolean symlinks, Pace pace) {

    static final String ENDPOINT = "https://huggingface.co";

    private static final Set<String> YES = Set.of("1", "ON", "YES", "TRUE");
    private static final Pattern VARIABLE = Pattern.compile("\\$(?:(\\w+)|\\{(\\w+)})");
    private static final int MAX_TOKEN = 4096;

    /** Those of this process. */
    public static HubSettings local() {
        return of(System.getenv());
    }

    /**
     * Those of an environment.
     *
     * @throws JandaiaException USAGE when a variable has a value that cannot be meant
     */
    public static HubSettings of(Map<String, String> env) {
        boolean implicit = !isOn(env, "HF_HUB_DISABLE_IMPLICIT_TOKEN");
        return new HubSettings(
                endpoint(value(env, "HF_ENDPOINT")),
                cache(env),
                implicit ? token(env) : null,
                isOn(env, "HF_HUB_OFFLINE") || isOn(env, "TRANSFORMERS_OFFLINE"),
                !isOn(env, "HF_HUB_DISABLE_SYMLINKS"),
                new Pace(
                        Pace.DEFAULT.connections(),
                        Pace.DEFAULT.attempts(),
                        Pace.DEFAULT.pause(),
                        seconds(env, "HF_HUB_ETAG_TIMEOUT", Pace.DEFAULT.answer()),
                        seconds(env, "HF_HUB_DOWNLOAD_TIMEOUT", Pace.DEFAULT.stall())));
    }

    /** The cache folder of an environment. */
    public static Path cache(Map<String, String> env) {
        for (String name : new String[] {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
            String hub = value(env, name);
            if (hub != null) {
                return path(env, name, hub);
            }
        }
        return home(env).resolve("hub");
    }

    public HubSettings pace(Pace other) {
        return new HubSettings(endpoint, cache, token, offline, symlinks, other);
    }

    /** Whether requests and what they return are encrypted. */
    boolean encrypted() {
        return "https".equalsIgnoreCase(endpoint.getScheme());
    }

    /** Whether the endpoint is on this machine. */
    boolean loopback() {
        String host = endpoint.getHost();
        return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
    }

    /** Never the token: settings end up in logs. */
    @Override
    public String toString() {
        return "HubSettings[" + endpoint + ", " + cache + (token == null ? ", no token" : ", a token")
                + (offline ? ", offline]" : "]");
    }

    private static Path home(Map<String, String> env) {
        String home = value(env, "HF_HOME");
        if (home != null) {
            return path(env, "HF_HOME", home);
        }
        String xdg = value(env, "XDG_CACHE_HOME");
        return (xdg != null ? path(env, "XDG_CACHE_HOME", xdg) : path(env, "HOME", "~/.cache")).resolve("huggingface");
    }

    private static URI endpoint(@Nullable String text) {
        String address = (text == null ? ENDPOINT : text).replaceAll("/+$", "");
        try {
            URI uri = new URI(address);
            String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
            boolean web = scheme.equals("https") || scheme.equals("http");
            if (web && uri.getHost() != null && uri.getRawQuery() == null && uri.getRawFragment() == null) {
                if (uri.getRawUserInfo() != null) {
                    throw JandaiaException.usage(
                            "HF_ENDPOINT has a user or a password in it, which would end up in logs; use HF_TOKEN.");
                }
                return uri;
            }
        } catch (URISyntaxException e) {
            // said below
        }
        throw JandaiaException.usage(
                "HF_ENDPOINT is " + Names.quote(address) + "; expected an address like " + ENDPOINT + ".");
    }

    private static @Nullable String token(Map<String, String> env) {
        for (String name : new String[] {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
            String token = value(env, name);
            if (token != null) {
                return checked(token, name);
            }
        }
        String given = value(env, "HF_TOKEN_PATH");
        Path file =
                given != null ? path(env, "HF_TOKEN_PATH", given) : home(env).resolve("token");
        try {
            if (!Files.isRegularFile(file)) {
                return null;
            }
            if (Files.size(file) > MAX_TOKEN) {
                throw JandaiaException.usage("The file " + file + " is too large to hold a token of the Hub.");
            }
            String token = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
            return token.isEmpty() ? null : checked(token, file.toString());
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE,
                    "Cannot read the token of the Hub in " + file + ": " + e.getMessage() + ".",
                    e);
        }
    }

    private static String checked(String token, String from) {
        if (token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            return token;
        }
        throw JandaiaException.usage(
                "The token of the Hub in " + from + " has spaces or characters that no token has; check it.");
    }

    private static Duration seconds(Map<String, String> env, String name, Duration otherwise) {
        String text = value(env, name);
        if (text == null) {
            return otherwise;
        }
        if (text.matches("\\d{1,5}")) {
            int seconds = Integer.parseInt(text);
            return seconds == 0 ? otherwise : Duration.ofSeconds(seconds); // as the Python client has it
        }
        throw JandaiaException.usage(name + " is " + Names.quote(text) + "; expected whole seconds.");
    }

    private static boolean isOn(Map<String, String> env, String name) {
        String value = value(env, name);
        return value != null && YES.contains(value.toUpperCase(Locale.ROOT));
    }

    private static @Nullable String value(Map<String, String> env, String name) {
        String value = env.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }

    /** A folder with {@code ~} and variables in it. */
    private static Path path(Map<String, String> env, String name, String text) {
        String full = VARIABLE.matcher(text).replaceAll(m -> {
            String variable = m.group(1) != null ? m.group(1) : m.group(2);
            return Matcher.quoteReplacement(env.getOrDefault(variable, m.group()));
        });
        if (full.equals("~") || full.startsWith("~/")) {
            full = System.getProperty("user.home", ".") + full.substring(1);
        }
        try {
            return Path.of(full);
        } catch (InvalidPathException e) {
            throw JandaiaException.usage(name + " is " + Names.quote(text) + ", which is no path here.");
        }
    }
}
