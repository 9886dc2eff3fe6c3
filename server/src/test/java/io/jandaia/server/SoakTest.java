package io.jandaia.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.jandaia.server.identity.Access;
import io.jandaia.server.identity.Limits;
import io.jandaia.server.identity.Prices;
import io.jandaia.server.identity.Role;
import io.jandaia.server.identity.Usage;
import io.jandaia.server.identity.UsageStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many clients for a long time; in the everyday tests fewer for a short one. */
@Timeout(1200)
class SoakTest {

    private static final int ANSWER = 10;

    @TempDir
    Path folder;

    private final List<AccessRecord> odd = new CopyOnWriteArrayList<>();
    private Model starter;
    private Access access;
    private ApiServer server;

    @BeforeEach
    void start() {
        starter = Model.open(Path.of("../models/starter"), LoadOptions.DEFAULT);
        access = Access.open(folder.resolve("s.db").toString(), Prices.NONE, Clock.systemUTC(), s -> {});
        Models models = new Models(Map.of("starter", () -> starter), Map.of());
        models.open();
        server = ApiServer.start(ServeOptions.DEFAULT.address("127.0.0.1", 0), models, access, this::log, w -> {});
    }

    /** Only what did not go well. */
    private void log(AccessRecord r) {
        if (r.status() != 200) {
            odd.add(r);
        }
    }

    @AfterEach
    void stop() {
        server.close();
        access.close();
        starter.close();
    }

    private static String body(int tokens, int seed) {
        return "{\"model\":\"starter\",\"prompt\":\"Once " + seed % 7 + " upon\",\"max_tokens\":" + tokens
                + ",\"ignore_eos\":true,\"stream\":true,\"temperature\":1,\"seed\":" + seed + "}";
    }

    /** So long a prompt that the model, not HTTP, is what everybody waits for. */
    private static String heavy(int seed) {
        return "{\"model\":\"starter\",\"prompt\":\"" + "Once upon a time ".repeat(80) + seed + "\",\"max_tokens\":"
                + ANSWER + ",\"ignore_eos\":true,\"stream\":true,\"cache_prompt\":false,\"seed\":" + seed + "}";
    }

    private String metrics() throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create(server.uri() + "/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private static long heap() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(50);
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private void leave(int clients) throws Exception {
        SplittableRandom random = new SplittableRandom(1);
        long before = 0;
        for (int i = 0; i < clients; i++) {
            if (i == clients / 5) {
                before = heap();
            }
            try (Socket socket = new Socket(server.uri().getHost(), server.uri().getPort())) {
                byte[] body = body(400, i).getBytes(StandardCharsets.UTF_8);
                socket.getOutputStream()
                        .write(("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length
                                        + "\r\n\r\n")
                                .getBytes(StandardCharsets.UTF_8));
                socket.getOutputStream().write(body);
                if (random.nextInt(4) > 0) {
                    socket.getInputStream().readNBytes(random.nextInt(2000));
                }
                if (random.nextBoolean()) {
                    socket.setSoLinger(true, 0); // it is cut, not closed
                }
            }
        }
        while (!metrics().contains("jandaia_requests_in_progress 0.0")) {
            Thread.sleep(20); // the timeout of the class ends this
        }
        assertThat(heap() - before).as("growth of the heap").isLessThan(64L << 20);
    }

    @Test
    void clientsThatLeaveInTheMiddleLeaveNothing() throws Exception {
        leave(60);
    }

    @Test
    @Tag("long")
    void aThousandClientsThatLeaveInTheMiddleLeaveNothing() throws Exception {
        leave(1000);
    }

    private void crowd(int clients, double seconds) throws Exception {
        List<String> secrets = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            secrets.add(access.identities()
                    .createKey("k" + i, null, Role.USER, Set.of(), Limits.NONE, 0, null, "test")
                    .secret());
        }
        Thread.sleep(1100);
        AtomicLong[] tokens = {new AtomicLong(), new AtomicLong(), new AtomicLong(), new AtomicLong()};
        AtomicInteger whole = new AtomicInteger();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        long even = end - (long) (0.75 * seconds * 1e9); // who came first has all places at first
        long before = heap();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                HttpClient client = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .build()) {
            List<Future<?>> all = new ArrayList<>();
            for (int c = 0; c < clients; c++) {
                int own = c;
                // the first key has many more clients than the others
                int key = c < clients / 2 ? 0 : 1 + c % 3;
                all.add(threads.submit(() -> {
                    for (int i = 0; System.nanoTime() < end; i++) {
                        HttpResponse<java.io.InputStream> r = client.send(
                                HttpRequest.newBuilder(URI.create(server.uri() + "/v1/completions"))
                                        .header("Authorization", "Bearer " + secrets.get(key))
                                        .POST(HttpRequest.BodyPublishers.ofString(heavy(own * 1000 + i)))
                                        .build(),
                                HttpResponse.BodyHandlers.ofInputStream());
                        String last = "";
                        int events = 0;
                        try (BufferedReader in =
                                new BufferedReader(new InputStreamReader(r.body(), StandardCharsets.UTF_8))) {
                            for (String line; (line = in.readLine()) != null; ) {
                                if (line.startsWith("data: ")) {
                                    last = line;
                                    events++;
                                }
                            }
                        }
                        assertThat(r.statusCode()).as(last).isEqualTo(200);
                        assertThat(last).isEqualTo("data: [DONE]");
                        whole.incrementAndGet();
                        if (System.nanoTime() > even && System.nanoTime() < end) {
                            tokens[key].addAndGet(events);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> f : all) {
                try {
                    f.get();
                } catch (ExecutionException e) {
                    throw new AssertionError("A client failed; the server answered otherwise than 200 to " + odd, e);
                }
            }
        }
        long[] shares = {tokens[0].get(), tokens[1].get(), tokens[2].get(), tokens[3].get()};
        double mean = (shares[0] + shares[1] + shares[2] + shares[3]) / 4.0;
        System.out.printf(
                "%d clients, %.0f s: %d whole streams, shares of four keys %s, heap grew by %d MB%n",
                clients, seconds, whole.get(), java.util.Arrays.toString(shares), (heap() - before) >> 20);
        for (long share : shares) {
            assertThat(share)
                    .isBetween((long) (mean * (seconds < 20 ? 0.7 : 0.9)), (long) (mean * (seconds < 20 ? 1.3 : 1.1)));
        }
        assertThat(heap() - before).isLessThan(100L << 20);
        access.log().flush();
        Usage used = access.usage()
                .report(LocalDate.EPOCH, LocalDate.now(ZoneOffset.UTC).plusDays(1), UsageStore.Group.MODEL, null, null)
                .getFirst()
                .usage();
        assertThat(used.requests()).isEqualTo(whole.get());
        assertThat(used.completionTokens()).isEqualTo((long) whole.get() * ANSWER);
    }

    @Test
    void manyClientsShareEvenly() throws Exception {
        crowd(120, 6);
    }

    @Test
    @Tag("long")
    void twoHundredClientsShareEvenlyForLong() throws Exception {
        crowd(200, Double.parseDouble(System.getProperty("jandaia.soak.seconds", "120")));
    }
}
