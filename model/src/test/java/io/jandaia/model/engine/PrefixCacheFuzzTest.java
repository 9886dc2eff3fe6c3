package io.jandaia.model.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.state.KvLayout;
import io.jandaia.model.state.PagePool;
import io.jandaia.model.state.SequenceState;
import io.jandaia.model.state.Variant;
import io.jandaia.tensor.kernel.KvShape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The prefix cache beside a list of all that was kept, under random operations. In place of keys and values, memory has the
 * owner and the token of each position, so that a state of other tokens, or of another owner, is seen.
 */
@Timeout(60)
class PrefixCacheFuzzTest {

    private static final int PAGE = KvShape.PAGE;
    private static final int WINDOW = 40;
    private static final int LONGEST = 150;
    private static final KvShape SHAPE = new KvShape(1, 4, 4);

    private static final KvLayout WHOLE = new KvLayout(SHAPE, new int[] {0});
    private static final KvLayout WINDOWED = new KvLayout(SHAPE, new int[] {0, WINDOW});
    private static final KvLayout RECURRENT =
            new KvLayout(List.of(new KvLayout.Layer(SHAPE, 0), new KvLayout.Layer(null, 0, 16)));

    @Test
    void whatIsFoundIsWhatWasKept() {
        for (int seed = 0; seed < 20; seed++) {
            runAll(seed, 1_000);
        }
    }

    @Test
    @Tag("long")
    @Timeout(value = 1800, unit = TimeUnit.SECONDS)
    void whatIsFoundIsWhatWasKeptInManyRuns() {
        for (int seed = 100; seed < 400; seed++) {
            runAll(seed, 3_000);
        }
    }

    private static void runAll(long seed, int operations) {
        for (KvLayout layout : List.of(WHOLE, WINDOWED, RECURRENT)) {
            for (long positions : new long[] {100_000, 1_000}) {
                Run run = new Run(layout, layout.bytes(positions), seed);
                for (int i = 0; i < operations; i++) {
                    run.operation();
                }
                run.end();
            }
        }
    }

    /** Who may use what another has kept. */
    private record Owner(@Nullable Variant variant, String salt, int mark) {}

    private record Kept(int[] tokens, Owner owner) {}

    private static final class Run {
        private final List<Owner> owners = new ArrayList<>();
        private final KvLayout layout;
        private final PagePool pool;
        private final PrefixCache cache;
        private final SplittableRandom random;
        private final String where;
        private final List<Kept> kept = new ArrayList<>();
        private final List<Live> live = new ArrayList<>();
        private boolean forgot;
        private int found;
        private int exact;

        Run(KvLayout layout, long bytes, long seed) {
            this.layout = layout;
            this.pool = new PagePool(layout, bytes);
            this.cache = new PrefixCache(pool);
            this.random = new SplittableRandom(seed);
            this.where = "seed " + seed + ", " + bytes + " bytes";
            for (Variant v : Arrays.asList(null, new Variant() {}, new Variant() {})) {
                for (String salt : List.of("", "a")) {
                    owners.add(new Owner(v, salt, (owners.size() + 1) * 1000));
                }
            }
        }

        void operation() {
            int kind = random.nextInt(100);
            if (kind < 30 && live.size() < 5) {
                begin();
            } else if (kind < 50) {
                withOne(Live::goOn);
            } else if (kind < 60) {
                withOne(Live::share);
            } else if (kind < 65) {
                withOne(Live::cut);
            } else if (kind < 85) {
                withOne(l -> {
                    live.remove(l);
                    l.keep();
                });
            } else if (kind < 88) {
                withOne(l -> {
                    live.remove(l);
                    l.check();
                    l.state.close();
                });
            } else if (kind < 98) {
                look();
            } else if (kind < 99) {
                forgot |= cache.release();
            } else {
                clear();
            }
        }

        private void withOne(Consumer<Live> action) {
            if (!live.isEmpty()) {
                action.accept(live.get(random.nextInt(live.size())));
            }
        }

        /** Mostly the beginning of one that was kept, and other tokens. */
        private int[] prompt() {
            int[] from = kept.isEmpty() || random.nextInt(5) == 0
                    ? new int[0]
                    : kept.get(random.nextInt(kept.size())).tokens;
            int cut = random.nextInt(3) > 0 ? from.length : random.nextInt(from.length + 1);
            int[] tokens = Arrays.copyOf(from, Math.min(LONGEST, cut + 1 + random.nextInt(40)));
            for (int i = Math.min(cut, tokens.length); i < tokens.length; i++) {
                tokens[i] = random.nextInt(3);
            }
            return tokens;
        }

        private Owner owner() {
            return owners.get(random.nextInt(random.nextInt(2) == 0 ? 2 : owners.size()));
        }

        private void look() {
            @Nullable SequenceState s = take(prompt(), owner());
            if (s != null) {
                s.close();
            }
        }

