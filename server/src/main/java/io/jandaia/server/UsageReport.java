package io.jandaia.server;

import io.jandaia.server.identity.Access;
import io.jandaia.server.identity.Caller;
import io.jandaia.server.identity.Prices;
import io.jandaia.server.identity.Usage;
import io.jandaia.server.identity.UsageStore;
import java.io.IOException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code GET /v1/usage?from=DAY&to=DAY&group=key|user|model|day|endpoint}: what was used and what it cost. Admins see all, others what
 * their key's owner has used, or their key where it has none.
 */
final class UsageReport {

    private UsageReport() {}

    static void addTo(Routes routes, Access access) {
        routes.get("/v1/usage", x -> answer(x, access));
    }

    private static void answer(Exchange x, Access access) throws IOException {
        LocalDate to = day(x, "to", LocalDate.now(ZoneOffset.UTC));
        LocalDate from = day(x, "from", to.minusDays(UsageStore.USUAL_DAYS - 1));
        UsageStore.Group group = group(x.query("group"));
        Caller caller = x.caller();
        String key = caller.admin() || !caller.owner().isEmpty() ? null : caller.id();
        String owner = caller.admin() || caller.owner().isEmpty() ? null : caller.owner();
        access.log().flush();
        ObjectNode json = json(access.usage().report(from, to, group, key, owner), access.prices());
        x.json(Exchange.object()
                .put("object", "usage")
                .put("from", from.toString())
                .put("to", to.toString())
                .put("group", group.name().toLowerCase(Locale.ROOT))
                .setAll(json));
    }

    private static LocalDate day(Exchange x, String name, LocalDate otherwise) {
        String text = x.query(name);
        try {
            return text == null ? otherwise : LocalDate.parse(text);
        } catch (DateTimeParseException e) {
            throw ApiException.field(
                    name, "The value of '" + name + "' is '" + text + "'; expected a day such as 2026-01-31.");
        }
    }

    private static UsageStore.Group group(@Nullable String text) {
        if (text == null) {
            return UsageStore.Group.MODEL;
        }
        try {
            return UsageStore.Group.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw ApiException.field(
                    "group", "The value of 'group' is '" + text + "'; expected key, user, model, day or endpoint.");
        }
    }

    private static ObjectNode json(List<UsageStore.Line> lines, Prices prices) {
        ObjectNode json = Exchange.object();
        ArrayNode data = json.putArray("data");
        for (UsageStore.Line line : lines) {
            ObjectNode one = data.addObject().put("group", line.group()).put("model", line.model());
            put(one, line.usage(), prices.cost(line.model(), line.usage()), prices);
        }
        put(json.putObject("total"), UsageStore.Line.total(lines), prices.cost(lines), prices);
        return json;
    }

    private static void put(ObjectNode json, Usage u, @Nullable Double cost, Prices prices) {
        json.put("requests", u.requests())
                .put("prompt_tokens", u.promptTokens())
                .put("cached_tokens", u.cachedTokens())
                .put("completion_tokens", u.completionTokens())
                .put("seconds", u.milliseconds() / 1e3);
        if (cost != null) {
            json.put("cost", Math.round(cost * 1e6) / 1e6).put("currency", prices.currency());
        }
    }
}
