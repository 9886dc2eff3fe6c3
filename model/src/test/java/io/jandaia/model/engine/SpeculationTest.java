package io.jandaia.model.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.model.arch.RopeSpec;
import io.jandaia.model.nn.TinyDecoder;
import io.jandaia.model.sampling.Dry;
import io.jandaia.model.sampling.Sampling;
import io.jandaia.model.sampling.Setting;
import io.jandaia.model.sampling.Settings;
import io.jandaia.model.state.KvLayout;
import io.jandaia.model.state.PagePool;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.kernel.KernelSets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is guessed changes no token, however often it is right. */
@Timeout(120)
class SpeculationTest {

    private static final int TOKENS = 150;

    private static final Settings DRAWN = Settings.NONE
            .with(Setting.TEMPERATURE, 0.8)
            .with(Setting.TOP_K, 40)
            .with(Setting.REPEAT_PENALTY, 1.1)
            .with(Setting.PRESENCE_PENALTY, 0.3);

    private TinyDecoder tiny = open(64L << 20);
    private Engine engine = engine();

    private static TinyDecoder open(long poolBytes) {
        return new TinyDecoder(
                ElementType.F32, new int[] {0, 24}, KernelSets.choose().kernels(), 2, poolBytes, new RopeSpec.None());
    }

    private Engine engine() {
        Engine engine = new Engine(tiny.decoder, tiny.ops, tiny.pool, ByteTokenizer.create(), 16);
        engine.reusePrefixes(false); // or what is compared would be computed once
        return engine;
    }

    @AfterEach
    void close() {
        engine.close();
        tiny.close();
    }

    private static Request request(int prompt, Settings settings, long seed, Set<Integer> ends, List<String> stops) {
        Sampling sampling = Sampling.of(settings, Set.of(), Dry.Breakers.NONE, seed);
        return new Request(
                TinyDecoder.tokens(prompt, seed),
                TOKENS,
                sampling,
                ends,
                stops,
                2,
                null,
                null,
                null,
                Request.Form.PLAIN,
                Handling.DEFAULT);
    }

    private static Request request(int prompt, Settings settings, long seed) {
        return request(prompt, settings, seed, Set.of(), List.of());
    }

    /** All events; the end without its times, which differ, and without what was guessed. */
    private record Result(List<TokenEvent.Token> tokens, String rest, Object reason, TokenEvent.Usage usage) {
        int[] ids() {
            return tokens.stream().mapToInt(TokenEvent.Token::id).toArray();
        }

        List<Object> text() {
            return List.of(tokens, rest, reason, usage.completionTokens());
        }
    }

    private static Result read(Generation g) {
        List<TokenEvent.Token> tokens = new ArrayList<>();
        for (TokenEvent e = g.next(); e != null; e = g.next()) {
            switch (e) {
                case TokenEvent.Token t -> tokens.add(t);
                case TokenEvent.Finished f -> {
                    return new Result(tokens, f.text(), f.reason(), f.usage());
                }
            }
        }
        throw new AssertionError("no end");
    }

    /** Knows what comes and says it with this probability, else something else. */
    private static Drafter scripted(int[] prompt, int[] answer, double right, long seed) {
        Random random = new Random(seed);
        return (tokens, count, most) -> {
            int from = count - prompt.length;
            int[] out = Arrays.copyOfRange(answer, from, Math.clamp(answer.length, from, from + most));
            for (int i = 0; i < out.length; i++) {
                out[i] = random.nextDouble() < right ? out[i] : (out[i] + 1) % TinyDecoder.VOCABULARY;
            }
            return out;
        };
    }

    private Result plain(Request r) {
        engine.close();
        engine = engine();
        return read(engine.submit(r));
    }

    private void holds(Request r, double right) {
        Result plain = plain(r);
        engine.speculate(q -> scripted(q.prompt(), plain.ids(), right, 5), 7, false);
        Result guessed = read(engine.submit(r));
        assertThat(guessed.text()).isEqualTo(plain.text());
        assertThat(tiny.pool.usedBytes()).isZero();
        TokenEvent.Usage usage = guessed.usage();
        assertThat(plain.usage().draftTokens()).isZero();
        assertThat(usage.draftTokens()).isPositive();
        if (!r.endIds().isEmpty() || !r.stops().isEmpty()) {
            return; // may end before the first right guess
        }
        if (right == 0) {
            assertThat(usage.acceptedTokens()).isZero();
        } else if (right == 1) {
            assertThat(usage.acceptedTokens()).isEqualTo(usage.draftTokens());
        } else {
            assertThat(usage.acceptedTokens()).isBetween(1, usage.draftTokens() - 1);
        }
    }

    @Test
    void greedyTextIsTheSameHoweverOftenGuessesAreRight() {
        for (double right : new double[] {0, 0.3, 0.7, 1}) {
            holds(request(20, Settings.NONE, 1), right);
        }
    }

    @Test
    void drawnTextIsTheSameWithPenaltiesAndLogProbabilities() {
        for (double right : new double[] {0, 0.7, 1}) {
            holds(request(33, DRAWN, 2), right);
        }
    }

    @Test
    void mirostatGoesOnFromWhatWasDrawn() {
        holds(request(20, Settings.NONE.with(Setting.TEMPERATURE, 0.9).with(Setting.MIROSTAT, 2), 4), 0.7);
    }

