package io.jandaia.server.identity;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where identities and usage are stored: one SQLite file, or a PostgreSQL database that several servers share. The SQL is
 * what both understand. Any number of threads may use it.
 */
public final class Database implements AutoCloseable {

    /** What makes each version of the schema of the one before it. */
    private static final List<List<String>> MIGRATIONS = List.of(
            List.of(
                    "CREATE TABLE users (name TEXT PRIMARY KEY, role TEXT NOT NULL, created BIGINT NOT NULL, disabled BIGINT)",
                    "CREATE TABLE api_keys (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, hint TEXT NOT NULL, name TEXT NOT NULL,"
                            + " owner TEXT REFERENCES users (name), role TEXT NOT NULL, models TEXT NOT NULL,"
                            + " requests_minute BIGINT, tokens_minute BIGINT, requests_month BIGINT, tokens_month BIGINT,"
                            + " priority INTEGER NOT NULL, created BIGINT NOT NULL, expires BIGINT, revoked BIGINT, last_used BIGINT)",
                    "CREATE TABLE usage_days (day TEXT NOT NULL, key_id TEXT NOT NULL, owner TEXT NOT NULL, model TEXT NOT NULL,"
                            + " endpoint TEXT NOT NULL, requests BIGINT NOT NULL, prompt_tokens BIGINT NOT NULL,"
                            + " cached_tokens BIGINT NOT NULL, completion_tokens BIGINT NOT NULL, milliseconds BIGINT NOT NULL,"
                            + " PRIMARY KEY (day, key_id, owner, model, endpoint))",
                    "CREATE TABLE audit (at BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL)"));

    /** Reads one row. */
    @FunctionalInterface
    public interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    private final HikariDataSource source;
    private final String name;

    private Database(HikariDataSource source, String name) {
        this.source = source;
        this.name = name;
    }

    /**
     * Opens the database, making it or bringing it to this version's schema.
     *
     * @param place a file, or a {@code jdbc:} URL
     * @throws JandaiaException RESOURCE when it cannot be opened, FORMAT when a newer version has written it
     */
    public static Database open(String place) {
        boolean url = place.startsWith("jdbc:");
        HikariConfig config = new HikariConfig();
        config.setPoolName("jandaia-store");
        if (url) {
            config.setJdbcUrl(place);
            config.setMaximumPoolSize(4);
        } else {
            Path file = file(place);
            config.setJdbcUrl("jdbc:sqlite:" + file);
            config.setMaximumPoolSize(1); // one writer; reads are short
            config.setConnectionInitSql("PRAGMA busy_timeout = 10000");
            config.addDataSourceProperty("journal_mode", "WAL");
            config.addDataSourceProperty("synchronous", "FULL");
            config.addDataSourceProperty("foreign_keys", "true");
        }
        config.setInitializationFailTimeout(10_000);
        String shown = place.replaceAll("password=[^&]*", "password=...").replaceAll("//[^/@]*@", "//...@");
        try {
            Database database = new Database(new HikariDataSource(config), shown);
            if (!url) {
                restrict(Path.of(place));
            }
            database.migrate();
            return database;
        } catch (RuntimeException e) {
            if (e instanceof JandaiaException j) {
                throw j;
            }
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE,
                    "The store of keys and usage cannot be opened in " + shown + ": " + cause.getMessage()
                            + ". Name another with --store.",
                    e);
        }
    }

    private static Path file(String place) {
        try {
            Path file = Path.of(place).toAbsolutePath();
            Path folder = file.getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            return file;
        } catch (IOException | InvalidPathException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE,
                    "The store of keys and usage cannot be made in " + place + ": " + e
                            + ". Name another with --store.",
                    e);
        }
    }

    /** Nobody but the owner reads hashes of keys and who uses what. */
    private static void restrict(Path file) {
        for (String suffix : new String[] {"", "-wal", "-shm"}) {
            Path part = Path.of(file + suffix);
            try {
                if (Files.exists(part)) {
                    Files.setPosixFilePermissions(
                            part, EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
                }
            } catch (IOException | UnsupportedOperationException e) {
                return; // a file system without permissions
            }
        }
    }

    /** For messages. */
    public String name() {
        return name;
    }

    private void migrate() {
        update("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
        int version = query("SELECT MAX(version) FROM schema_version", r -> r.getInt(1))
                .getFirst();
        if (version > MIGRATIONS.size()) {
            close();
            throw JandaiaException.format(
                    "The store of keys and usage in " + name + " was written by a newer Jandaia (schema " + version
                            + "; this one knows " + MIGRATIONS.size() + "). Use that version, or another --store.");
        }
        for (int i = version; i < MIGRATIONS.size(); i++) {
            List<String> statements = new ArrayList<>(MIGRATIONS.get(i));
            statements.add("INSERT INTO schema_version VALUES (" + (i + 1) + ")");
            transaction(statements);
        }
    }

    private void transaction(List<String> statements) {
        try (Connection c = source.getConnection()) {
            c.setAutoCommit(false);
            try (Statement s = c.createStatement()) {
                for (String sql : statements) {
                    s.execute(sql);
                }
                c.commit();
            } catch (SQLException e) {
                c.rollback();
                throw e;
            }
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /** Rows of a query; parameters take the places of question marks. */
    public <T> List<T> query(String sql, Reader<T> reader, @Nullable Object... parameters) {
        try (Connection c = source.getConnection();
                PreparedStatement s = prepared(c, sql, parameters);
                ResultSet rows = s.executeQuery()) {
            List<T> all = new ArrayList<>();
            while (rows.next()) {
                all.add(reader.read(rows));
            }
            return all;
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /** Changes rows; how many. */
    public int update(String sql, @Nullable Object... parameters) {
        try (Connection c = source.getConnection();
                PreparedStatement s = prepared(c, sql, parameters)) {
            return s.executeUpdate();
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /** The same statement for many rows, all or none. */
    public void updateAll(Map<String, List<@Nullable Object[]>> statements) {
        try (Connection c = source.getConnection()) {
            c.setAutoCommit(false);
            try {
                for (Map.Entry<String, List<@Nullable Object[]>> e : statements.entrySet()) {
                    for (@Nullable Object[] row : e.getValue()) {
                        try (PreparedStatement s = prepared(c, e.getKey(), row)) {
                            s.executeUpdate();
                        }
                    }
                }
                c.commit();
            } catch (SQLException e) {
                c.rollback();
                throw e;
            }
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private static PreparedStatement prepared(Connection c, String sql, @Nullable Object... parameters)
            throws SQLException {
        PreparedStatement s = c.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            s.setObject(i + 1, parameters[i]);
        }
        return s;
    }

    private JandaiaException failed(SQLException e) {
        return new JandaiaException(
                JandaiaException.Kind.RESOURCE,
                "The store of keys and usage in " + name + " failed: " + e.getMessage() + ".",
                e);
    }

    @Override
    public void close() {
        source.close();
    }
}
