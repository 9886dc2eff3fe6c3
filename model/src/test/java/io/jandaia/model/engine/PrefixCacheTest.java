package io.jandaia.model.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.model.arch.RopeSpec;
import io.jandaia.model.grammar.Grammar;
import io.jandaia.model.nn.TinyDecoder;
import io.jandaia.model.sampling.Dry;
import io.jandaia.model.sampling.Sampling;
import io.jandaia.model.sampling.Setting;
import io.jandaia.model.sampling.Settings;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.kernel.KernelSets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that start from what others have computed give the tokens of requests that start from nothing. */
@Timeout(60)
class PrefixCacheTest {

    private TinyDecoder tiny;
    private Engine engine;

    @BeforeEach
    void open() {
        open(64L << 20, new RopeSpec.None());
    }

    private void open(long poolBytes, RopeSpec.Scaling scaling, int... windows) {
        close();
        tiny = new TinyDecoder(
                ElementType.F32,
                windows.length == 0 ? new int[] {0, 0} : windows,
                KernelSets.choose().kernels(),
                2,
                poolBytes,
                scaling);
        engine = new Engine(tiny.decoder, tiny.ops, tiny.pool, ByteTokenizer.create(), 16);
    }

    @AfterEach
    void close() {
        if (engine != null) {
            engine.close();
            tiny.close();
        }
    }

    private static Request request(int[] prompt, int maxTokens) {
        return request(prompt, maxTokens, Handling.DEFAULT);
    }

    private static Request fresh(int[] prompt, int maxTokens) {
        return request(prompt, maxTokens, Handling.DEFAULT.reuse(false));
    }

    private static Request request(int[] prompt, int maxTokens, Handling handling) {
        Settings settings = Settings.NONE
                .with(Setting.TEMPERATURE, 0.8)
                .with(Setting.TOP_K, 40)
                .with(Setting.TOP_P, 0.95)
                .with(Setting.REPEAT_PENALTY, 1.1);
        Sampling sampling = Sampling.of(settings, Set.of(), Dry.Breakers.NONE, 42);
        return new Request(
                prompt, maxTokens, sampling, Set.of(), List.of(), -1, null, null, null, Request.Form.PLAIN, handling);
    }

    /** Greedy, and of a form; null = any. */
    private static Request greedy(int[] prompt, @Nullable Grammar grammar, Handling handling) {
        return new Request(
                prompt,
                60,
                Sampling.GREEDY,
                Set.of(),
                List.of(),
                -1,
                null,
                null,
                grammar,
                Request.Form.PLAIN,
                handling);
    }

    private record Result(int[] ids, String text, int reused, Prefix prefix) {}

    private static Result read(Generation g) {
        List<Integer> ids = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        TokenEvent.Usage usage = new TokenEvent.Usage(0, 0);
        TokenEvent e;
        while ((e = g.next()) != null) {
            switch (e) {
                case TokenEvent.Token t -> {
                    ids.add(t.id());
                    text.append(t.text());
                }
                case TokenEvent.Finished f -> {
                    text.append(f.text());
                    usage = f.usage();
                }
            }
        }
        return new Result(
                ids.stream().mapToInt(Integer::intValue).toArray(),
                text.toString(),
                usage.cachedTokens(),
                usage.prefix());
    }

