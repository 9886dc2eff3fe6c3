package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.error.JandaiaException;
import io.jandaia.model.sampling.Setting;
import io.jandaia.model.sampling.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A server on this machine that has a model: asked instead of loading the model again. Where it is says the environment
 * variable {@code JANDAIA_URL} ({@code none} for none), else it is looked for at {@code serve}'s usual address.
 */
final class RunningServer {

    /** What requests can say under the same name. */
    private static final Set<Setting<?>> KNOWN = Set.of(
            Setting.TEMPERATURE,
            Setting.TOP_K,
            Setting.TOP_P,
            Setting.MIN_P,
            Setting.TYPICAL_P,
            Setting.TOP_N_SIGMA,
            Setting.XTC_PROBABILITY,
            Setting.XTC_THRESHOLD,
            Setting.REPEAT_PENALTY,
            Setting.FREQUENCY_PENALTY,
            Setting.PRESENCE_PENALTY,
            Setting.REPEAT_LAST_N,
            Setting.DRY_MULTIPLIER,
            Setting.DRY_BASE,
            Setting.DRY_ALLOWED_LENGTH,
            Setting.MIROSTAT,
            Setting.MIROSTAT_TAU,
            Setting.MIROSTAT_ETA,
            Setting.MIN_TOKENS,
            Setting.MAX_TOKENS,
            Setting.SEED,
            Setting.STOPS,
            Setting.IGNORE_END);

    /** Until somebody accepts a connection. */
    private static final Duration PATIENCE = Duration.ofMillis(500);

    /** Until a server that may have much to do says what it has. */
    private static final Duration BUSY = Duration.ofSeconds(5);

    private static final Duration LONG = Duration.ofDays(1);
    private static final End CANCELLED = new End("cancelled", 0, 0, 0);

    private final String url;
    private final String model;
    private volatile @Nullable HttpClient asking;
    private volatile boolean stopped;

    private RunningServer(String url, String model) {
        this.url = url;
        this.model = model;
    }