    @Test
    void endTokensAndStopTextsEndAmongGuesses() {
        Result free = plain(request(12, DRAWN, 9));
        holds(request(12, DRAWN, 9, Set.of(free.ids()[50]), List.of()), 0.8);
        String stop = free.tokens().stream()
                .map(TokenEvent.Token::text)
                .filter(t -> !t.isBlank())
                .skip(30)
                .findFirst()
                .orElseThrow();
        holds(request(12, DRAWN, 9, Set.of(), List.of(stop)), 0.8);
    }

    @Test
    void severalSequencesGuessTogetherAlsoWhenMemoryRunsOut() {
        List<Result> plain = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            plain.add(plain(request(60, DRAWN, i)));
        }
        for (long bytes : new long[] {64L << 20, tiny.pool.layout().bytes(450)}) {
            close();
            tiny = open(bytes);
            engine = engine();
            for (boolean adaptive : new boolean[] {true, false}) {
                List<CompletableFuture<Result>> all = new ArrayList<>();
                for (int i = 0; i < 6; i++) {
                    int[] answer = plain.get(i).ids();
                    engine.speculate(q -> scripted(q.prompt(), answer, 0.7, 3), 5, adaptive);
                    Generation g = engine.submit(request(60, DRAWN, i));
                    all.add(CompletableFuture.supplyAsync(() -> read(g)));
                }
                for (int i = 0; i < 6; i++) {
                    assertThat(all.get(i).join().text()).isEqualTo(plain.get(i).text());
                }
            }
        }
    }

    @Test
    void aConversationGoesOnFromWhatWasAccepted() {
        Request first = request(40, DRAWN, 3);
        Result plain = plain(first);
        int[] longer = Arrays.copyOf(first.prompt(), 40 + TOKENS + 5);
        System.arraycopy(plain.ids(), 0, longer, 40, TOKENS);
        Request second = new Request(longer, 40, first.sampling(), Set.of(), List.of());
        Result then = read(engine.submit(second));
        engine.reusePrefixes(true);
        engine.speculate(q -> scripted(q.prompt(), plain.ids(), 0.7, 8), 7, false);
        read(engine.submit(first));
        engine.speculate(q -> new NgramDrafter(), 4, false);
        Result again = read(engine.submit(second));
        assertThat(again.text()).isEqualTo(then.text());
        assertThat(again.usage().cachedTokens()).isGreaterThan(100);
    }

    @Test
    void whatIsNeverRightIsSoonGivenUp() {
        Speculation s = new Speculation((t, n, most) -> new int[most], costs(0.1), 8, true);
        Lane lane = new Lane(new int[] {1, 2, 3}, 3, null);
        int extra = 0;
        for (int i = 0; i < 1000; i++) {
            extra += s.draft(lane, 100, 1, 1).length;
            s.drawn(1);
        }
        assertThat(extra * 0.1).isBetween(0.1, 30.0);
        assertThat(s.accepted()).isZero();
    }

    @Test
    void whatIsOftenRightIsGuessedFarAhead() {
        Speculation s = new Speculation((t, n, most) -> new int[most], costs(0.05), 8, true);
        Lane lane = new Lane(new int[] {1, 2, 3}, 3, null);
        for (int i = 0; i < 60; i++) {
            int n = s.draft(lane, 100, 1, 1).length;
            for (int k = 0; k < n; k++) {
                s.drawn(0);
            }
        }
        assertThat(s.draft(lane, 100, 1, 1)).hasSize(8);
    }

    @Test
    void nothingIsGuessedWhereARowMoreCostsAsMuchAsAStep() {
        Speculation s = new Speculation((t, n, most) -> new int[most], costs(1), 8, true);
        assertThat(s.draft(new Lane(new int[] {1, 2, 3}, 3, null), 100, 1, 1)).isEmpty();
    }

    @Test
    void statesThatCannotGoBackAreRefusedWithTheReason() {
        KvLayout layout = new KvLayout(List.of(new KvLayout.Layer(null, 0, 64)));
        try (PagePool pool = new PagePool(layout, 1 << 20);
                Engine recurrent = new Engine(tiny.decoder, tiny.ops, pool, ByteTokenizer.create(), 1)) {
            assertThatThrownBy(() -> recurrent.speculate(r -> new NgramDrafter(), 4, true))
                    .hasMessageContaining("recurrent layers");
        }
    }

    private static StepCosts costs(double row) {
        StepCosts costs = new StepCosts();
        for (int rows = 1; rows <= 20; rows++) {
            costs.observe(rows, 1 + row * (rows - 1));
        }
        return costs;
    }

    @Test
    void ngramsAreFoundWhereTheyCameLastAndPeriodsGoOn() {
        int[] text = {1, 2, 3, 4, 9, 2, 3, 5, 8, 2, 3};
        assertThat(new NgramDrafter().draft(text, text.length, 3)).containsExactly(5, 8, 2);
        assertThat(new NgramDrafter().draft(text, 9, 3)).isEmpty();
        int[] period = {7, 8, 7, 8, 7, 8};
        NgramDrafter grows = new NgramDrafter();
        assertThat(grows.draft(period, 3, 4)).isEmpty();
        assertThat(grows.draft(period, 6, 5)).containsExactly(7, 8, 7, 8, 7);
        assertThat(new NgramDrafter().draft(period, 1, 5)).isEmpty();
    }
}
