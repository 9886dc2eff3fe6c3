package io.jandaia.server.identity;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Usage by day (of UTC), key, owner, model and path: a row for each, so that the table stays small. */
public final class UsageStore {

    private static final String SUMS =
            "SUM(requests), SUM(prompt_tokens), SUM(cached_tokens), SUM(completion_tokens)," + " SUM(milliseconds)";

    private static final String ADD = "INSERT INTO usage_days VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            + " ON CONFLICT (day, key_id, owner, model, endpoint) DO UPDATE SET"
            + " requests = usage_days.requests + excluded.requests,"
            + " prompt_tokens = usage_days.prompt_tokens + excluded.prompt_tokens,"
            + " cached_tokens = usage_days.cached_tokens + excluded.cached_tokens,"
            + " completion_tokens = usage_days.completion_tokens + excluded.completion_tokens,"
            + " milliseconds = usage_days.milliseconds + excluded.milliseconds";

    private static final String LAST_USED = "UPDATE api_keys SET last_used = ? WHERE id = ?";

    private final Database database;

    /**
     * For what usage is added up.
     *
     * @param key empty where none was needed
     */
    public record Place(LocalDate day, String key, String owner, String model, String endpoint) {}

    /** Days of a report, if nobody says from when to when. */
    public static final int USUAL_DAYS = 30;

    /** A line of a report: the usage of a model within a group. */
    public record Line(String group, String model, Usage usage) {

        /** Of all lines together. */
        public static Usage total(List<Line> lines) {
            return lines.stream().map(Line::usage).reduce(Usage.NONE, Usage::plus);
        }
    }

    /** By what a report is grouped. */
    public enum Group {
        KEY("key_id"),
        USER("owner"),
        MODEL("model"),
        DAY("day"),
        ENDPOINT("endpoint");

        private final String column;

        Group(String column) {
            this.column = column;
        }
    }

    public UsageStore(Database database) {
        this.database = database;
    }

    /** Adds usage, all of it or, with an error, none. */
    public void add(Map<Place, Usage> usage, long now) {
        Map<String, List<@Nullable Object[]>> statements = new LinkedHashMap<>();
        List<@Nullable Object[]> rows = new ArrayList<>();
        List<@Nullable Object[]> keys = new ArrayList<>();
        usage.forEach((p, u) -> {
            rows.add(new @Nullable Object[] {
                p.day().toString(),
                p.key(),
                p.owner(),
                p.model(),
                p.endpoint(),
                u.requests(),
                u.promptTokens(),
                u.cachedTokens(),
                u.completionTokens(),
                u.milliseconds()
            });
            if (!p.key().isEmpty()) {
                keys.add(new @Nullable Object[] {now, p.key()});
            }
        });
        statements.put(ADD, rows);
        statements.put(LAST_USED, keys);
        database.updateAll(statements);
    }

    /** What a key has used since a day. */
    public Usage since(LocalDate day, String key) {
        return database.query(
                        "SELECT " + SUMS + " FROM usage_days WHERE key_id = ? AND day >= ?",
                        r -> usage(r, 1),
                        key,
                        day.toString())
                .getFirst();
    }

    /**
     * Usage from a day to another, both included.
     *
     * @param key only that of one; null = of all
     * @param owner likewise
     */
    public List<Line> report(LocalDate from, LocalDate to, Group group, @Nullable String key, @Nullable String owner) {
        List<@Nullable Object> parameters = new ArrayList<>(List.of(from.toString(), to.toString()));
        String sql = "SELECT " + group.column + ", model, " + SUMS + " FROM usage_days WHERE day >= ? AND day <= ?";
        if (key != null) {
            sql += " AND key_id = ?";
            parameters.add(key);
        }
        if (owner != null) {
            sql += " AND owner = ?";
            parameters.add(owner);
        }
        sql += group == Group.MODEL
                ? " GROUP BY model ORDER BY model"
                : " GROUP BY " + group.column + ", model ORDER BY " + group.column + ", model";
        return database.query(sql, r -> new Line(r.getString(1), r.getString(2), usage(r, 3)), parameters.toArray());
    }

    private static Usage usage(ResultSet r, int from) throws SQLException {
        return new Usage(
                r.getLong(from), r.getLong(from + 1), r.getLong(from + 2), r.getLong(from + 3), r.getLong(from + 4));
    }
}
