package io.jandaia.server.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is stored, in SQLite and in PostgreSQL. */
@Timeout(120)
class StoreTest {

    @TempDir
    static Path folder;

    private static @Nullable Postgres postgres;
    private static final List<String> PLACES = new ArrayList<>();

    /** A clock that tests move. */
    private static final class Hand extends Clock {
        Instant now = Instant.parse("2026-01-30T12:00:00Z");

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }

        void pass(Duration time) {
            now = now.plus(time);
        }
    }

    @BeforeAll
    static void start() throws Exception {
        postgres = Postgres.start();
        PLACES.add(folder.resolve("store.db").toString());
        if (postgres == null) {
            System.out.println("NOT RUN: the store on PostgreSQL needs its programs and a user who is not root");
        } else {
            PLACES.add(postgres.url());
        }
    }

    @AfterAll
    static void stop() throws Exception {
        if (postgres != null) {
            postgres.stop();
        }
    }

    private interface Check {
        void on(Database database, String place) throws Exception;
    }

    private static void everywhere(Check check) throws Exception {
        for (String place : PLACES) {
            try (Database database = Database.open(place)) {
                for (String table : List.of("api_keys", "users", "usage_days", "audit")) {
                    database.update("DELETE FROM " + table);
                }
                check.on(database, place);
            }
        }
    }

    private static ApiKey.Created key(
            IdentityStore store, String name, @Nullable String owner, @Nullable Instant expires) {
        return store.createKey(name, owner, Role.USER, Set.of("a/b", "c"), new Limits(1, 2, 3, 4), -5, expires, "test");
    }

    @Test
    void keysAreFoundByTheirSecretAndOnlyWhileTheyAreValid() throws Exception {
        everywhere((database, place) -> {
            Hand clock = new Hand();
            IdentityStore store = new IdentityStore(database, clock);
            assertThat(store.hasKeys()).isFalse();
            store.addUser("Ana Lúcia", Role.USER, "test");
            ApiKey.Created made = key(store, "o app", "Ana Lúcia", clock.now.plus(Duration.ofDays(2)));
            assertThat(made.secret()).startsWith("jd-").hasSizeGreaterThan(40);
            IdentityStore.Found found = store.find(made.secret()).orElseThrow();
            assertThat(found.invalid()).isNull();
            assertThat(found.key()).isEqualTo(made.key());
            assertThat(store.find(made.secret() + "x")).isEmpty();
            assertThat(database.query("SELECT * FROM api_keys", r -> {
                        StringBuilder all = new StringBuilder();
                        for (int i = 1; i <= r.getMetaData().getColumnCount(); i++) {
                            all.append(r.getString(i)).append(' ');
                        }
                        return all.toString();
                    }))
                    .allSatisfy(row -> assertThat(row).doesNotContain(made.secret()));

            store.disableUser("Ana Lúcia", true, "test");
            assertThat(store.find(made.secret()).orElseThrow().invalid()).contains("disabled");
            store.disableUser("Ana Lúcia", false, "test");
            assertThat(store.find(made.secret()).orElseThrow().invalid()).isNull();
            clock.pass(Duration.ofDays(3));
            assertThat(store.find(made.secret()).orElseThrow().invalid()).contains("expired");

            ApiKey.Created other = key(store, "other", null, null);
            clock.pass(Duration.ofSeconds(1));
            store.revoke("other", "test");
            assertThat(store.find(other.secret()).orElseThrow().invalid()).contains("revoked");
            assertThat(store.hasKeys()).isTrue();
            assertThat(store.keys()).hasSize(2);
            assertThat(store.audit(10))
                    .hasSize(6)
                    .first()
                    .asString()
                    .contains("key revoke")
                    .contains("other");
        });
    }

    @Test
    void whatCannotBeIsRefusedAndChangesNothing() throws Exception {
        everywhere((database, place) -> {
            IdentityStore store = new IdentityStore(database, new Hand());
            store.addUser("x", Role.ADMIN, "test");
            for (Runnable wrong : List.<Runnable>of(
                    () -> store.addUser("x", Role.USER, "test"),
                    () -> store.addUser(" ", Role.USER, "test"),
                    () -> store.addUser("a\nb", Role.USER, "test"),
                    () -> store.disableUser("nobody", true, "test"),
                    () -> key(store, "k", "nobody", null),
                    () -> key(store, "", null, null),
                    () -> key(store, "k", null, Instant.parse("2020-01-01T00:00:00Z")),
                    () -> store.createKey("k", null, Role.USER, Set.of(), new Limits(-1, 0, 0, 0), 0, null, "test"),
                    () -> store.revoke("k", "test"))) {
                assertThatThrownBy(wrong::run).isInstanceOf(JandaiaException.class);
            }
            key(store, "twice", null, null);
            key(store, "twice", null, null);
            assertThatThrownBy(() -> store.revoke("twice", "test")).hasMessageContaining("Several keys");
            assertThat(store.users()).hasSize(1);
            assertThat(store.keys()).hasSize(2);
        });
    }

    @Test
    void usageIsAddedUp() throws Exception {
        everywhere((database, place) -> {
            UsageStore store = new UsageStore(database);
            LocalDate day = LocalDate.of(2026, 1, 30);
            UsageStore.Place one = new UsageStore.Place(day, "k1", "ana", "m", "/v1/chat/completions");
            UsageStore.Place next = new UsageStore.Place(day.plusDays(2), "k1", "ana", "m", "/v1/chat/completions");
            UsageStore.Place free = new UsageStore.Place(day, "", "", "n", "/api/chat");
            for (int i = 0; i < 3; i++) {
                store.add(Map.of(one, new Usage(1, 100, 40, 7, 1000), free, new Usage(1, 1, 0, 1, 1)), 0);
            }
            store.add(Map.of(next, new Usage(1, 10, 0, 1, 5)), 0);
            assertThat(store.report(day, day, UsageStore.Group.MODEL, null, null))
                    .containsExactly(
                            new UsageStore.Line("m", "m", new Usage(3, 300, 120, 21, 3000)),
                            new UsageStore.Line("n", "n", new Usage(3, 3, 0, 3, 3)));
            assertThat(store.report(day, day.plusDays(9), UsageStore.Group.DAY, "k1", "ana"))
                    .extracting(UsageStore.Line::group)
                    .containsExactly("2026-01-30", "2026-02-01");
            assertThat(store.since(LocalDate.of(2026, 2, 1), "k1")).isEqualTo(new Usage(1, 10, 0, 1, 5));
            assertThat(store.since(day, "nobody")).isEqualTo(Usage.NONE);
        });
    }

    @Test
    void severalServersMayWriteAtOnce() throws Exception {
        everywhere((database, place) -> {
            LocalDate day = LocalDate.of(2026, 1, 30);
            UsageStore.Place where = new UsageStore.Place(day, "k", "", "m", "/x");
            List<CompletableFuture<Void>> all = new ArrayList<>();
            for (int server = 0; server < 3; server++) {
                all.add(CompletableFuture.runAsync(() -> {
                    try (Database own = Database.open(place)) {
                        for (int i = 0; i < 30; i++) {
                            new UsageStore(own).add(Map.of(where, new Usage(1, 2, 0, 3, 0)), 0);
                        }
                    }
                }));
            }
            all.forEach(CompletableFuture::join);
            assertThat(new UsageStore(database).since(day, "k")).isEqualTo(new Usage(90, 180, 0, 270, 0));
        });
    }

    @Test
    void limitsHoldForAMinuteAndForAMonth() throws Exception {
        everywhere((database, place) -> {
            Hand clock = new Hand();
            UsageStore store = new UsageStore(database);
            List<String> said = new ArrayList<>();
            try (UsageLog log = new UsageLog(store, clock, said::add)) {
                Quotas quotas = new Quotas(store, log, clock);
                Caller two = caller("two", new Limits(2, 0, 0, 0));
                assertThat(quotas.enter(two)).isNull();
                clock.pass(Duration.ofSeconds(20));
                assertThat(quotas.enter(two)).isNull();
                assertThat(quotas.enter(two)).isEqualTo(new Quotas.Refusal("requests per minute", 2, 40));
                clock.pass(Duration.ofSeconds(40));
                assertThat(quotas.enter(two)).isNull();
                assertThat(quotas.enter(two)).isNotNull();

                Caller tokens = caller("tokens", new Limits(0, 100, 0, 0));
                assertThat(quotas.enter(tokens)).isNull();
                quotas.charge(tokens, 150);
                assertThat(quotas.enter(tokens)).isNotNull();
                clock.pass(Duration.ofSeconds(61));
                assertThat(quotas.enter(tokens)).isNull();

                Caller month = caller("month", new Limits(0, 0, 0, 1000));
                assertThat(quotas.enter(month)).isNull();
                log.add(
                        new UsageStore.Place(LocalDate.ofInstant(clock.now, ZoneOffset.UTC), "month", "", "m", "/x"),
                        new Usage(1, 600, 0, 500, 0)); // of another server, as this one was not charged
                clock.pass(Duration.ofSeconds(10));
                assertThat(quotas.enter(month)).isNotNull();
                clock.pass(Duration.ofDays(3)); // February
                assertThat(quotas.enter(month)).isNull();
            }
            assertThat(said).isEmpty();
        });
    }

    private static Caller caller(String id, Limits limits) {
        return new Caller(id, id, "", Role.USER, Set.of(), limits, 0);
    }

    @Test
    void aStoreThatFailsLosesNothingWhenItWorksAgain() throws Exception {
        Path file = folder.resolve("failing.db");
        List<String> said = new ArrayList<>();
        UsageStore.Place where = new UsageStore.Place(LocalDate.of(2026, 1, 30), "k", "", "m", "/x");
        try (Database database = Database.open(file.toString())) {
            UsageStore store = new UsageStore(database);
            try (UsageLog log = new UsageLog(store, new Hand(), said::add)) {
                database.update("ALTER TABLE usage_days RENAME TO elsewhere");
                log.add(where, new Usage(1, 1, 1, 1, 1));
                assertThat(log.flush()).isFalse();
                log.add(where, new Usage(1, 1, 1, 1, 1));
                assertThat(log.flush()).isFalse();
                database.update("ALTER TABLE elsewhere RENAME TO usage_days");
                assertThat(log.flush()).isTrue();
            }
            assertThat(store.since(LocalDate.of(2026, 1, 1), "k")).isEqualTo(new Usage(2, 2, 2, 2, 2));
            assertThat(said).hasSize(2);
        }
    }

    @Test
    void theFileIsItsOwnersAlone() throws Exception {
        Path file = folder.resolve("deep/er/own.db");
        try (Database database = Database.open(file.toString())) {
            assertThat(database.name()).isEqualTo(file.toString());
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
        }
        Path garbage =
                Files.writeString(folder.resolve("garbage.db"), "this is no database, but a text that is long enough");
        assertThatThrownBy(() -> Database.open(garbage.toString()))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("--store");
        try (Database database = Database.open(folder.resolve("newer.db").toString())) {
            database.update("INSERT INTO schema_version VALUES (99)");
        }
        assertThatThrownBy(() -> Database.open(folder.resolve("newer.db").toString()))
                .hasMessageContaining("newer Jandaia");
    }
}
