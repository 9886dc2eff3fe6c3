package io.jandaia.model.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.model.arch.RopeSpec;
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
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Turns that start from what the turn before has computed give the tokens of turns that start from nothing. */
@Timeout(60)
class KeptTest {

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
        Settings settings = Settings.NONE
                .with(Setting.TEMPERATURE, 0.8)
                .with(Setting.TOP_K, 40)
                .with(Setting.TOP_P, 0.95)
                .with(Setting.REPEAT_PENALTY, 1.1);
        Sampling sampling = Sampling.of(settings, Set.of(), Dry.Breakers.NONE, 42);
        return new Request(prompt, maxTokens, sampling, Set.of(), List.of());
    }

    private static int[] read(Generation g) {
        List<Integer> ids = new ArrayList<>();
        TokenEvent e;
        while ((e = g.next()) != null) {
            if (e instanceof TokenEvent.Token t) {
                ids.add(t.id());
            }
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    private static int[] join(int[] a, int[] b) {
        int[] joined = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, joined, a.length, b.length);
        return joined;
    }

    @Test
    void aTurnComputesOnlyWhatIsNew() {
        try (Kept kept = engine.keep()) {
            int[] first = TinyDecoder.tokens(70, 1);
            int[] answer = read(engine.submit(request(first, 20), kept));
            assertThat(kept.reused()).isZero();
            int[] second = join(join(first, answer), TinyDecoder.tokens(15, 2));
            int[] expected = read(engine.submit(request(second, 20)));
            assertThat(read(engine.submit(request(second, 20), kept))).isEqualTo(expected);
            assertThat(kept.reused()).isEqualTo(70 + 20 - 1); // the answer's last token was chosen but not computed
            assertThat(read(engine.submit(request(second, 20), kept))).isEqualTo(expected);
            assertThat(kept.reused()).isEqualTo(second.length - 1);
        }
    }

    @Test
    void anyEditGivesTheTokensOfAFreshStart() {
        for (int[] windows : new int[][] {{0, 0}, {0, 24}}) {
            open(64L << 20, new RopeSpec.None(), windows);
            Random random = new Random(11);
            int reused = 0;
            try (Kept kept = engine.keep()) {
                int[] prompt = TinyDecoder.tokens(50, 3);
                for (int turn = 0; turn < 12; turn++) {
                    int[] expected = read(engine.submit(request(prompt, 10)));
                    assertThat(read(engine.submit(request(prompt, 10), kept)))
                            .as("turn %d", turn)
                            .isEqualTo(expected);
                    reused += kept.reused();
                    int cut = random.nextInt(2) == 0 ? prompt.length : 1 + random.nextInt(prompt.length);
                    prompt = join(Arrays.copyOf(prompt, cut), TinyDecoder.tokens(5 + random.nextInt(20), 100 + turn));
                }
            }
            assertThat(reused).isPositive();
        }
    }

    @Test
    void positionsThatFollowTheLengthAreComputedAgain() {
        open(64L << 20, new RopeSpec.Dynamic(2, 32));
        try (Kept kept = engine.keep()) {
            int[] first = TinyDecoder.tokens(40, 1);
            int[] second = join(join(first, read(engine.submit(request(first, 10), kept))), TinyDecoder.tokens(30, 2));
            assertThat(read(engine.submit(request(second, 10), kept)))
                    .isEqualTo(read(engine.submit(request(second, 10))));
            assertThat(kept.reused()).isZero();
        }
    }

    @Test
    void whatIsKeptMakesRoomForOthers() {
        open(1L << 30, new RopeSpec.None());
        open(tiny.pool.layout().bytes(200), new RopeSpec.None());
        int[] first = TinyDecoder.tokens(100, 1);
        int[] answer;
        try (Kept kept = engine.keep()) {
            answer = read(engine.submit(request(first, 30), kept));
            assertThat(read(engine.submit(request(TinyDecoder.tokens(150, 9), 20))))
                    .hasSize(20);
            int[] second = join(join(first, answer), TinyDecoder.tokens(5, 2));
            int[] again = read(engine.submit(request(second, 20), kept));
            assertThat(kept.reused()).isZero();
            assertThat(again).isEqualTo(read(engine.submit(request(second, 20))));
        }
    }

    @Test
    void closingAndCancellingGiveTheMemoryBack() throws InterruptedException {
        Kept kept = engine.keep();
        Generation g = engine.submit(request(TinyDecoder.tokens(40, 1), 0), kept);
        g.next();
        g.cancel();
        read(g);
        assertThat(tiny.pool.usedBytes()).isPositive();
        kept.close();
        while (tiny.pool.usedBytes() > 0) {
            Thread.sleep(1); // the engine does it at its next step; the timeout of the class ends this
        }
        read(engine.submit(request(TinyDecoder.tokens(40, 1), 5), kept));
        assertThat(tiny.pool.usedBytes()).isZero();
    }
}
