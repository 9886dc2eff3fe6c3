package io.jandaia.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ComputeTeamTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void runsEveryTaskOnceWithWorkersInRange(int threads) {
        try (ComputeTeam team = ComputeTeam.of(threads)) {
            assertThat(team.size()).isEqualTo(threads);
            for (int tasks : new int[] {0, 1, 2, 3, 7, 100, 1000}) {
                AtomicIntegerArray runs = new AtomicIntegerArray(Math.max(1, tasks));
                AtomicInteger wrong = new AtomicInteger();
                team.run(tasks, (task, worker) -> {
                    runs.incrementAndGet(task);
                    if (worker < 0 || worker >= threads) {
                        wrong.incrementAndGet();
                    }
                });
                for (int t = 0; t < tasks; t++) {
                    assertThat(runs.get(t)).as("task %d of %d", t, tasks).isEqualTo(1);
                }
                assertThat(wrong.get()).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void rangesAreAllTasksOnce(int threads) {
        try (ComputeTeam team = ComputeTeam.of(threads)) {
            for (int job = 0; job < 500; job++) {
                int tasks = job * 7 % 301;
                int together = 1 + job % 4;
                AtomicIntegerArray runs = new AtomicIntegerArray(tasks + 1);
                AtomicInteger wrong = new AtomicInteger();
                AtomicInteger odd = new AtomicInteger();
                team.runRanges(tasks, together, (from, to, worker) -> {
                    if (from >= to || worker < 0 || worker >= threads) {
                        wrong.incrementAndGet();
                    }
                    if ((to - from) % together != 0) {
                        odd.incrementAndGet();
                    }
                    for (int t = from; t < to; t++) {
                        runs.incrementAndGet(t);
                    }
                });
                for (int t = 0; t < tasks; t++) {
                    assertThat(runs.get(t)).as("task %d of %d", t, tasks).isEqualTo(1);
                }
                assertThat(wrong.get()).isZero();
                assertThat(odd.get()).as("rests of shares").isLessThanOrEqualTo(threads);
            }
        }
    }

    @Test
    void whoIsDoneHelpsTheOthers() {
        try (ComputeTeam team = ComputeTeam.of(2)) {
            for (int job = 0; job < 2000; job++) {
                Set<Integer> done = ConcurrentHashMap.newKeySet();
                CountDownLatch rest = new CountDownLatch(9);
                int held = job % 2 == 0 ? 0 : 5; // the first task of either worker
                // Who takes it is held up until all the others are done.
                team.run(10, (task, worker) -> {
                    if (task == held) {
                        await(rest);
                    } else {
                        rest.countDown();
                    }
                    done.add(task);
                });
                assertThat(done).hasSize(10);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void manySmallJobsLoseNothing(int threads) {
        try (ComputeTeam team = ComputeTeam.of(threads)) {
            int jobs = 20_000;
            long[] sums = new long[threads * 16];
            for (int j = 0; j < jobs; j++) {
                team.run(5, (task, worker) -> sums[worker * 16] += task + 1);
            }
            long sum = 0;
            for (long s : sums) {
                sum += s;
            }
            assertThat(sum).isEqualTo(15L * jobs);
        }
    }

    @Test
    void aWorkerIsOneThread() {
        try (ComputeTeam team = ComputeTeam.of(3)) {
            AtomicReference<Thread>[] owners = newReferences(3);
            Set<Integer> shared = ConcurrentHashMap.newKeySet();
            for (int j = 0; j < 200; j++) {
                team.run(30, (task, worker) -> {
                    Thread owner = owners[worker].compareAndExchange(null, Thread.currentThread());
                    if (owner != null && owner != Thread.currentThread()) {
                        shared.add(worker);
                    }
                });
            }
            assertThat(shared).isEmpty();
            assertThat(owners[0].get()).isIn(Thread.currentThread(), null);
        }
    }

    @Test
    void membersWakeUpAfterAPause() throws InterruptedException {
        try (ComputeTeam team = ComputeTeam.of(2)) {
            for (int round = 0; round < 5; round++) {
                Thread.sleep(20);
                CountDownLatch both = new CountDownLatch(2);
                // Each task waits for the other: this ends only when two threads run.
                team.run(2, (task, worker) -> {
                    both.countDown();
                    await(both);
                });
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void theFirstExceptionIsThrownAndTheTeamGoesOn(int threads) {
        try (ComputeTeam team = ComputeTeam.of(threads)) {
            for (int round = 0; round < 200; round++) {
                AtomicInteger after = new AtomicInteger();
                assertThatThrownBy(() -> team.run(50, (task, worker) -> {
                            if (task == 3) {
                                throw new IllegalArgumentException("task 3");
                            }
                        }))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("task 3");
                team.run(10, (task, worker) -> after.incrementAndGet());
                assertThat(after.get()).isEqualTo(10);
            }
            assertThatThrownBy(() -> team.run(4, (task, worker) -> {
                        throw new AssertionError("an error");
                    }))
                    .isInstanceOf(AssertionError.class);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @SuppressWarnings("try") // closes inside on purpose
    void aTaskCannotUseItsOwnTeam(int threads) {
        try (ComputeTeam team = ComputeTeam.of(threads)) {
            assertThatThrownBy(() -> team.run(2, (task, worker) -> team.run(2, (t, w) -> {})))
                    .isInstanceOf(JandaiaException.class)
                    .hasMessageContaining("one of its own tasks");
            assertThatThrownBy(() -> team.run(2, (task, worker) -> team.close()))
                    .isInstanceOf(JandaiaException.class)
                    .hasMessageContaining("cannot be closed");
            team.run(2, (task, worker) -> {});
        }
    }

    @Test
    void aSecondCallerIsRefused() throws InterruptedException {
        try (ComputeTeam team = ComputeTeam.of(2)) {
            CountDownLatch running = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            Thread first = new Thread(() -> team.run(1, (task, worker) -> {
                running.countDown();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }));
            first.start();
            running.await();
            try {
                assertThatThrownBy(() -> team.run(1, (task, worker) -> {}))
                        .isInstanceOf(JandaiaException.class)
                        .hasMessageContaining("one caller at a time");
            } finally {
                release.countDown();
                first.join();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aClosedTeamRefusesWork(int threads) {
        ComputeTeam team = ComputeTeam.of(threads);
        MemorySegment scratch = team.scratch(0, 100);
        team.close();
        team.close();
        assertThatThrownBy(() -> team.run(1, (task, worker) -> {}))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> team.scratch(0, 1 << 20)).isInstanceOf(JandaiaException.class);
        assertThatThrownBy(() -> scratch.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closeEndsTheThreads() {
        ComputeTeam team = ComputeTeam.of(3);
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        for (int j = 0; j < 1000 && threads.size() < 3; j++) {
            team.run(100, (task, worker) -> threads.add(Thread.currentThread()));
        }
        team.close();
        threads.remove(Thread.currentThread());
        assertThat(threads).noneMatch(Thread::isAlive);
    }

    @Test
    void scratchGrowsAndIsAligned() {
        try (ComputeTeam team = ComputeTeam.of(2)) {
            for (long bytes : new long[] {1, 63, 4096, 4097, 100_000, 3_000_001, 10}) {
                for (int worker = 0; worker < 2; worker++) {
                    MemorySegment memory = team.scratch(worker, bytes);
                    assertThat(memory.byteSize()).isGreaterThanOrEqualTo(bytes);
                    assertThat(memory.address() % 64).isZero();
                    memory.fill((byte) worker);
                }
            }
            assertThat(team.scratch(0, 10).get(ValueLayout.JAVA_BYTE, 5)).isZero();
        }
    }

    @Test
    void aTeamNeedsAThread() {
        assertThatThrownBy(() -> ComputeTeam.of(0))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("1 to 1024");
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static AtomicReference<Thread>[] newReferences(int n) {
        AtomicReference<Thread>[] out = new AtomicReference[n];
        for (int i = 0; i < n; i++) {
            out[i] = new AtomicReference<>();
        }
        return out;
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
