package io.jandaia.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pulling from a server that behaves well, and from one that misbehaves in every way that servers do. */
@Timeout(60)
class HubTest {

    private static final Pace PACE = new Pace(4, 4, Duration.ofMillis(5), Duration.ofSeconds(5), Duration.ofSeconds(5));
    private static final ModelName NAME = ModelName.parse("org/name");
    private static final int LARGE = 3_250_000; // four parts, the last one shorter

    private static final byte[] NOISE = FakeHub.noise(LARGE, 1);
    private static final long ALL = LARGE + 39 + 2 + 4; // with config.json, tokenizer.json and LICENSE

    private FakeHub server;

    @TempDir
    private Path cache;

    @BeforeEach
    void start() throws IOException {
        server = new FakeHub()
                .add("config.json", "{\"architectures\": [\"LlamaForCausalLM\"]}")
                .add("tokenizer.json", "{}")
                .add("README.md", "# Name")
                .add("LICENSE", "free")
                .add("model.safetensors", NOISE)
                .add("pytorch_model.bin", FakeHub.noise(1000, 2));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private HubSettings settings() {
        return server.settings(cache, PACE);
    }

    private Path pull(HubSettings settings, ModelName name, Selection selection, PullListener listener)
            throws InterruptedException {
        try (Hub hub = Hub.open(settings)) {
            return hub.pull(hub.plan(name, selection), listener);
        }
    }

    private Path pull() throws InterruptedException {
        return pull(settings(), NAME, Selection.USUAL, PullListener.NONE);
    }

    private void assertFails(JandaiaException.Kind kind, String... words) {
        assertThatThrownBy(this::pull)
                .isInstanceOfSatisfying(
                        JandaiaException.class,
                        e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind))
                .satisfies(e -> assertThat(e.getMessage()).contains(words));
    }

    private Path repo() {
        return cache.resolve("models--org--name");
    }

