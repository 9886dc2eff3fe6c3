package io.jandaia.server.ollama;

import io.jandaia.server.ApiException;
import io.jandaia.server.Exchange;
import io.jandaia.server.Fields;
import io.jandaia.server.ModelLimits;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Ollama's field of how long a model stays: seconds, or texts such as {@code 10m} and {@code 1h30m}; negative = for ever. */
final class KeepAlive {

    private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|µs|ms|s|m|h)");
    private static final double MOST_SECONDS = 1e9;

    private KeepAlive() {}

    /** The field; empty if absent, or the caller may not manage models: then it has no effect, which the answer says. */
    static Optional<Duration> read(Exchange x, Fields f) {
        return x.caller().admin() ? read(f) : Optional.empty();
    }

    static Optional<Duration> read(Fields f) {
        JsonNode value = f.get("keep_alive");
        if (value == null) {
            return Optional.empty();
        }
        if (value.isNumber()) {
            return Optional.of(seconds(value.doubleValue()));
        }
        Optional<Duration> text = value.isString() ? parse(value.stringValue()) : Optional.empty();
        if (text.isEmpty()) {
            throw wrong(f, value);
        }
        return text;
    }

    private static ApiException wrong(Fields f, JsonNode value) {
        return f.wrong("keep_alive", value, "seconds, or a duration such as 10m; negative for ever");
    }

    private static Optional<Duration> parse(String text) {
        boolean negative = text.startsWith("-");
        String rest = negative ? text.substring(1) : text;
        if (rest.matches("\\d+")) {
            return Optional.of(seconds(Double.parseDouble(text)));
        }
        Matcher part = PART.matcher(rest);
        double sum = 0;
        int at = 0;
        while (part.find() && part.start() == at) {
            sum += Double.parseDouble(part.group(1)) * unit(part.group(2));
            at = part.end();
        }
        return rest.isEmpty() || at < rest.length() ? Optional.empty() : Optional.of(seconds(negative ? -1 : sum));
    }

    private static double unit(String name) {
        return switch (name) {
            case "h" -> 3600;
            case "m" -> 60;
            case "s" -> 1;
            case "ms" -> 1e-3;
            case "ns" -> 1e-9;
            default -> 1e-6;
        };
    }

    private static Duration seconds(double value) {
        return value < 0 ? ModelLimits.FOREVER : Duration.ofNanos((long) (Math.min(value, MOST_SECONDS) * 1e9));
    }
}
