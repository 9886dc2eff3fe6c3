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

    @Option(names = "--url", paramLabel = "URL")
    String url = "http://" + ServeOptions.DEFAULT.host() + ":" + ServeOptions.DEFAULT.port();

    /**
     * The answer of a path.
     *
     * @param body what is posted; null to get
     * @throws JandaiaException USAGE when the address is none, RESOURCE when nobody answers or the answer is an error
     */
    JsonNode ask(String path, @Nullable JsonNode body, Texts texts) {
        try (HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(PATIENCE)
                .build()) {
            HttpResponse<String> r = client.send(request(path, body, texts), HttpResponse.BodyHandlers.ofString());
            JsonNode json = JsonMapper.shared().readTree(r.body());
            if (r.statusCode() != 200) {
                JsonNode error = json.path("error");
                throw JandaiaException.resource(texts.get(
                        "server.refused",
                        url,
                        error.isString()
                                ? error.stringValue()
                                : error.path("message").asString("")));
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
            String address = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
            request = HttpRequest.newBuilder(URI.create(address + path)).timeout(PATIENCE);
        } catch (IllegalArgumentException e) {
            throw new JandaiaException(JandaiaException.Kind.USAGE, texts.get("server.url", url), e);
        }
        String key = System.getenv("JANDAIA_API_KEY");
        if (key != null && !key.isBlank()) {
            request.header("Authorization", "Bearer " + key.strip());
        }
        return body == null
                ? request.build()
                : request.POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                        .build();
    }
}