        /** What the cache has, which the list must allow. */
        private @Nullable SequenceState take(int[] prompt, Owner owner) {
            int most = 0;
            int sure = 0;
            boolean alike = false;
            for (Kept k : kept) {
                if (k.owner.mark != owner.mark) {
                    continue;
                }
                int same = 0;
                while (same < Math.min(k.tokens.length, prompt.length - 1) && k.tokens[same] == prompt[same]) {
                    same++;
                }
                boolean whole = same == k.tokens.length;
                most = Math.max(most, whole || !layout.recurs() ? same : 0);
                sure = Math.max(sure, whole || layout.cuts() ? same : 0);
                alike |= same >= PrefixCache.LEAST;
            }
            int known = cache.known(prompt, prompt.length, owner.variant, owner.salt);
            boolean passed = cache.passed(prompt, prompt.length, owner.variant, owner.salt);
            SequenceState s = cache.take(prompt, prompt.length, owner.variant, owner.salt);
            assertThat(s == null ? 0 : s.length()).as(where).isEqualTo(known);
            assertThat(known).as(where).isLessThanOrEqualTo(most);
            assertThat(known == 0 || known >= PrefixCache.LEAST).as(where).isTrue();
            if (!forgot) {
                assertThat(known).as(where).isGreaterThanOrEqualTo(sure < PrefixCache.LEAST ? 0 : sure);
                assertThat(passed).as(where).isEqualTo(alike && known == 0);
                exact++;
            }
            assertThat(passed && (known > 0 || !alike || layout.cuts()))
                    .as(where)
                    .isFalse();
            if (s != null) {
                found++;
                assertThat(Objects.equals(s.variant(), owner.variant)).as(where).isTrue();
                check(s, prompt, owner);
            }
            return s;
        }

        private void begin() {
            int[] prompt = prompt();
            Owner owner = owner();
            SequenceState s = take(prompt, owner);
            Live l = new Live(s == null ? pool.open(owner.variant) : s, prompt, owner);
            live.add(l);
            l.write(random.nextInt(prompt.length - l.state.length()) + 1);
        }

        /** Everything that the next position sees is that of these tokens. */
        private void check(SequenceState s, int[] tokens, Owner owner) {
            int n = s.length();
            for (int layer = 0; layer < (layout == WINDOWED ? 2 : 1); layer++) {
                for (int p = layer == 0 ? 0 : Math.max(0, n - WINDOW + 1); p < n; p++) {
                    MemorySegment page = s.pages(layer)[p / PAGE];
                    int value = page.get(ValueLayout.JAVA_INT, layout.offset(layer) + p % PAGE * 4L);
                    if (value != owner.mark + tokens[p]) {
                        throw new AssertionError(where + ": position " + p + " of " + n + " has " + value);
                    }
                }
            }
            if (layout.recurs() && n > 0) {
                assertThat(s.recurrent().get(ValueLayout.JAVA_INT, 0))
                        .as(where)
                        .isEqualTo(owner.mark + Arrays.hashCode(Arrays.copyOf(tokens, n)));
            }
        }

        void end() {
            while (!live.isEmpty()) {
                live.removeLast().keep();
            }
            clear();
            assertThat(pool.usedBytes()).as(where).isZero();
            assertThat(found).as(where).isPositive();
            assertThat(exact).as(where).isPositive();
            pool.close();
        }

        private void clear() {
            cache.clear();
            kept.clear();
            forgot = false;
        }

        private final class Live {
            private final SequenceState state;
            private final Owner owner;
            private int[] tokens;

            Live(SequenceState state, int[] tokens, Owner owner) {
                this.state = state;
                this.tokens = tokens;
                this.owner = owner;
            }

            /** Computes some tokens, as far as there is memory; what is kept makes room. */
            void write(int count) {
                while (true) {
                    try {
                        state.reserve(count);
                        break;
                    } catch (JandaiaException e) {
                        if (!cache.release()) {
                            return;
                        }
                        forgot = true;
                    }
                }
                int from = state.length();
                for (int layer = 0; layer < (layout == WINDOWED ? 2 : 1); layer++) {
                    for (int p = from; p < from + count; p++) {
                        state.pages(layer)[p / PAGE].set(
                                ValueLayout.JAVA_INT, layout.offset(layer) + p % PAGE * 4L, owner.mark + tokens[p]);
                    }
                }
                if (layout.recurs()) {
                    state.recurrent()
                            .set(
                                    ValueLayout.JAVA_INT,
                                    0,
                                    owner.mark + Arrays.hashCode(Arrays.copyOf(tokens, from + count)));
                }
                state.advance(count);
            }

            void goOn() {
                check();
                if (state.length() == tokens.length && tokens.length < LONGEST) {
                    tokens = Arrays.copyOf(tokens, tokens.length + 1);
                    tokens[tokens.length - 1] = random.nextInt(3);
                }
                if (state.length() < tokens.length) {
                    write(1 + random.nextInt(tokens.length - state.length()));
                }
                check();
            }

            void share() {
                int whole = state.length() / PAGE * PAGE;
                int length = whole > 0 && state.canTruncate(whole) ? whole : state.length();
                cache.share(state, tokens, tokens.length, owner.salt);
                remember(length);
            }

            /** As after wrong guesses. */
            void cut() {
                int length = state.length() - random.nextInt(Math.min(8, state.length() + 1));
                if (length > 0 && state.canTruncate(length)) {
                    state.truncate(length);
                    tokens = Arrays.copyOf(tokens, length);
                }
                check();
            }

            void keep() {
                check();
                int length = state.length();
                cache.give(state, Arrays.copyOf(tokens, length), owner.salt);
                remember(length);
            }

            private void remember(int length) {
                if (length >= PrefixCache.LEAST) {
                    kept.add(new Kept(Arrays.copyOf(tokens, length), owner));
                }
            }

            void check() {
                Run.this.check(state, tokens, owner);
            }
        }
    }
}
