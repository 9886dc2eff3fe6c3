package io.jandaia.server.identity;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What models cost on one's own hardware.
 *
 * @param currency as it is written behind amounts
 * @param models by name; {@code *} for all others
 */
public record Prices(String currency, Map<String, Price> models) {

    /**
     * The price of a model.
     *
     * @param input of a million tokens of prompts
     * @param cached of a million of those that were not computed, since an earlier request began alike
     * @param output of a million tokens of answers
     * @param hour of an hour in which answers were under way
     */
    public record Price(double input, double cached, double output, double hour) {}

    public static final Prices NONE = new Prices("", Map.of());

    private static final long MOST_BYTES = 1 << 20;

    /**
     * Reads {@code {"currency": "BRL", "models": {"NAME": {"input", "cached", "output", "hour"}}}}; what a model leaves out costs
     * nothing.
     *
     * @throws JandaiaException USAGE naming what is wrong
     */
    public static Prices read(Path file) {
        JsonNode root;
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw JandaiaException.usage("The table of prices " + file + " has more than 1 MiB.");
            }
            root = JsonMapper.shared().readTree(Files.readString(file));
        } catch (IOException | JacksonException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.USAGE,
                    "The table of prices " + file + " cannot be read: " + e.getMessage() + ".",
                    e);
        }
        if (!root.path("currency").isString() || !root.path("models").isObject()) {
            throw wrong(file, "expected {\"currency\": \"...\", \"models\": {...}}");
        }
        Map<String, Price> models = new HashMap<>();
        root.path("models").properties().forEach(e -> models.put(e.getKey(), price(file, e.getKey(), e.getValue())));
        return new Prices(root.path("currency").stringValue(), Map.copyOf(models));
    }

    private static Price price(Path file, String name, JsonNode node) {
        Map<String, Double> found = new HashMap<>();
        node.properties().forEach(e -> {
            if (!e.getKey().matches("input|cached|output|hour")
                    || !e.getValue().isNumber()
                    || !(e.getValue().doubleValue() >= 0)) {
                throw wrong(
                        file,
                        "'" + e.getKey() + "' of the model '" + name
                                + "' is not one of input, cached, output and hour with a number from 0");
            }
            found.put(e.getKey(), e.getValue().doubleValue());
        });
        double input = found.getOrDefault("input", 0.0);
        return new Price(
                input,
                found.getOrDefault("cached", input),
                found.getOrDefault("output", 0.0),
                found.getOrDefault("hour", 0.0));
    }

    private static JandaiaException wrong(Path file, String what) {
        return JandaiaException.usage("The table of prices " + file + ": " + what + ".");
    }

    /** What something costs; null where there is no price. */
    public @Nullable Double cost(String model, Usage u) {
        Price p = models.getOrDefault(model, models.get("*"));
        return p == null
                ? null
                : (Double) ((u.promptTokens() - u.cachedTokens()) / 1e6 * p.input
                        + u.cachedTokens() / 1e6 * p.cached
                        + u.completionTokens() / 1e6 * p.output
                        + u.milliseconds() / 3.6e6 * p.hour);
    }

    /** What lines of a report cost together, as far as there are prices; null where there is none at all. */
    public @Nullable Double cost(List<UsageStore.Line> lines) {
        if (models.isEmpty()) {
            return null;
        }
        double sum = 0;
        for (UsageStore.Line line : lines) {
            Double cost = cost(line.model(), line.usage());
            sum += cost == null ? 0 : cost;
        }
        return sum;
    }
}
