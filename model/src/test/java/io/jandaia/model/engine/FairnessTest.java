package io.jandaia.model.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.RopeSpec;
import io.jandaia.model.nn.TinyDecoder;
import io.jandaia.model.sampling.Dry;
import io.jandaia.model.sampling.Sampling;
import io.jandaia.model.sampling.Settings;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.kernel.KernelSets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who gets how much of an engine that many want. */
@Timeout(60)
class FairnessTest {

    private TinyDecoder tiny;
    private Engine engine;

    @BeforeEach
    void open() {
        tiny = new TinyDecoder(
                ElementType.F32, new int[] {0, 0}, KernelSets.choose().kernels(), 2, 256L << 20, new RopeSpec.None());
        engine = new Engine(tiny.decoder, tiny.ops, tiny.pool, ByteTokenizer.create(), 4);
    }

    @AfterEach
    void close() {
        engine.close();
        tiny.close();
    }

    private Generation submit(int prompt, int tokens, long seed, Handling handling) {
        return engine.submit(new Request(
                TinyDecoder.tokens(prompt, seed),
                tokens,
                Sampling.of(Settings.NONE, Set.of(), Dry.Breakers.NONE, seed),
                Set.of(),
                List.of(),
                -1,
                null,
                null,
                null,
                Request.Form.PLAIN,
                handling));
    }

    /** Reads all at once; the order in which they end. */
    private static List<String> ends(Map<String, Generation> all) {
        List<String> order = new ArrayList<>();
        List<CompletableFuture<Void>> readers = new ArrayList<>();
        all.forEach((name, g) -> readers.add(CompletableFuture.runAsync(() -> {
            while (g.next() != null) {}
            synchronized (order) {
                order.add(name);
            }
        })));
        readers.forEach(CompletableFuture::join);
        return order;
    }

    @Test
    void aCallerWithManyDoesNotStarveOneWithFew() {
        Map<String, Generation> all = new TreeMap<>();
        for (int i = 0; i < 40; i++) {
            all.put("a" + i, submit(20, 100, i, Handling.DEFAULT.caller("a")));
        }
        all.put("b", submit(20, 100, 99, Handling.DEFAULT.caller("b")));
        assertThat(ends(all).indexOf("b")).isLessThan(12);
    }

    @Test
    void callersGetEvenShares() {
        Map<String, Generation> all = new TreeMap<>();
        for (int i = 0; i < 60; i++) {
            all.put("a" + i, submit(20, 50, i, Handling.DEFAULT.caller("a")));
        }
        for (int i = 0; i < 20; i++) {
            all.put("b" + i, submit(20, 50, 100 + i, Handling.DEFAULT.caller("b")));
        }
        List<String> order = ends(all);
        int lastB = order.indexOf(order.stream()
                .filter(n -> n.startsWith("b"))
                .reduce((x, y) -> y)
                .orElseThrow());
        // all 20 of b had half of the engine: 40 answers and what had begun before, within a tenth
        assertThat(lastB).isBetween(34, 46);
    }

    @Test
    void urgentOnesOvertakeAndTheOthersGiveTheSameAnswers() {
        List<Integer> expected = new ArrayList<>();
        Generation alone = submit(20, 300, 1, Handling.DEFAULT.reuse(false));
        for (TokenEvent e; (e = alone.next()) != null; ) {
            if (e instanceof TokenEvent.Token t) {
                expected.add(t.id());
            }
        }
        Map<String, Generation> all = new TreeMap<>();
        List<Integer> found = new ArrayList<>();
        Generation first = submit(20, 300, 1, Handling.DEFAULT.priority(5));
        CompletableFuture<Void> reading = CompletableFuture.runAsync(() -> {
            for (TokenEvent e; (e = first.next()) != null; ) {
                if (e instanceof TokenEvent.Token t) {
                    found.add(t.id());
                }
            }
        });
        for (int i = 0; i < 12; i++) {
            all.put("slow" + i, submit(20, 300, 10 + i, Handling.DEFAULT.priority(5)));
        }
        all.put("urgent", submit(20, 100, 77, Handling.DEFAULT));
        assertThat(ends(all).indexOf("urgent")).isLessThan(5);
        reading.join();
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void whatIsLateEndsWithAnErrorAndHarmsNobody() {
        Generation other = submit(20, 200, 1, Handling.DEFAULT);
        Generation late =
                submit(20, 1900, 2, Handling.DEFAULT.deadline(Instant.now().plusMillis(50)));
        assertThatThrownBy(() -> {
                    while (late.next() != null) {}
                })
                .isInstanceOfSatisfying(
                        JandaiaException.class, e -> assertThat(e.kind()).isEqualTo(JandaiaException.Kind.TIMEOUT))
                .hasMessageContaining("deadline");
        int tokens = 0;
        for (TokenEvent e; (e = other.next()) != null; ) {
            tokens += e instanceof TokenEvent.Token ? 1 : 0;
        }
        assertThat(tokens).isEqualTo(200);
        // one that nobody reads and that cannot go on is late all the same
        Generation unread =
                submit(20, 1900, 3, Handling.DEFAULT.deadline(Instant.now().plusMillis(200)));
        assertThatThrownBy(() -> {
                    Thread.sleep(400);
                    while (unread.next() != null) {}
                })
                .hasMessageContaining("deadline");
    }

    @Test
    void callersWhoComeBackGetEvenShares() {
        int[] clients = {30, 10, 10, 10};
        AtomicLong[] tokens = {new AtomicLong(), new AtomicLong(), new AtomicLong(), new AtomicLong()};
        AtomicLong all = new AtomicLong();
        List<CompletableFuture<Void>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int caller = 0; caller < clients.length; caller++) {
                for (int c = 0; c < clients[caller]; c++) {
                    int own = caller;
                    int seed = 100 * caller + c;
                    running.add(CompletableFuture.runAsync(
                            () -> {
                                while (all.get() < 40_000) {
                                    Generation g = submit(10, 30, seed, Handling.DEFAULT.caller("c" + own));
                                    for (TokenEvent e; (e = g.next()) != null; ) {
                                        if (e instanceof TokenEvent.Token) {
                                            boolean counts = all.incrementAndGet() > 10_000;
                                            tokens[own].addAndGet(counts ? 1 : 0);
                                        }
                                    }
                                }
                            },
                            threads));
                }
            }
            running.forEach(CompletableFuture::join);
        }
        double mean = java.util.Arrays.stream(tokens)
                .mapToLong(AtomicLong::get)
                .average()
                .orElse(0);
        for (AtomicLong share : tokens) {
            assertThat((double) share.get())
                    .as(java.util.Arrays.toString(tokens))
                    .isBetween(0.9 * mean, 1.1 * mean);
        }
    }
}