    /** Null where no server answers at once that it has the model. */
    static @Nullable RunningServer having(String model) {
        String said = System.getProperty("jandaia.url", System.getenv("JANDAIA_URL"));
        String url = said == null || said.isBlank() ? ServerClient.USUAL : said.strip();
        if (url.equals("none") || !listens(url)) {
            return null;
        }
        RunningServer server = new RunningServer(url, model);
        try (HttpClient client = ServerClient.client(PATIENCE)) {
            HttpResponse<String> r = client.send(
                    ServerClient.to(url, "/v1/models").timeout(BUSY).build(), HttpResponse.BodyHandlers.ofString());
            JsonNode json = JsonMapper.shared().readTree(r.body());
            for (JsonNode entry : json.path("data")) {
                if (entry.path("owned_by").asString("").equals("jandaia")
                        && entry.path("id").asString("").equals(model)) {
                    return server;
                }
            }
            return null;
        } catch (IOException | IllegalArgumentException | JacksonException e) {
            return null; // nobody there, or somebody else
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    /** Whether anybody is there at all, which costs next to nothing; an HTTP client takes a fifth of a second to make. */
    private static boolean listens(String url) {
        try (Socket socket = new Socket()) {
            URI uri = URI.create(url);
            int usual = "https".equals(uri.getScheme()) ? 443 : 80;
            socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort() < 0 ? usual : uri.getPort()), (int)
                    PATIENCE.toMillis());
            return true;
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }

    /** Whether requests can say all of this. */
    static boolean knows(Settings settings) {
        return KNOWN.containsAll(settings.keys());
    }

    /** Puts what {@link #knows} allows into a request. */
    static void add(ObjectNode request, Settings settings) {
        for (Setting<?> setting : settings.keys()) {
            Object value = settings.get(setting);
            request.set(setting.name().replace('-', '_'), JsonMapper.shared().valueToTree(value));
        }
    }

    String url() {
        return url;
    }

    /**
     * How an answer ended.
     *
     * @param reason as APIs write it; {@code cancelled} after {@link #stop}
     * @param prompt tokens, {@code cached} of them known
     */
    record End(String reason, int prompt, int cached, int completion) {}

    /**
     * The answer of a path that does not stream.
     *
     * @throws JandaiaException RESOURCE when the server refuses or is gone
     */
    JsonNode ask(String path, ObjectNode request, Texts texts) {
        request.put("model", model);
        try (HttpClient client = ServerClient.client(PATIENCE)) {
            HttpResponse<String> r = client.send(post(path, request), HttpResponse.BodyHandlers.ofString());
            if (r.statusCode() != 200) {
                throw ServerClient.refused(url, r.body(), texts);
            }
            return JsonMapper.shared().readTree(r.body());
        } catch (IOException | JacksonException e) {
            throw lost(texts, e);
        } catch (InterruptedException e) {
            throw interrupted(texts, e);
        }
    }

    /** Tokens of the model's context; 0 while the server does not know it, since it has not loaded the model. */
    int contextLength() {
        String name = URLEncoder.encode(model, StandardCharsets.UTF_8).replace("+", "%20");
        try (HttpClient client = ServerClient.client(PATIENCE)) {
            HttpResponse<String> r = client.send(
                    ServerClient.to(url, "/v1/models/" + name).timeout(BUSY).build(),
                    HttpResponse.BodyHandlers.ofString());
            return JsonMapper.shared().readTree(r.body()).path("max_model_len").asInt(0);
        } catch (IOException | JacksonException e) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    private HttpRequest post(String path, ObjectNode request) {
        return ServerClient.to(url, path)
                .timeout(LONG)
                .POST(HttpRequest.BodyPublishers.ofString(request.toString()))
                .build();
    }

    /**
     * Streams an answer, as long as it becomes unless the request says how long.
     *
     * @param path of the API, such as {@code /v1/chat/completions}
     * @param onText is given each piece; when it throws, the answer ends
     * @throws JandaiaException RESOURCE when the server refuses or is gone in the middle
     */
    End answer(String path, ObjectNode request, Texts texts, Consumer<String> onText) {
        request.put("model", model).put("stream", true);
        request.putObject("stream_options").put("include_usage", true);
        if (!request.has("max_tokens")) {
            request.put("max_tokens", -1);
        }
        stopped = false;
        try (HttpClient client = ServerClient.client(PATIENCE)) {
            asking = client;
            HttpResponse<Stream<String>> r = client.send(post(path, request), HttpResponse.BodyHandlers.ofLines());
            try (Stream<String> lines = r.body()) {
                if (r.statusCode() != 200) {
                    throw ServerClient.refused(url, String.join("", lines.toList()), texts);
                }
                return read(lines.iterator(), texts, onText);
            } finally {
                client.shutdownNow();
            }
        } catch (IOException | UncheckedIOException | JacksonException e) {
            if (stopped) {
                return CANCELLED;
            }
            throw lost(texts, e);
        } catch (InterruptedException e) {
            throw interrupted(texts, e);
        } finally {
            asking = null;
        }
    }

    /** Ends the answer that is streamed, from any thread. */
    void stop() {
        stopped = true;
        HttpClient client = asking;
        if (client != null) {
            client.shutdownNow();
        }
    }

    private JandaiaException lost(Texts texts, Exception e) {
        return new JandaiaException(JandaiaException.Kind.RESOURCE, texts.get("run.server.lost", url), e);
    }

    private JandaiaException interrupted(Texts texts, InterruptedException e) {
        Thread.currentThread().interrupt();
        return new JandaiaException(JandaiaException.Kind.CANCELLED, texts.get("run.server.lost", url), e);
    }

    private End read(Iterator<String> lines, Texts texts, Consumer<String> onText) {
        boolean reasons = false;
        String reason = "stop";
        JsonNode usage = JsonMapper.shared().createObjectNode();
        while (lines.hasNext()) {
            String line = lines.next();
            if (!line.startsWith("data: ")) {
                continue;
            }
            if (line.equals("data: [DONE]")) {
                return new End(
                        reason,
                        usage.path("prompt_tokens").asInt(0),
                        usage.at("/prompt_tokens_details/cached_tokens").asInt(0),
                        usage.path("completion_tokens").asInt(0));
            }
            JsonNode event = JsonMapper.shared().readTree(line.substring("data: ".length()));
            if (event.has("error")) {
                throw ServerClient.refused(url, event.toString(), texts);
            }
            usage = event.path("usage").isObject() ? event.path("usage") : usage;
            JsonNode choice = event.at("/choices/0");
            reason = choice.path("finish_reason").asString(reason);
            String reasoning = choice.at("/delta/reasoning_content").asString("");
            String text =
                    choice.at("/delta/content").asString(choice.path("text").asString(""));
            if (!reasoning.isEmpty()) {
                onText.accept(reasons ? reasoning : "<think>\n" + reasoning);
                reasons = true;
            }
            if (!text.isEmpty()) {
                onText.accept(reasons ? "</think>\n\n" + text : text);
                reasons = false;
            }
        }
        if (stopped) {
            return CANCELLED;
        }
        throw JandaiaException.resource(texts.get("run.server.lost", url));
    }
}
