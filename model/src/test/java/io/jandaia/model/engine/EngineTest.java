package io.jandaia.model.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.RopeSpec;
import io.jandaia.model.engine.TokenEvent.FinishReason;
import io.jandaia.model.nn.Batch;
import io.jandaia.model.nn.Ops;
import io.jandaia.model.nn.TinyDecoder;
import io.jandaia.model.sampling.Dry;
import io.jandaia.model.sampling.Sampling;
import io.jandaia.model.sampling.Setting;
import io.jandaia.model.sampling.Settings;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.kernel.KernelSets;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EngineTest {

    private static final Settings SETTINGS = Settings.NONE
            .with(Setting.TEMPERATURE, 0.8)
            .with(Setting.TOP_K, 40)
            .with(Setting.TOP_P, 0.95)
            .with(Setting.REPEAT_PENALTY, 1.1);

    private static Sampling sampling(Settings s, long seed) {
        return Sampling.of(s, Set.of(), Dry.Breakers.NONE, seed);
    }

    private TinyDecoder tiny = open(64L << 20);
    private Engine engine = engine(tiny, 16);

    private static TinyDecoder open(long poolBytes) {
        return new TinyDecoder(
                ElementType.F32, new int[] {0, 24}, KernelSets.choose().kernels(), 2, poolBytes, new RopeSpec.None());
    }

    private static Engine engine(TinyDecoder tiny, int maxRunning) {
        Engine engine = new Engine(tiny.decoder, tiny.ops, tiny.pool, ByteTokenizer.create(), maxRunning);
        engine.reusePrefixes(false); // or what is compared would be computed once
        return engine;
    }

    private void reopen(long poolBytes, int maxRunning) {
        close();
        tiny = open(poolBytes);
        engine = engine(tiny, maxRunning);
    }

    @AfterEach
    void close() {
        engine.close();
        tiny.close();
    }

    private static Request request(int promptLength, int maxTokens, long seed) {
        return new Request(
                TinyDecoder.tokens(promptLength, seed), maxTokens, sampling(SETTINGS, seed), Set.of(), List.of());
    }

    private static List<Integer> read(Generation g) {
        List<Integer> ids = new ArrayList<>();
        TokenEvent e;
        while ((e = g.next()) != null) {
            if (e instanceof TokenEvent.Token t) {
                ids.add(t.id());
            }
        }
        return ids;
    }

    @Test
    void aSequenceGetsTheSameAloneAndAmongSixteen() {
        List<List<Integer>> alone = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            alone.add(read(engine.submit(request(5 + 40 * i, 30, i))));
        }
        List<CompletableFuture<List<Integer>>> together = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            Generation g = engine.submit(request(5 + 40 * i, 30, i));
            together.add(CompletableFuture.supplyAsync(() -> read(g)));
        }
        for (int i = 0; i < 16; i++) {
            assertThat(together.get(i).join()).as("sequence %d", i).isEqualTo(alone.get(i));
        }
        assertThat(tiny.pool.usedBytes()).isZero();
    }

    @Test
    void evictedSequencesGoOnWithTheSameTokens() {
        List<List<Integer>> expected = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            expected.add(read(engine.submit(request(60, 100, i))));
        }
        reopen(tiny.pool.layout().bytes(400), 16);
        List<CompletableFuture<List<Integer>>> together = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Generation g = engine.submit(request(60, 100, i));
            together.add(CompletableFuture.supplyAsync(() -> read(g)));
        }
        for (int i = 0; i < 6; i++) {
            assertThat(together.get(i).join()).as("sequence %d", i).isEqualTo(expected.get(i));
        }
    }

    @Test
    void aSequenceThatOutgrowsTheMemoryFailsAlone() {
        reopen(tiny.pool.layout().bytes(100), 16);
        Generation g = engine.submit(request(60, 200, 1));
        assertThatThrownBy(() -> read(g)).isInstanceOf(JandaiaException.class).hasMessageContaining("Close a sequence");
        assertThat(read(engine.submit(request(20, 10, 2)))).hasSize(10);
    }

    @Test
    void cancellingFreesTheSequenceAndOthersGoOn() {
        Generation cancelled = engine.submit(request(10, 1900, 1));
        Generation other = engine.submit(request(10, 20, 2));
        cancelled.next();
        cancelled.cancel();
        TokenEvent last = null;
        for (TokenEvent e = cancelled.next(); e != null; e = cancelled.next()) {
            last = e;
        }
        assertThat(last)
                .isInstanceOfSatisfying(
                        TokenEvent.Finished.class, f -> assertThat(f.reason()).isEqualTo(FinishReason.CANCELLED));
        assertThat(read(other)).hasSize(20);
        assertThat(tiny.pool.usedBytes()).isZero();
    }

    @Test
    void aSlowReaderPausesOnlyItself() throws Exception {
        Generation slow = engine.submit(request(10, 300, 1));
        assertThat(read(engine.submit(request(10, 300, 2)))).hasSize(300);
        Thread.sleep(Duration.ofMillis(50));
        assertThat(slow.hasRoom()).isFalse();
        assertThat(read(slow)).hasSize(300);
    }

    @Test
    void endsAtTheContextWithLength() {
        Generation g = engine.submit(request(2040, 0, 3));
        List<TokenEvent> events = new ArrayList<>();
        for (TokenEvent e = g.next(); e != null; e = g.next()) {
            events.add(e);
        }
        assertThat(events.getLast()).isInstanceOfSatisfying(TokenEvent.Finished.class, f -> {
            assertThat(f.reason()).isEqualTo(FinishReason.LENGTH);
            assertThat(f.usage().completionTokens()).isEqualTo(8);
        });
    }

    @Test
    void endTokensAndStopTextsEndTheAnswerAndAreNoPartOfIt() {
        List<Integer> free = read(engine.submit(request(12, 40, 9)));
        int end = free.get(20);
        int first = free.indexOf(end);
        Request r = request(12, 40, 9);
        Request ending = new Request(r.prompt(), 40, r.sampling(), Set.of(end), List.of());
        assertThat(read(engine.submit(ending))).isEqualTo(free.subList(0, first));
    }

    @Test
    void scoresAreThoseOfGreedyGeneration() throws Exception {
        int[] ids = TinyDecoder.tokens(100, 4);
        double[] whole = engine.score(ids).get();
        assertThat(whole).hasSize(99);
        assertThat(java.util.Arrays.stream(whole).max().getAsDouble()).isLessThanOrEqualTo(0);
        double[] part = engine.score(java.util.Arrays.copyOf(ids, 50)).get();
        assertThat(part).isEqualTo(java.util.Arrays.copyOf(whole, 49));
    }

    @Test
    void refusesWhatCannotBeComputed() {
        assertThatThrownBy(() -> engine.submit(request(2048, 1, 1)))
                .hasMessageContaining("2048 tokens")
                .hasMessageContaining("context of 2048");
        assertThatThrownBy(() -> engine.submit(request(0, 1, 1))).hasMessageContaining("no tokens");
        assertThatThrownBy(() -> engine.submit(new Request(new int[] {384}, 1, Sampling.GREEDY, Set.of(), List.of())))
                .hasMessageContaining("384");
        assertThatThrownBy(() -> engine.submit(new Request(new int[] {1}, 1, Sampling.GREEDY, Set.of(), List.of(""))))
                .hasMessageContaining("empty");
    }

    /** An engine whose steps tell how many tokens they have, and go on when they may. */
    private void watchSteps(BlockingQueue<Integer> steps, Semaphore mayGo) {
        engine.close();
        Ops watched = (Ops) Proxy.newProxyInstance(
                Ops.class.getClassLoader(), new Class<?>[] {Ops.class}, (proxy, method, args) -> {
                    if (method.getName().equals("begin")) {
                        steps.add(((Batch) args[0]).size());
                        mayGo.acquire();
                    }
                    try {
                        return method.invoke(tiny.ops, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        engine = new Engine(tiny.decoder, watched, tiny.pool, ByteTokenizer.create(), 16);
    }

    @Test
    void aLongPromptThatIsCancelledIsComputedNoFurther() throws Exception {
        Request r = request(2000, 5, 1);
        List<Integer> expected = read(engine.submit(r));
        BlockingQueue<Integer> steps = new LinkedBlockingQueue<>();
        Semaphore mayGo = new Semaphore(0);
        watchSteps(steps, mayGo);
        for (boolean reuse : new boolean[] {false, true}) {
            Generation g = engine.submit(new Request(
                    r.prompt(),
                    5,
                    r.sampling(),
                    Set.of(),
                    List.of(),
                    -1,
                    null,
                    null,
                    null,
                    Request.Form.PLAIN,
                    Handling.DEFAULT.reuse(reuse)));
            assertThat(steps.take()).isEqualTo(512);
            g.cancel();
            mayGo.release(1000);
            assertThat(g.next())
                    .isInstanceOfSatisfying(
                            TokenEvent.Finished.class,
                            f -> assertThat(f.reason()).isEqualTo(FinishReason.CANCELLED));
            assertThat(steps).isEmpty();
            mayGo.drainPermits();
            if (!reuse) {
                assertThat(tiny.pool.usedBytes()).isZero();
            }
        }
        mayGo.release(1000);
        assertThat(read(engine.submit(r))).isEqualTo(expected); // from what the cancelled one left
        assertThat(steps.stream().mapToInt(Integer::intValue).sum()).isEqualTo(2000 - 512 + 4);
    }

    @Test
    void promptsThatBeginAlikeWaitForEachOtherWhereThatIsOfUse() throws Exception {
        for (boolean recurs : new boolean[] {false, true}) {
            close();
            tiny = new TinyDecoder(
                    ElementType.F32,
                    new int[] {0, recurs ? TinyDecoder.RECURRENT : 0},
                    KernelSets.choose().kernels(),
                    2);
            engine = engine(tiny, 16);
            BlockingQueue<Integer> steps = new LinkedBlockingQueue<>();
            Semaphore mayGo = new Semaphore(0);
            watchSteps(steps, mayGo);
            Generation first = engine.submit(request(5, 1, 9));
            steps.take(); // what comes now is in the next step
            List<Generation> alike = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int[] prompt = TinyDecoder.tokens(120, 1);
                prompt[100] = i;
                alike.add(engine.submit(new Request(prompt, 3, Sampling.GREEDY, Set.of(), List.of())));
            }
            mayGo.release(1000);
            assertThat(read(first)).hasSize(1);
            for (Generation g : alike) {
                assertThat(read(g)).hasSize(3);
            }
            assertThat(steps.take()).isEqualTo(recurs ? 3 * 120 : 120);
        }
    }

    @Test
    void closingEndsEverything() {
        Generation g = engine.submit(request(10, 1900, 1));
        CompletableFuture<double[]> score = engine.score(TinyDecoder.tokens(2000, 4));
        g.next();
        engine.close();
        assertThatThrownBy(() -> read(g)).hasMessageContaining("closed");
        assertThatThrownBy(score::get).isInstanceOf(ExecutionException.class).hasMessageContaining("closed");
        assertThatThrownBy(() -> engine.submit(request(1, 1, 1))).hasMessageContaining("closed");
    }
}
