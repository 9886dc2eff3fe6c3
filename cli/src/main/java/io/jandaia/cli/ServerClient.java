package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.error.JandaiaException;
import io.jandaia.server.ServeOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks a server that runs; a mixin of the commands that do. */
final class ServerClient {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Where {@code serve} listens unless it is told otherwise. */
    static final String USUAL = "http://" + ServeOptions.DEFAULT.host() + ":" + ServeOptions.DEFAULT.port();

    @Option(names = "--url", paramLabel = "URL")
    String url = USUAL;

    /**
     * The answer of a path.
     *
     * @param body what is posted; null to get
     * @throws JandaiaException USAGE when the address is none, RESOURCE when nobody answers or the answer is an error
     */
    JsonNode ask(String path, @Nullable JsonNode body, Texts texts) {
        try (HttpClient client = client(PATIENCE)) {
            HttpResponse<String> r = client.send(request(path, body, texts), HttpResponse.BodyHandlers.ofString());
            JsonNode json = JsonMapper.shared().readTree(r.body());
            if (r.statusCode() != 200) {
                throw refused(url, r.body(), texts);
            }
            return json;
        } catch (IOException | JacksonException e) {
            throw new JandaiaException(JandaiaException.Kind.RESOURCE, texts.get("server.none", url), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JandaiaException(JandaiaException.Kind.CANCELLED, texts.get("server.none", url), e);
        }
    }

    private HttpRequest request(String path, @Nullable JsonNode body, Texts texts) {
        HttpRequest.Builder request;
        try {
            request = to(url, path).timeout(PATIENCE);
        } catch (IllegalArgumentException e) {
            throw new JandaiaException(JandaiaException.Kind.USAGE, texts.get("server.url", url), e);
        }
        return body == null
                ? request.build()
                : request.POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                        .build();
    }

    static HttpClient client(Duration toConnect) {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(toConnect)
                .build();
    }

    /**
     * A request with the key of this user, if there is one.
     *
     * @throws IllegalArgumentException when the address is none
     */
    static HttpRequest.Builder to(String url, String path) {
        String address = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + path));
        String key = System.getenv("JANDAIA_API_KEY");
        return key == null || key.isBlank() ? request : request.header("Authorization", "Bearer " + key.strip());
    }

    /** What a server says in place of an answer: in any API's shape its message, else all of it. */
    static JandaiaException refused(String url, String body, Texts texts) {
        String why = body;
        try {
            JsonNode error = JsonMapper.shared().readTree(body).path("error");
            why = error.isString() ? error.stringValue() : error.path("message").asString("");
        } catch (JacksonException e) {
            // what it said is all there is
        }
        return JandaiaException.resource(texts.get("server.refused", url, why));
    }
}
