package io.jandaia.model.hub;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Asks the Hub. Redirections are followed here, because the token belongs to the endpoint alone: it is not sent to another
 * host, port or scheme. What a status means is said in the Hub's terms.
 */
final class HubHttp implements AutoCloseable {

    private static final int MAX_REDIRECTS = 8;
    private static final int MAX_JSON = 16 << 20;
    private static final Pattern NEXT = Pattern.compile("<([^>]+)>\\s*;[^,]*rel=\"?next\"?");
    private static final Pattern RESET = Pattern.compile(";\\s*r\\s*=\\s*0\\s*;\\s*t\\s*=\\s*(\\d{1,6})");

    private final HubSettings settings;
    private final Consumer<String> notices;
    private final HttpClient client;
    private final Watchdog watchdog;

    /** @param notices hears of pauses, on any thread */
    HubHttp(HubSettings settings, Consumer<String> notices) {
        this.settings = settings;
        this.notices = notices;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1) // the streams of HTTP/2 would share one connection's speed
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .connectTimeout(settings.pace().answer())
                .proxy(EnvironmentProxies.of(System.getenv()))
                .build();
        this.watchdog = new Watchdog(settings.pace().stall());
    }

    /** For doing {@code what}. */
    Patience patience(String what) {
        return new Patience(settings.pace(), what, notices);
    }

    /** One page of JSON and the address of the next page, if there is one. */
    record Page(byte[] json, @Nullable URI next) {}

    /** Fetches JSON, again and again if need be. */
    Page json(ModelName model, URI uri) throws InterruptedException {
        Patience patience = patience("ask " + place() + " for " + model.id());
        while (true) {
            try (Body body = open(model, "", uri, null)) {
                byte[] json = body.readUpTo(MAX_JSON);
                if (json.length > MAX_JSON) {
                    throw JandaiaException.format("The answer of " + place() + " for " + model.id() + " has more than "
                            + MAX_JSON + " bytes, which no list of a model's files needs.");
                }
                String type = body.header("Content-Type").toLowerCase(Locale.ROOT);
                if (type.startsWith("text/html") || (json.length > 0 && json[0] == '<')) {
                    throw JandaiaException.format(
                            "The answer of " + place() + " for " + model.id()
                                    + " is a web page where JSON was expected. Is HF_ENDPOINT right, or does a network want a login?");
                }
                return new Page(json, next(uri, body.header("Link")));
            } catch (IOException e) {
                patience.afterFailure(e);
            }
        }
    }

    /**
     * Asks for {@code uri}, following redirections.
     *
     * @param file that is asked for, for messages; empty when it is the model itself
     * @param ask for the bytes of which file; null when it is none
     * @throws Transient when it may work later
     * @throws JandaiaException when it will not
     */
    Body open(ModelName model, String file, URI uri, @Nullable Ask ask) throws IOException, InterruptedException {
        URI at = uri;
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            HttpResponse<InputStream> response = send(request(at, ask));
            int status = response.statusCode();
            boolean redirect = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
            if (ask != null && (redirect || status == 200 || status == 206)) {
                try {
                    checkLinked(model, ask.file(), response.headers(), at.equals(uri) && !redirect);
                } catch (JandaiaException e) {
                    response.body().close();
                    throw e;
                }
            }
            if (!redirect) {
                Body body = new Body(response, watchdog, !sameOrigin(at, uri));
                if (status == 200 || status == 206) {
                    return body;
                }
                try (body) {
                    throw refusal(model, file, body);
                }
            }
            String location = response.headers().firstValue("Location").orElse("");
            response.body().close();
            at = follow(at, location);
        }
        throw JandaiaException.format("The address of " + model.id() + " at " + place() + " redirects more than "
                + MAX_REDIRECTS + " times.");
    }

    /**
     * A question for the bytes of a file.
     *
     * @param from first byte
     * @param to after the last byte
     */
    record Ask(RepoFile file, long from, long to) {
        boolean whole() {
            return from == 0 && to == file.size();
        }
    }

    /** Waits for the beginning of an answer, but not too long; the client's own limit would count the body in too, in time. */
    private HttpResponse<InputStream> send(HttpRequest request) throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<InputStream>> answer =
                client.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream());
        try {
            return answer.get(settings.pace().answer().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new HttpTimeoutException("there was no answer in time");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException(String.valueOf(e.getCause()), e);
        } finally {
            answer.cancel(true); // changes nothing when it came
        }
    }

    private HttpRequest request(URI uri, @Nullable Ask ask) {
        HttpRequest.Builder b = HttpRequest.newBuilder(uri)
                .header(
                        "User-Agent",
                        "jandaia/" + version() + " (Java " + Runtime.version().feature() + ")")
                .header("Accept-Encoding", "identity");
        if (settings.token() != null && sameOrigin(uri, settings.endpoint())) {
            b.header("Authorization", "Bearer " + settings.token());
        }
        if (ask != null && !ask.whole()) {
            b.header("Range", "bytes=" + ask.from() + "-" + (ask.to() - 1));
        }
        return b.build();
    }

    private static String version() {
        return Objects.requireNonNullElse(HubHttp.class.getPackage().getImplementationVersion(), "dev");
    }

    private URI follow(URI from, String location) {
        URI to;
        try {
            to = from.resolve(new URI(location));
        } catch (URISyntaxException e) {
            throw JandaiaException.format(
                    place() + " redirects to " + Names.quote(location) + ", which is no address.");
        }
        boolean web = "https".equalsIgnoreCase(to.getScheme())
                || ("http".equalsIgnoreCase(to.getScheme()) && !settings.encrypted());
        if (location.isEmpty() || !web || to.getHost() == null) {
            throw JandaiaException.format(place() + " redirects to " + Names.quote(location)
                    + ", which is not an https address; nothing is fetched from there.");
        }
        return to;
    }

    /** Whether the answer is of the file that the list of files promised. */
    private void checkLinked(ModelName model, RepoFile file, HttpHeaders headers, boolean direct) {
        String etag = headers.firstValue("X-Linked-Etag").orElse("");
        if (etag.isEmpty() && direct) {
            etag = headers.firstValue("ETag").orElse("");
        }
        etag = etag.replaceFirst("^W/", "").replace("\"", "");
        boolean hash = Names.SHA256.matcher(etag).matches()
                || Names.COMMIT.matcher(etag).matches();
        if (hash && !etag.equals(file.blob())) {
            throw JandaiaException.format("The file " + file.path() + " of " + model.id() + " is not the one that "
                    + place() + " listed: expected the hash " + file.blob() + ", found " + etag + "; try again.");
        }
        String size = headers.firstValue("X-Linked-Size").orElse("");
        if (size.matches("\\d{1,18}") && Long.parseLong(size) != file.size()) {
            throw JandaiaException.format("The file " + file.path() + " of " + model.id() + " has " + size
                    + " bytes, but " + place() + " listed it with " + file.size() + "; try again.");
        }
    }

    private IOException refusal(ModelName model, String file, Body body) {
        int status = body.status();
        String code = body.header("X-Error-Code");
        String what = file.isEmpty() ? model.id() : "the file " + file + " of " + model.id();
        String page = settings.endpoint() + "/" + model.id();
        if (code.equals("GatedRepo") || (status == 403 && code.isEmpty() && !body.redirected())) {
            String token = settings.token() == null
                    ? " and give a token of that account in HF_TOKEN"
                    : " with the account that the token in use belongs to";
            throw JandaiaException.notFound("The owner of " + model.id()
                    + " asks for its licence to be accepted first: do so at " + page + token + ".");
        }
        if (code.equals("RevisionNotFound")) {
            throw JandaiaException.notFound(
                    model.id() + " has no revision " + Names.quote(model.revisionOrMain()) + "; see " + page + ".");
        }
        if (code.equals("EntryNotFound")) {
            throw JandaiaException.notFound("There is no " + what + " any more; see " + page + ".");
        }
        if (status == 429 || status >= 500 || status == 408) {
            Duration pause = pause(body);
            return new Transient(
                    status == 429
                            ? place() + " asks for fewer requests"
                                    + (settings.token() == null ? " (with a token in HF_TOKEN it allows more)" : "")
                            : place() + " answers with status " + status,
                    pause);
        }
        if (body.redirected()) {
            // An address that is valid for a while only; asking the Hub again gives a new one.
            return new Transient("the host of the files answers with status " + status, null);
        }
        if (status == 401) {
            throw JandaiaException.notFound(
                    settings.token() == null
                            ? place() + " shows " + what
                                    + " to nobody without a token: either the name is wrong, or it is"
                                    + " private; then give a token in HF_TOKEN."
                            : place() + " does not show " + what
                                    + " to the owner of the token in use: either the name is"
                                    + " wrong, or the token is, or it lacks permission.");
        }
        if (status == 403) {
            throw JandaiaException.notFound(place() + " denies access to " + what
                    + "; the token in use lacks permission, or see " + page + ".");
        }
        if (status == 404) {
            throw JandaiaException.notFound("There is no " + what + " at " + place() + "; check the name.");
        }
        if (status == 416) {
            throw JandaiaException.format(
                    place() + " has fewer bytes of " + what + " than it listed; pull again to see what changed.");
        }
        throw JandaiaException.format(
                place() + " answers for " + what + " with status " + status + ", which is not expected.");
    }

    private static @Nullable Duration pause(Body body) {
        String after = body.header("Retry-After").strip();
        if (after.matches("\\d{1,7}")) {
            return Duration.ofSeconds(Long.parseLong(after));
        }
        if (!after.isEmpty()) {
            try {
                Instant until = ZonedDateTime.parse(after, DateTimeFormatter.RFC_1123_DATE_TIME)
                        .toInstant();
                Duration pause = Duration.between(Instant.now(), until);
                return pause.isNegative() ? Duration.ZERO : pause;
            } catch (DateTimeException e) {
                // then it says nothing
            }
        }
        Matcher reset = RESET.matcher(body.header("RateLimit"));
        return body.status() == 429 && reset.find() ? Duration.ofSeconds(Long.parseLong(reset.group(1))) : null;
    }

    /** The next page, which must be at the same place. */
    private @Nullable URI next(URI from, String link) {
        Matcher m = NEXT.matcher(link);
        if (!m.find()) {
            return null;
        }
        URI next = follow(from, m.group(1));
        if (!sameOrigin(next, from)) {
            throw JandaiaException.format(
                    place() + " continues its list of files at another host, " + Names.quote(next.toString()) + ".");
        }
        return next;
    }

    /** The endpoint in messages. */
    String place() {
        return settings.endpoint().toString();
    }

    static boolean sameOrigin(URI a, URI b) {
        return String.valueOf(a.getScheme()).equalsIgnoreCase(b.getScheme())
                && String.valueOf(a.getHost()).equalsIgnoreCase(b.getHost())
                && port(a) == port(b);
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
    }

    /** Ends what is under way. */
    @Override
    public void close() {
        watchdog.close();
        client.shutdownNow();
    }
}