    private static int[] join(int[] a, int[] b) {
        int[] joined = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, joined, a.length, b.length);
        return joined;
    }

    @Test
    void aTurnComputesOnlyWhatIsNew() {
        int[] first = TinyDecoder.tokens(70, 1);
        Result answer = read(engine.submit(request(first, 20)));
        assertThat(answer.reused()).isZero();
        assertThat(answer.prefix()).isEqualTo(Prefix.UNKNOWN);
        int[] second = join(join(first, answer.ids()), TinyDecoder.tokens(15, 2));
        Result expected = read(engine.submit(fresh(second, 20)));
        assertThat(expected.prefix()).isEqualTo(Prefix.OFF);
        Result then = read(engine.submit(request(second, 20)));
        assertThat(then.ids()).isEqualTo(expected.ids());
        assertThat(then.reused()).isEqualTo(70 + 20 - 1); // the answer's last token was chosen but not computed
        assertThat(then.prefix()).isEqualTo(Prefix.REUSED);
        Result again = read(engine.submit(request(second, 20)));
        assertThat(again.ids()).isEqualTo(expected.ids());
        assertThat(again.reused()).isEqualTo(second.length - 1);
    }

    @Test
    void anyBeginningGivesTheTokensOfAFreshStart() {
        for (int[] windows : new int[][] {{0, 0}, {0, 24}, {0, TinyDecoder.RECURRENT}}) {
            open(64L << 20, new RopeSpec.None(), windows);
            SplittableRandom random = new SplittableRandom(11);
            int reused = 0;
            List<int[]> prompts = new ArrayList<>(List.of(TinyDecoder.tokens(50, 3)));
            for (int turn = 0; turn < 40; turn++) {
                int[] from = prompts.get(random.nextInt(prompts.size()));
                int cut = random.nextInt(2) == 0 ? from.length : 1 + random.nextInt(from.length);
                int[] prompt = join(Arrays.copyOf(from, cut), TinyDecoder.tokens(1 + random.nextInt(60), 100 + turn));
                prompt = Arrays.copyOf(prompt, Math.min(prompt.length, 300));
                prompts.add(prompt);
                Result expected = read(engine.submit(fresh(prompt, 10)));
                Result found = read(engine.submit(request(prompt, 10)));
                assertThat(found.ids()).as("turn %d", turn).isEqualTo(expected.ids());
                reused += found.reused();
            }
            assertThat(reused).isGreaterThan(300);
        }
    }

    @Test
    void anAnswerOfAFormIsTheSameAloneAndBehindWhatOthersComputed() {
        int[] system = TinyDecoder.tokens(90, 21);
        for (Grammar form : List.of(
                Grammar.regex("[a-z]{3}-[0-9]{4,20}(,[A-Z]+){1,3}"),
                Grammar.json(),
                Grammar.choice(List.of("yes", "yesterday", "no")))) {
            int[] prompt = join(system, TinyDecoder.tokens(20, 22));
            for (boolean drawn : new boolean[] {false, true}) {
                Request r = greedy(prompt, form, Handling.DEFAULT);
                if (drawn) {
                    r = new Request(
                            prompt,
                            60,
                            request(prompt, 60).sampling(),
                            Set.of(),
                            List.of(),
                            -1,
                            null,
                            null,
                            form,
                            Request.Form.PLAIN,
                            Handling.DEFAULT);
                }
                open();
                Result alone = read(engine.submit(r));
                assertThat(alone.reused()).isZero();
                open();
                read(engine.submit(request(join(system, TinyDecoder.tokens(30, 23)), 10)));
                Result behind = read(engine.submit(r));
                assertThat(behind.reused()).isBetween(64, 90);
                assertThat(behind.ids()).isEqualTo(alone.ids());
                assertThat(behind.text()).isEqualTo(alone.text()).isNotEmpty();
                Result again = read(engine.submit(r));
                assertThat(again.reused()).isEqualTo(prompt.length - 1);
                assertThat(again.text()).isEqualTo(alone.text());
            }
        }
    }

    @Test
    void aStateThatCannotGoBackServesWhoGoesOnFromItAndOthersAreToldWhy() {
        open(64L << 20, new RopeSpec.None(), 0, TinyDecoder.RECURRENT);
        int[] first = TinyDecoder.tokens(70, 1);
        Result answer = read(engine.submit(greedy(first, null, Handling.DEFAULT)));
        assertThat(answer.prefix()).isEqualTo(Prefix.UNKNOWN);
        int[] onwards = join(join(first, answer.ids()), TinyDecoder.tokens(15, 2));
        int[] aside = join(Arrays.copyOf(first, 60), TinyDecoder.tokens(15, 3));
        record Case(int[] prompt, int reused, Prefix prefix) {}
        for (Case c : List.of(
                new Case(onwards, 70 + 60 - 1, Prefix.REUSED),
                new Case(join(first, TinyDecoder.tokens(15, 4)), 70, Prefix.REUSED),
                new Case(aside, 0, Prefix.PASSED),
                new Case(first, 0, Prefix.PASSED), // its last token's logits are behind the state
                new Case(TinyDecoder.tokens(70, 5), 0, Prefix.UNKNOWN),
                new Case(Arrays.copyOf(first, PrefixCache.LEAST), 0, Prefix.UNKNOWN))) {
            Result expected = read(engine.submit(greedy(c.prompt, null, Handling.DEFAULT.reuse(false))));
            assertThat(expected.prefix()).isEqualTo(Prefix.OFF);
            Result found = read(engine.submit(greedy(c.prompt, null, Handling.DEFAULT)));
            assertThat(found.ids()).isEqualTo(expected.ids());
            assertThat(found.reused()).isEqualTo(c.reused);
            assertThat(found.prefix()).isEqualTo(c.prefix);
        }
        Handling other = Handling.DEFAULT.salt("other");
        assertThat(read(engine.submit(greedy(aside, null, other))).prefix()).isEqualTo(Prefix.UNKNOWN);
    }

    @Test
    void oneOfManyComputesWhatTheyBeginWith() {
        int[] system = TinyDecoder.tokens(200, 5);
        List<int[]> prompts = new ArrayList<>();
        List<int[]> expected = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            prompts.add(join(system, TinyDecoder.tokens(3 + i, 50 + i)));
            expected.add(read(engine.submit(fresh(prompts.get(i), 12))).ids());
        }
        List<CompletableFuture<Result>> all = new ArrayList<>();
        for (int[] prompt : prompts) {
            Generation g = engine.submit(request(prompt, 12));
            all.add(CompletableFuture.supplyAsync(() -> read(g)));
        }
        int reusing = 0;
        for (int i = 0; i < 16; i++) {
            Result found = all.get(i).join();
            assertThat(found.ids()).as("sequence %d", i).isEqualTo(expected.get(i));
            reusing += found.reused() >= 128 ? 1 : 0;
        }
        assertThat(reusing).isEqualTo(15);
    }

    @Test
    void callersWithSaltShareNothing() {
        int[] prompt = TinyDecoder.tokens(60, 1);
        read(engine.submit(request(prompt, 5, Handling.DEFAULT.salt("a"))));
        assertThat(read(engine.submit(request(prompt, 5, Handling.DEFAULT.salt("b"))))
                        .reused())
                .isZero();
        assertThat(read(engine.submit(request(prompt, 5))).reused()).isZero();
        assertThat(read(engine.submit(request(prompt, 5, Handling.DEFAULT.salt("a"))))
                        .reused())
                .isEqualTo(59);
    }

    @Test
    void positionsThatFollowTheLengthAreComputedAgain() {
        open(64L << 20, new RopeSpec.Dynamic(2, 32));
        int[] first = TinyDecoder.tokens(40, 1);
        int[] second = join(join(first, read(engine.submit(request(first, 10))).ids()), TinyDecoder.tokens(30, 2));
        Result found = read(engine.submit(request(second, 10)));
        assertThat(found.ids()).isEqualTo(read(engine.submit(fresh(second, 10))).ids());
        assertThat(found.reused()).isZero();
        assertThat(found.prefix()).isEqualTo(Prefix.POSITIONS);
    }

    @Test
    void whatIsKeptMakesRoomForOthers() {
        open(tiny.pool.layout().bytes(200), new RopeSpec.None());
        int[] first = TinyDecoder.tokens(100, 1);
        Result answer = read(engine.submit(request(first, 30)));
        assertThat(read(engine.submit(request(TinyDecoder.tokens(150, 9), 20))).ids())
                .hasSize(20);
        int[] second = join(join(first, answer.ids()), TinyDecoder.tokens(5, 2));
        Result again = read(engine.submit(request(second, 20)));
        assertThat(again.reused()).isZero();
        assertThat(again.ids()).isEqualTo(read(engine.submit(fresh(second, 20))).ids());
    }

    @Test
    void aThousandThatAreCancelledLeaveNothing() throws InterruptedException {
        for (int i = 0; i < 1000; i++) {
            Generation g = engine.submit(request(TinyDecoder.tokens(10 + i % 40, i), 0));
            if (i % 3 == 0) {
                g.next();
            }
            g.cancel();
            if (i % 10 == 0) {
                read(g);
            }
        }
        assertThat(read(engine.submit(request(TinyDecoder.tokens(40, 1), 5))).ids())
                .hasSize(5);
        engine.reusePrefixes(false);
        while (tiny.pool.usedBytes() > 0) {
            Thread.sleep(1); // the engine does it at its next step; the timeout of the class ends this
        }
        read(engine.submit(request(TinyDecoder.tokens(40, 1), 5)));
        assertThat(tiny.pool.usedBytes()).isZero();
    }
}
