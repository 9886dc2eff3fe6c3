package io.jandaia.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that pulls is killed without warning; the next one goes on from there and asks for no complete part again. */
class KilledPullTest {

    private static final Random RANDOM = new Random(11);

    @TempDir
    private Path cache;

    /** What the child process does: {@code ENDPOINT CACHE}. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) throws InterruptedException {
            Pace pace = new Pace(4, 4, Duration.ofMillis(5), Duration.ofSeconds(30), Duration.ofSeconds(30));
            HubSettings settings = new HubSettings(URI.create(args[0]), Path.of(args[1]), null, false, true, pace);
            try (Hub hub = Hub.open(settings)) {
                hub.pull(hub.plan(ModelName.parse("org/name"), Selection.USUAL), PullListener.NONE);
            }
        }
    }

    @Test
    @Timeout(120)
    void twoKills() throws Exception {
        killed(30_000_000, 2);
    }

    @Test
    @Tag("long")
    @Timeout(600)
    void fiveKillsOfALargeFile() throws Exception {
        killed(300_000_000, 5);
    }

    private void killed(int size, int kills) throws Exception {
        try (FakeHub server = new FakeHub()) {
            server.add("config.json", "{}").add("model.safetensors", FakeHub.noise(size, 3));
            server.sender = (out, bytes, from, to) -> {
                for (int i = from; i < to; i += 1 << 17) {
                    out.write(bytes, i, Math.min(1 << 17, to - i));
                    pause(1);
                }
            };
            Path blob = cache.resolve("models--org--name/blobs").resolve(server.hash("model.safetensors"));
            List<Integer> complete = new ArrayList<>();
            for (int i = 1; i <= kills; i++) {
                Process child = child(server);
                long left = BlobDownload.leftBytes(blob, size);
                long enough = left + (size - left) / (kills + 2 - i) + RANDOM.nextInt(1 << 22);
                while (child.isAlive() && BlobDownload.leftBytes(blob, size) < Math.min(enough, size - 1)) {
                    Thread.sleep(2);
                }
                child.destroyForcibly();
                assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
                assertThat(child.exitValue()).isNotZero();
                server.requests.removeIf(r -> !r.path().endsWith("model.safetensors"));
                assertNoneAgain(server, complete, size);
                server.requests.clear();
                complete = parts(blob, size);
                assertThat(complete).hasSizeGreaterThanOrEqualTo(i);
            }
            Process last = child(server);
            assertThat(last.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(last.exitValue()).isZero();
            assertNoneAgain(server, complete, size);
            Path file = cache.resolve("models--org--name/snapshots/" + FakeHub.COMMIT + "/model.safetensors");
            assertThat(Files.mismatch(file, write(server.bytes("model.safetensors"))))
                    .isEqualTo(-1);
            long torn = kills * 4L * (Journal.partSize(size) + (4 << 20)); // a part of each connection, and buffers
            assertThat(server.served.get()).isBetween((long) size, size + torn);
        }
    }

    private Path write(byte[] bytes) throws IOException {
        return Files.write(cache.resolve("expected"), bytes);
    }

    private static void assertNoneAgain(FakeHub server, List<Integer> complete, int size) {
        long part = Journal.partSize(size);
        for (FakeHub.Request r : server.requests) {
            if (r.path().endsWith("model.safetensors")) {
                assertThat(complete).noneMatch(p -> r.from() < Math.min(size, (p + 1) * part) && p * part < r.to());
            }
        }
    }

    private static List<Integer> parts(Path blob, int size) throws IOException {
        List<Integer> parts = new ArrayList<>();
        long present = Files.size(BlobDownload.unfinished(blob));
        try (Journal journal = Journal.open(BlobDownload.journal(blob), size, Journal.partSize(size), present)) {
            for (int i = 0; i < journal.parts(); i++) {
                if (journal.isDone(i)) {
                    parts.add(i);
                }
            }
        }
        return parts;
    }

    private Process child(FakeHub server) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Child.class.getName(),
                server.endpoint(),
                cache.toString());
        return builder.inheritIO().start();
    }

    private static void pause(long millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