    private void assertPulled(Path snapshot) throws IOException {
        for (String name : List.of("config.json", "tokenizer.json", "LICENSE", "model.safetensors")) {
            assertThat(snapshot.resolve(name)).hasBinaryContent(server.bytes(name));
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void laysTheCacheOutAsAllClientsDo() throws Exception {
        Path snapshot = pull();
        assertThat(snapshot).isEqualTo(repo().resolve("snapshots").resolve(FakeHub.COMMIT));
        assertPulled(snapshot);
        assertThat(names(snapshot)).containsExactly("LICENSE", "config.json", "model.safetensors", "tokenizer.json");
        Path link = snapshot.resolve("model.safetensors");
        String hash = server.hash("model.safetensors");
        assertThat(Files.readSymbolicLink(link)).isEqualTo(Path.of("../../blobs/" + hash));
        assertThat(names(repo().resolve("blobs"))).hasSize(4).contains(hash);
        assertThat(repo().resolve("refs/main")).hasContent(FakeHub.COMMIT);
        assertThat(Files.size(repo().resolve("refs/main"))).isEqualTo(40); // readers do not strip
        List<RepoFile> tree = new CachedRepo(cache, "org/name").tree(FakeHub.COMMIT);
        assertThat(tree).hasSize(6).allMatch(f -> f.blob().equals(server.hash(f.path())));
        assertThat(cache.resolve("CACHEDIR.TAG")).exists();
        assertThat(server.served.get()).isEqualTo(ALL);
    }

    @Test
    void whatIsHereIsNotFetchedAgainAndACommitNeedsNoNetwork() throws Exception {
        pull();
        server.requests.clear();
        pull();
        assertThat(server.requests).extracting(FakeHub.Request::path).allMatch(p -> p.contains("/revision/"));
        server.close();
        ModelName fixed = NAME.at(FakeHub.COMMIT);
        assertPulled(pull(settings(), fixed, Selection.USUAL, PullListener.NONE));
        HubSettings offline = new HubSettings(settings().endpoint(), cache, null, true, true, PACE);
        assertPulled(pull(offline, NAME, Selection.USUAL, PullListener.NONE));
        assertThatThrownBy(() -> pull(offline, NAME, new Selection(List.of(), List.of(), true), PullListener.NONE))
                .hasMessageContaining("HF_HUB_OFFLINE")
                .hasMessageContaining("README.md");
        assertThatThrownBy(() -> pull(offline, ModelName.parse("org/other"), Selection.USUAL, PullListener.NONE))
                .hasMessageContaining("HF_HUB_OFFLINE");
        assertFails(JandaiaException.Kind.RESOURCE, "is there a network?");
    }

    @Test
    void aNewCommitFetchesOnlyWhatChanged() throws Exception {
        pull();
        server.add("tokenizer.json", "{\"new\": 1}");
        server.commit = "f".repeat(40);
        server.countAnew();
        Path snapshot = pull();
        assertPulled(snapshot);
        assertThat(server.served.get()).isEqualTo(10);
        assertThat(names(repo().resolve("snapshots"))).containsExactly(FakeHub.COMMIT, "f".repeat(40));
        assertThat(repo().resolve("refs/main")).hasContent("f".repeat(40));
    }

    @Test
    void withoutLinksFilesAreInTheSnapshotItself() throws Exception {
        server.add("same.json", "{}"); // the bytes of tokenizer.json
        HubSettings plain = new HubSettings(settings().endpoint(), cache, null, false, false, PACE);
        Path snapshot = pull(plain, NAME, Selection.USUAL, PullListener.NONE);
        assertPulled(snapshot);
        assertThat(snapshot.resolve("same.json")).hasContent("{}");
        assertThat(Files.isRegularFile(snapshot.resolve("model.safetensors"), LinkOption.NOFOLLOW_LINKS))
                .isTrue();
        server.countAnew();
        pull(plain, NAME, Selection.USUAL, PullListener.NONE);
        assertThat(server.served.get()).isZero();
    }

    @Test
    void partsComeOverSeveralConnectionsAndProgressIsTold() throws Exception {
        server.elsewhere = server.otherName();
        List<String> complete = new ArrayList<>();
        List<Long> seen = new ArrayList<>();
        Path snapshot = pull(settings(), NAME, Selection.USUAL, new PullListener() {
            @Override
            public void at(long done, long total) {
                seen.add(done);
                assertThat(total).isEqualTo(ALL);
            }

            @Override
            public void complete(RepoFile file) {
                complete.add(file.path());
            }
        });
        assertPulled(snapshot);
        assertThat(seen).isSorted().endsWith(ALL);
        assertThat(complete)
                .containsExactlyInAnyOrder("LICENSE", "config.json", "tokenizer.json", "model.safetensors")
                .endsWith("model.safetensors");
        assertThat(server.requests)
                .filteredOn(r -> r.path().startsWith("/blob/"))
                .hasSize(4);
    }

    @Test
    void theTokenStaysWithItsHost() throws Exception {
        server.elsewhere = server.otherName();
        HubSettings settings = new HubSettings(settings().endpoint(), cache, "hf_secret", false, true, PACE);
        pull(settings, NAME, Selection.USUAL, PullListener.NONE);
        assertThat(server.requests)
                .filteredOn(r -> !r.path().startsWith("/blob/"))
                .isNotEmpty()
                .allMatch(r -> r.authorization().equals("Bearer hf_secret"));
        assertThat(server.requests)
                .filteredOn(r -> r.path().startsWith("/blob/"))
                .isNotEmpty()
                .allMatch(r -> r.authorization().isEmpty());
        assertThat(settings.toString()).doesNotContain("secret");
    }

    @Test
    void cutsLoseNoCompletePart() throws Exception {
        AtomicInteger cuts = new AtomicInteger();
        int half = 1_250_000; // a cut comes within a part
        server.sender = (out, bytes, from, to) -> {
            if (to - from > half / 2 && cuts.getAndIncrement() < 5) {
                out.write(bytes, from, Math.min(half / 2, to - from));
                throw new IOException("cut");
            }
            out.write(bytes, from, to - from);
        };
        assertPulled(pull());
        assertThat(cuts.get()).isGreaterThan(5);
        assertThat(server.served.get()).isLessThanOrEqualTo(ALL + 5L * half / 2);
    }

    @Test
    void aServerWithoutRangesIsReadFromTheStart() throws Exception {
        server.ranges = false;
        AtomicInteger cuts = new AtomicInteger();
        server.sender = (out, bytes, from, to) -> {
            if (to - from == LARGE && cuts.getAndIncrement() == 4) {
                out.write(bytes, 0, LARGE / 2);
                throw new IOException("cut");
            }
            out.write(bytes, from, to - from);
        };
        assertPulled(pull());
        assertThat(server.requests)
                .filteredOn(r -> r.path().endsWith("model.safetensors"))
                .last()
                .matches(r -> r.range().isEmpty());
    }

    @Test
    void aServerThatAlwaysCutsIsGivenUp() throws Exception {
        server.sender = (out, bytes, from, to) -> {
            out.write(bytes, from, (to - from) / 2);
            throw new IOException("cut");
        };
        assertFails(JandaiaException.Kind.RESOURCE, "after 4 attempts", "goes on from there");
        server.ranges = false;
        assertFails(JandaiaException.Kind.RESOURCE, "after 4 attempts");
    }

    @Test
    void aDripIsGivenUpForANewConnection() throws Exception {
        AtomicInteger drips = new AtomicInteger();
        server.sender = (out, bytes, from, to) -> {
            if (to - from > 1000 && drips.getAndIncrement() < 3) {
                for (int i = from; i < to; i++) {
                    out.write(bytes, i, 1);
                    pause(20);
                }
            }
            out.write(bytes, from, to - from);
        };
        Pace hasty = new Pace(4, 4, Duration.ofMillis(5), Duration.ofSeconds(5), Duration.ofMillis(600));
        HubSettings settings = server.settings(cache, hasty);
        assertPulled(pull(settings, NAME, Selection.USUAL, PullListener.NONE));
        server.mischief = (exchange, path) -> {
            if (path.contains("/revision/")) {
                exchange.sendResponseHeaders(200, 1000);
                for (int i = 0; i < 1000; i++) {
                    exchange.getResponseBody().write(' ');
                    exchange.getResponseBody().flush();
                    pause(20);
                }
                return true;
            }
            return false;
        };
        assertThatThrownBy(() -> pull(settings, NAME, Selection.USUAL, PullListener.NONE))
                .hasMessageContaining("next to nothing");
    }

    private static void pause(long millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void wrongBytesNeverBecomeABlob() throws Exception {
        server.sender = (out, bytes, from, to) -> {
            byte[] wrong = bytes.clone();
            wrong[wrong.length - 1] ^= 1;
            out.write(wrong, from, to - from);
        };
        assertFails(JandaiaException.Kind.FORMAT, "damaged", "hash");
        server.sender = (out, bytes, from, to) -> {
            byte[] wrong = bytes.clone();
            wrong[LARGE / 2 % bytes.length] ^= (byte) (bytes.length == LARGE ? 1 : 0);
            out.write(wrong, from, to - from);
        };
        assertFails(JandaiaException.Kind.FORMAT, "model.safetensors", "damaged", server.hash("model.safetensors"));
        assertThat(names(repo().resolve("blobs"))).hasSize(3).noneMatch(n -> n.contains("jandaia"));
        assertThat(repo().resolve("snapshots")).doesNotExist();
        server.sender = (out, bytes, from, to) -> out.write(bytes, from, to - from);
        assertPulled(pull());
    }

    @Test
    void partsThatThePowerCutDamagedAreFetchedAgain() throws Exception {
        server.sender = (out, bytes, from, to) -> {
            if (from > LARGE / 2) {
                throw new IOException("cut");
            }
            out.write(bytes, from, to - from);
        };
        assertFails(JandaiaException.Kind.RESOURCE, "model.safetensors");
        Path blob = repo().resolve("blobs/" + server.hash("model.safetensors"));
        Path data = BlobDownload.unfinished(blob);
        long left = BlobDownload.leftBytes(blob, LARGE);
        assertThat(left).isBetween(1L, LARGE / 2 + Journal.partSize(LARGE));
        byte[] bytes = Files.readAllBytes(data);
        bytes[10] ^= 1;
        Files.write(data, bytes);
        Files.writeString(BlobDownload.journal(blob), "99999 zz\n3 00", java.nio.file.StandardOpenOption.APPEND);
        server.sender = (out, b, from, to) -> out.write(b, from, to - from);
        server.countAnew();
        assertPulled(pull());
        assertThat(server.served.get()).isEqualTo(LARGE - left + Journal.partSize(LARGE));
    }

    @Test
    void aFileThatIsNotAsListedIsRefused() throws Exception {
        for (Map<String, String> header : List.of(
                Map.of("X-Linked-Etag", "\"" + "a".repeat(64) + "\""),
                Map.of("X-Linked-Size", "5"),
                Map.of("Content-Encoding", "gzip"))) {
            server.mischief = (exchange, path) -> {
                if (path.endsWith("model.safetensors")) {
                    header.forEach(exchange.getResponseHeaders()::set);
                    exchange.sendResponseHeaders(200, 3);
                    exchange.getResponseBody().write(new byte[3]);
                    return true;
                }
                return false;
            };
            assertFails(JandaiaException.Kind.FORMAT, "model.safetensors");
        }
        server.add("extra.json", "{\"a\": 1}");
        for (int length : new int[] {3, 0}) { // announced, and without an announcement
            server.mischief = (exchange, path) -> {
                if (path.endsWith("extra.json")) {
                    exchange.sendResponseHeaders(200, length);
                    exchange.getResponseBody().write(new byte[length == 0 ? 10_000 : 3]);
                    return true;
                }
                return false;
            };
            assertFails(JandaiaException.Kind.FORMAT, "extra.json");
        }
    }

    private void answering(String end, int status, Map<String, String> headers) {
        server.mischief = (exchange, path) -> {
            if (path.endsWith(end) || path.contains(end)) {
                FakeHub.status(exchange, status, headers);
                return true;
            }
            return false;
        };
    }

    @Test
    void refusalsAreSaidInWords() throws Exception {
        String page = server.endpoint() + "/org/name";
        answering("/revision/", 401, Map.of("X-Error-Code", "RepoNotFound"));
        assertFails(JandaiaException.Kind.NOT_FOUND, "private", "HF_TOKEN");
        answering("/revision/", 404, Map.of("X-Error-Code", "RepoNotFound"));
        assertFails(JandaiaException.Kind.NOT_FOUND, "There is no org/name");
        answering("/revision/", 404, Map.of("X-Error-Code", "RevisionNotFound"));
        assertFails(JandaiaException.Kind.NOT_FOUND, "no revision 'main'");
        answering("/resolve/", 403, Map.of("X-Error-Code", "GatedRepo"));
        assertFails(JandaiaException.Kind.NOT_FOUND, "licence", page, "HF_TOKEN");
        answering("config.json", 404, Map.of("X-Error-Code", "EntryNotFound"));
        assertFails(JandaiaException.Kind.NOT_FOUND, "config.json", "any more");
        answering("/revision/", 418, Map.of());
        assertFails(JandaiaException.Kind.FORMAT, "status 418");
        answering("/revision/", 429, Map.of("Retry-After", "4000"));
        assertFails(JandaiaException.Kind.RESOURCE, "4000 seconds", "fewer requests");
        answering("/revision/", 503, Map.of());
        assertFails(JandaiaException.Kind.RESOURCE, "after 4 attempts", "503");
    }

    @Test
    void busyServersAreAskedAgainWhenTheySay() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        server.mischief = (exchange, path) -> {
            int n = asked.getAndIncrement();
            if (n == 0) {
                FakeHub.status(exchange, 429, Map.of("Retry-After", "4"));
            } else if (n == 3 || n == 5) {
                FakeHub.status(exchange, 500, Map.of());
            }
            return n == 0 || n == 3 || n == 5;
        };
        List<String> notices = new ArrayList<>();
        try (Hub hub = Hub.open(settings(), notices::add)) {
            assertPulled(hub.pull(hub.plan(NAME, Selection.USUAL), PullListener.NONE));
        }
        assertThat(notices)
                .singleElement()
                .asString()
                .contains("fewer requests", "HF_TOKEN", "trying again in 4 seconds");
    }

    @Test
    void redirectionsAreFollowedButNotToOtherSchemesAndNotForever() throws Exception {
        server.mischief = (exchange, path) -> {
            if (path.startsWith("/api/models/org/name/")) { // the model was renamed
                FakeHub.status(exchange, 307, Map.of("Location", path.replace("org/name", "org/renamed")));
                return true;
            }
            return false;
        };
        assertPulled(pull());
        for (String to : List.of("file:///etc/passwd", "ftp://127.0.0.1/x", "", "http://[bad")) {
            answering("/revision/", 302, Map.of("Location", to));
            assertFails(JandaiaException.Kind.FORMAT, "redirects to");
        }
        answering("/revision/", 302, Map.of("Location", "/api/models/org/name/revision/main"));
        assertFails(JandaiaException.Kind.FORMAT, "more than 8 times");
    }

    @Test
    void strangeAnswersAreRefused() throws Exception {
        for (String text : List.of(
                "",
                "{",
                "[]",
                "{\"sha\": 5}",
                "{\"sha\": \"../../../../etc\"}",
                "{\"sha\": \"" + "[".repeat(40) + "\"}",
                "[".repeat(5000))) {
            server.mischief = (exchange, path) -> {
                if (path.contains("/revision/")) {
                    FakeHub.json(exchange, text);
                    return true;
                }
                return false;
            };
            assertFails(JandaiaException.Kind.FORMAT, "HF_ENDPOINT");
        }
        for (String text : List.of("{}", "[5]", "[{\"type\": \"file\", \"path\": \"config.json\"}]", "[{\"type\"")) {
            server.mischief = (exchange, path) -> {
                if (path.contains("/tree/")) {
                    FakeHub.json(exchange, text);
                    return true;
                }
                return false;
            };
            assertFails(JandaiaException.Kind.FORMAT, "HF_ENDPOINT");
        }
        server.mischief = (exchange, path) -> {
            FakeHub.body(exchange, 200, "text/html", "<html>Please log in</html>");
            return true;
        };
        assertFails(JandaiaException.Kind.FORMAT, "web page");
        String huge = "[" + " ".repeat(17 << 20) + "]";
        server.mischief = (exchange, path) -> {
            FakeHub.json(exchange, huge);
            return true;
        };
        assertFails(JandaiaException.Kind.FORMAT, "more than");
        server.mischief = (exchange, path) -> {
            if (path.contains("/tree/")) {
                exchange.getResponseHeaders().set("Link", "</api/models/org/name/tree/next>; rel=\"next\"");
                FakeHub.json(exchange, "[]");
                return true;
            }
            return false;
        };
        assertFails(JandaiaException.Kind.FORMAT, "pages");
    }

    @Test
    void hostileFileNamesAreRefusedWithTheWholeModel() throws Exception {
        for (String name : List.of(
                "../../../evil.json",
                "/etc/evil.json",
                "a/../../b.json",
                "a\\b.json",
                "nul\0.json",
                "C:/x.json",
                "a//b.json",
                "x".repeat(300) + ".json",
                "line\nfeed.json",
                "./x.json",
                "")) {
            server.files.put(name, new byte[] {1});
            assertFails(JandaiaException.Kind.FORMAT, "a file named");
            server.files.remove(name);
        }
        server.add("Config.json", "{}");
        assertFails(JandaiaException.Kind.FORMAT, "side by side");
        assertThat(repo().resolve("snapshots")).doesNotExist();
    }

    @Test
    void pagesOfFilesAreJoined() throws Exception {
        String tree = server.tree();
        int middle = tree.indexOf("}, {\"type\": \"file\"", tree.length() / 2) + 1;
        server.mischief = (exchange, path) -> {
            if (!path.contains("/tree/")) {
                return false;
            }
            boolean second = String.valueOf(exchange.getRequestURI().getQuery()).contains("cursor");
            if (!second) {
                exchange.getResponseHeaders().set("Link", "<" + server.endpoint() + path + "?cursor=2>; rel=\"next\"");
            }
            FakeHub.json(exchange, second ? "[" + tree.substring(middle + 1) : tree.substring(0, middle) + "]");
            return true;
        };
        assertPulled(pull());
        answeringNextElsewhere();
        assertFails(JandaiaException.Kind.FORMAT, "another host");
    }

    private void answeringNextElsewhere() throws IOException {
        server.commit = "e".repeat(40);
        server.mischief = (exchange, path) -> {
            if (path.contains("/tree/")) {
                exchange.getResponseHeaders().set("Link", "<" + server.otherName() + "/x>; rel=\"next\"");
                FakeHub.json(exchange, "[]");
                return true;
            }
            return false;
        };
    }

    @Test
    void anInterruptedThreadStopsSoonAndLosesNothing() throws Exception {
        FakeHub.Sender whole = server.sender;
        CountDownLatch gone = new CountDownLatch(1);
        server.sender = (out, bytes, from, to) -> {
            int half =
                    to - from > LARGE / 5 && from > 0 ? (to - from) / 2 : to - from; // the first and the short part end
            out.write(bytes, from, half);
            if (half < to - from) {
                await(gone);
                out.write(bytes, from + half, to - from - half);
            }
        };
        Thread puller = Thread.ofVirtual().start(() -> {
            try {
                pull();
            } catch (InterruptedException e) {
                return;
            }
            throw new AssertionError("not interrupted");
        });
        Path blob = repo().resolve("blobs/" + server.hash("model.safetensors"));
        while (BlobDownload.leftBytes(blob, LARGE) == 0) {
            Thread.sleep(1);
        }
        puller.interrupt();
        assertThat(puller.join(Duration.ofSeconds(5))).isTrue();
        gone.countDown();
        server.countAnew();
        server.sender = whole;
        long left = BlobDownload.leftBytes(blob, LARGE);
        assertThat(left).isBetween(1L, LARGE - 1L);
        try (Hub hub = Hub.open(settings())) {
            PullPlan plan = hub.plan(NAME, Selection.USUAL);
            assertThat(plan.toFetch()).isEqualTo(LARGE - left);
            assertPulled(hub.pull(plan, PullListener.NONE));
        }
        assertThat(server.served.get()).isEqualTo(LARGE - left);
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void whoComesSecondWaitsAndFindsItDone() throws Exception {
        CachedRepo repo = new CachedRepo(cache, "org/name");
        RepoLock lock = Objects.requireNonNull(RepoLock.tryLock(repo));
        List<String> holders = new ArrayList<>();
        Thread second = Thread.ofVirtual().start(() -> {
            try {
                pull(settings(), NAME, Selection.USUAL, new PullListener() {
                    @Override
                    public void waiting(String holder) {
                        holders.add(holder);
                        lock.close();
                    }
                });
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        second.join();
        assertThat(holders).containsExactly("process " + ProcessHandle.current().pid());
        assertPulled(repo.snapshot(FakeHub.COMMIT));
    }

    @Test
    void theDiskMustHaveRoom() {
        server.mischief = (exchange, path) -> {
            if (path.contains("/tree/")) {
                FakeHub.json(exchange, server.tree().replace(Integer.toString(LARGE), "1000000000000000"));
                return true;
            }
            return false;
        };
        assertFails(JandaiaException.Kind.RESOURCE, "no room", "1000000", "HF_HUB_CACHE");
        assertThat(server.requestsFor("model.safetensors")).isZero();
    }
}
