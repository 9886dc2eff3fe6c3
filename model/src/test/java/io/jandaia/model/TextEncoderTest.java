package io.jandaia.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.engine.Pooling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The texts of several callers in one batch. */
@Timeout(60)
class TextEncoderTest {

    private final Model model =
            Model.open(Path.of("src/test/resources/golden/models/roberta"), LoadOptions.DEFAULT.threads(2));
    private final TextEncoder encoder = Objects.requireNonNull(model.textEncoder());
    private final ExecutorService callers = Executors.newCachedThreadPool();
    private final CountDownLatch release = new CountDownLatch(1);
    /** Texts in each batch of {@link #use}. */
    private final List<Integer> batches = new CopyOnWriteArrayList<>();

    private final TextEncoder.Use<Integer> use = (batch, hidden) -> {
        batches.add(batch.slices().size());
        return batch.slices().stream().map(s -> batch.token(s.row())).toList();
    };

    @AfterEach
    void close() {
        callers.shutdownNow();
        model.close();
    }

    private static TextTokens random(int n, long seed) {
        return TextTokens.of(new Random(seed).ints(n, 5, 380).toArray());
    }

    private static List<TextTokens> texts(int count, int length, long seed) {
        return IntStream.range(0, count)
                .mapToObj(i -> random(length, seed * 1000 + i))
                .toList();
    }

    /** Somebody's batch is being computed until {@link #release}. */
    private Future<List<Integer>> hold() throws InterruptedException {
        CountDownLatch computing = new CountDownLatch(1);
        Future<List<Integer>> held = callers.submit(() -> encoder.each(texts(1, 3, 99), (batch, hidden) -> {
            computing.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return List.of(1);
        }));
        computing.await();
        return held;
    }

    private void awaitCallers(int n) throws InterruptedException {
        while (encoder.callers() < n) {
            Thread.sleep(1); // the timeout of the class ends this
        }
    }

    private List<Integer> firstTokens(List<TextTokens> texts) {
        return texts.stream().map(t -> t.ids()[0]).toList();
    }

    @Test
    void textsThatWaitAreComputedTogetherAndEachCallerGetsItsOwn() throws Exception {
        Future<List<Integer>> held = hold();
        List<Future<List<Integer>>> found = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            List<TextTokens> own = texts(1 + i % 3, 4 + i, i);
            found.add(callers.submit(() -> encoder.each(own, use)));
        }
        awaitCallers(9);
        release.countDown();
        held.get();
        for (int i = 0; i < 8; i++) {
            assertThat(found.get(i).get()).isEqualTo(firstTokens(texts(1 + i % 3, 4 + i, i)));
        }
        assertThat(batches).containsExactly(15);
        assertThat(encoder.callers()).isZero();
    }

    @Test
    void aCallerWithManyTextsDoesNotKeepTheOthersWaiting() throws Exception {
        Future<List<Integer>> held = hold();
        List<TextTokens> many = texts(200, 100, 1);
        Future<List<Integer>> large = callers.submit(() -> encoder.each(many, use));
        awaitCallers(2);
        List<TextTokens> one = texts(1, 100, 2);
        int[] before = {0};
        Future<List<Integer>> small = callers.submit(() -> {
            List<Integer> out = encoder.each(one, use);
            before[0] = batches.size();
            return out;
        });
        awaitCallers(3);
        release.countDown();
        held.get();
        assertThat(small.get()).isEqualTo(firstTokens(one));
        assertThat(large.get()).isEqualTo(firstTokens(many));
        assertThat(batches.getFirst())
                .as("2,048 tokens, one of them the other caller's")
                .isEqualTo(20);
        assertThat(batches).hasSizeBetween(11, 12);
        assertThat(before[0]).isLessThan(batches.size());
    }

    @Test
    void vectorsOfSeveralCallersAreThoseOfOneAloneToTheBit() throws Exception {
        Future<List<Integer>> held = hold();
        List<Future<List<float[]>>> found = new ArrayList<>();
        Pooling[] poolings = Pooling.values();
        for (int i = 0; i < 12; i++) {
            List<TextTokens> own = texts(1 + i % 2, 3 + 5 * i, i);
            Pooling pooling = poolings[i % poolings.length];
            found.add(callers.submit(() -> encoder.pooled(own, pooling)));
        }
        awaitCallers(13);
        release.countDown();
        held.get();
        for (int i = 0; i < 12; i++) {
            List<TextTokens> own = texts(1 + i % 2, 3 + 5 * i, i);
            assertThat(found.get(i).get().toArray(float[][]::new))
                    .isDeepEqualTo(
                            encoder.pooled(own, poolings[i % poolings.length]).toArray(float[][]::new));
        }
    }

    @Test
    void oneCallersDefectIsItsOwn() throws Exception {
        Future<List<Integer>> held = hold();
        List<TextTokens> good = texts(3, 6, 1);
        Future<List<Integer>> right = callers.submit(() -> encoder.each(good, use));
        Future<List<Integer>> wrong = callers.submit(() -> encoder.each(List.of(TextTokens.of(1 << 28)), use));
        awaitCallers(3);
        release.countDown();
        held.get();
        assertThat(right.get()).isEqualTo(firstTokens(good));
        assertThatThrownBy(wrong::get).isInstanceOf(ExecutionException.class);
    }

    @Test
    void aCallerThatIsInterruptedTakesItsTextsAway() throws Exception {
        Future<List<Integer>> held = hold();
        List<Throwable> seen = new CopyOnWriteArrayList<>();
        Thread leaving = Thread.ofVirtual().start(() -> {
            try {
                encoder.each(texts(100, 100, 1), use);
            } catch (JandaiaException e) {
                seen.add(e);
            }
        });
        awaitCallers(2);
        leaving.interrupt();
        leaving.join();
        release.countDown();
        held.get();
        assertThat(seen)
                .singleElement()
                .satisfies(e -> assertThat(((JandaiaException) e).kind()).isEqualTo(JandaiaException.Kind.CANCELLED));
        assertThat(batches).isEmpty();
        assertThat(encoder.callers()).isZero();
    }
}
