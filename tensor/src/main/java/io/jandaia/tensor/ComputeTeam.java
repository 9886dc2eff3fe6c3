package io.jandaia.tensor;

import io.jandaia.error.JandaiaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads that compute. One caller at a time hands out numbered tasks. Each worker has a share of them, which it takes from
 * the front, and helps others from the end of theirs when it is done: a worker reads memory in one stream, and no one waits long
 * for a slow one. Members spin for a short while after a job and then park, so that the hundreds of small jobs of one token cost
 * a fraction of a microsecond each and an idle team costs nothing.
 *
 * <p>The caller is worker 0. A second caller while a job runs, a task that calls {@link #run} of its own team, and a use
 * after {@link #close} are defects and are refused with an error.
 */
public final class ComputeTeam implements AutoCloseable {

    /** One share of a job. {@code worker} is below {@link #size()} and belongs to one thread while the task runs. */
    @FunctionalInterface
    public interface Task {
        void run(int task, int worker);
    }

    /** Consecutive tasks of a job, {@code [from, to)}. {@code worker} as with {@link Task}. */
    @FunctionalInterface
    public interface Range {
        void run(int from, int to, int worker);
    }

    /** Of a share of ranges, how much of what is left is taken at once: one in so many tasks. */
    private static final int PORTION = 4;

    /** Of a job whose tasks are taken one by one. */
    private static final int SINGLY = 0;

    /** Longer than the caller's own work between two jobs of a token, shorter than what an idle machine would notice. */
    private static final long SPIN_NANOS = 100_000;

    /** Looking at the clock costs more than looking at the next job. */
    private static final int SPINS_PER_LOOK = 64;

    /** A caller that has waited this often is waiting for a member that the system has taken off its core. */
    private static final int SPINS_BEFORE_YIELD = 20_000;

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
    /** Cells lie two cache lines apart, because processors fetch lines in pairs. */
    private static final int STRIDE = 16;

    private static final int UNFINISHED = STRIDE;
    private static final int STATE = 2 * STRIDE;
    private static final int JOBS = 3 * STRIDE;
    /** Of each worker: its share, and whether it is parked. */
    private static final int WORKERS = 4 * STRIDE;

    private static final int PARKED = STRIDE;

    private static final long IDLE = 0;
    private static final long RUNNING = 1;
    private static final long CLOSED = 2;

    private final Thread[] members;
    private final @Nullable MemorySegment[] scratch;
    private final Arena arena = Arena.ofShared();

    /**
     * A share is the tasks that nobody has taken, {@code first << 32 | end}: whoever replaces it by a smaller one owns the
     * difference. A member that wakes up late finds either nothing or tasks of the job that is running now. JOBS counts the
     * jobs, each when all of its shares are there, so that who is done with its own finds the others'. UNFINISHED counts down the tasks not yet done; the fields of the job stay as they are until it is zero.
     */
    private final long[] cells;

    private @Nullable Range job;
    private int together;
    private volatile @Nullable Throwable failure;
    private volatile boolean closing;
    private @Nullable Thread caller;

    private ComputeTeam(int threads) {
        members = new Thread[threads - 1];
        scratch = new MemorySegment[threads];
        cells = new long[WORKERS + threads * 2 * STRIDE];
    }

    /** A team of {@code threads} workers, the caller included; 1 computes on the caller's thread alone. */
    public static ComputeTeam of(int threads) {
        if (threads < 1 || threads > 1024) {
            throw JandaiaException.usage("A compute team needs 1 to 1024 threads, but " + threads + " were asked for.");
        }
        ComputeTeam team = new ComputeTeam(threads);
        for (int worker = 1; worker < threads; worker++) {
            int id = worker;
            Thread member = new Thread(() -> team.serve(id), "jandaia-compute-" + id);
            member.setDaemon(true);
            team.members[worker - 1] = member;
            member.start();
        }
        return team;
    }

    public int size() {
        return scratch.length;
    }

    /**
     * Runs tasks {@code 0 .. tasks-1} and returns when all are done. The first exception of a task is thrown here; tasks
     * that have not begun by then are left out.
     */
    public void run(int tasks, Task task) {
        start(
                tasks,
                (from, to, worker) -> {
                    for (int t = from; t < to; t++) {
                        task.run(t, worker);
                    }
                },
                SINGLY);
    }

    /**
     * The same for tasks of which a worker takes several that follow each other at once, fewer towards the end.
     *
     * @param together tasks that are done faster together than apart: multiples of it are taken while there are so many
     */
    public void runRanges(int tasks, int together, Range range) {
        start(tasks, range, together);
    }

    private void start(int tasks, Range range, int together) {
        if (tasks < 0) {
            throw new JandaiaException(JandaiaException.Kind.INTERNAL, "A job cannot have " + tasks + " tasks.");
        }
        if (!CELL.compareAndSet(cells, STATE, IDLE, RUNNING)) {
            throw misuse("run a job");
        }
        caller = Thread.currentThread();
        try {
            if (members.length > 0 && tasks > 1) {
                runTogether(tasks, range, together);
            } else if (tasks > 0) {
                range.run(0, tasks, 0);
            }
        } finally {
            caller = null;
            CELL.setRelease(cells, STATE, IDLE);
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // yielding gives a member that lost its core a chance to finish
    private void runTogether(int tasks, Range range, int several) {
        job = range;
        together = several;
        CELL.set(cells, UNFINISHED, (long) tasks);
        int shares = Math.min(size(), tasks);
        for (int worker = 0; worker < shares; worker++) {
            long from = (long) worker * tasks / shares;
            long to = (worker + 1L) * tasks / shares;
            CELL.setVolatile(cells, share(worker), from << 32 | to);
        }
        CELL.setVolatile(cells, JOBS, (long) CELL.get(cells, JOBS) + 1);
        for (int worker = 1; worker < shares; worker++) {
            if ((long) CELL.getVolatile(cells, share(worker) + PARKED) != 0) {
                LockSupport.unpark(members[worker - 1]);
            }
        }
        work(0);
        int spins = 0;
        while ((long) CELL.getAcquire(cells, UNFINISHED) != 0) {
            if (++spins < SPINS_BEFORE_YIELD) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
        job = null;
        Throwable failed = failure;
        if (failed != null) {
            failure = null;
            rethrow(failed);
        }
    }

    private static int share(int worker) {
        return WORKERS + worker * 2 * STRIDE;
    }

    private void work(int worker) {
        int done = 0;
        for (int other = 0; other < size(); other++) {
            done += take((worker + other) % size(), worker);
        }
        if (done > 0) {
            CELL.getAndAdd(cells, UNFINISHED, (long) -done);
        }
    }

    /** Does what is left of a share, from the front of the worker's own or from the end of another's; the number of tasks done. */
    private int take(int owner, int worker) {
        int done = 0;
        for (; ; ) {
            long share = (long) CELL.getVolatile(cells, share(owner));
            int first = (int) (share >> 32);
            int end = (int) share;
            if (first >= end) {
                return done;
            }
            int some = portion(end - first);
            int from = owner == worker ? first : end - some;
            long rest = owner == worker ? share + ((long) some << 32) : share - some;
            if (!CELL.compareAndSet(cells, share(owner), share, rest)) {
                continue;
            }
            Range range = job;
            if (failure == null && range != null) {
                try {
                    range.run(from, from + some, worker);
                } catch (Throwable e) {
                    fail(e);
                }
            }
            done += some;
        }
    }

    private int portion(int left) {
        if (together == SINGLY) {
            return 1;
        }
        int some = Math.max(together, left / PORTION);
        return Math.min(left, some - some % together);
    }

    private synchronized void fail(Throwable e) {
        if (failure == null) {
            failure = e;
        }
    }

    private static void rethrow(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        if (e instanceof RuntimeException exception) {
            throw exception;
        }
        throw new IllegalStateException(e);
    }

    private void serve(int worker) {
        long seen = 0;
        for (; ; ) {
            seen = awaitJob(worker, seen);
            if (closing) {
                return;
            }
            work(worker);
        }
    }

    /** Spins, then parks, until there is another job than those seen, or the team is closed; the jobs until now. */
    private long awaitJob(int worker, long seen) {
        long deadline = System.nanoTime() + SPIN_NANOS;
        for (int spins = 1; ; spins++) {
            long jobs = (long) CELL.getAcquire(cells, JOBS);
            if (jobs != seen || closing) {
                return jobs;
            }
            Thread.onSpinWait();
            if (spins % SPINS_PER_LOOK == 0 && System.nanoTime() - deadline > 0) {
                break;
            }
        }
        int parked = share(worker) + PARKED;
        CELL.setVolatile(cells, parked, 1L);
        while ((long) CELL.getVolatile(cells, JOBS) == seen && !closing) {
            LockSupport.park(this);
        }
        CELL.setVolatile(cells, parked, 0L);
        return (long) CELL.getVolatile(cells, JOBS);
    }

    /**
     * Native memory of one worker, at least {@code bytes} long, 64-byte aligned, contents undefined. It belongs to the
     * worker's running task, is the same for every task of that worker, and is freed when the team is closed.
     */
    public MemorySegment scratch(int worker, long bytes) {
        MemorySegment memory = scratch[worker];
        if (memory == null || memory.byteSize() < bytes) {
            if ((long) CELL.getAcquire(cells, STATE) == CLOSED) {
                throw misuse("lend scratch memory");
            }
            // Doubling bounds what outgrown pieces keep until the team is closed.
            long size = Math.max(bytes, memory == null ? 4096 : memory.byteSize() * 2);
            memory = arena.allocate((size + 63) / 64 * 64, 64);
            scratch[worker] = memory;
        }
        return memory;
    }

    /** Ends the threads and frees the scratch memory; a second close does nothing. */
    @Override
    public void close() {
        if ((long) CELL.compareAndExchange(cells, STATE, IDLE, CLOSED) == RUNNING) {
            throw misuse("be closed");
        }
        if (closing) {
            return;
        }
        closing = true;
        boolean interrupted = false;
        for (Thread member : members) {
            LockSupport.unpark(member);
            while (member.isAlive()) {
                try {
                    member.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        arena.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private JandaiaException misuse(String what) {
        String why;
        if ((long) CELL.getAcquire(cells, STATE) == CLOSED) {
            why = "it is closed";
        } else if (caller == Thread.currentThread() || isMember(Thread.currentThread())) {
            why = "this is one of its own tasks, and a task cannot wait for its own team";
        } else {
            why = "another thread's job is running; a team serves one caller at a time";
        }
        return new JandaiaException(
                JandaiaException.Kind.INTERNAL, "The compute team cannot " + what + ": " + why + ".");
    }

    private boolean isMember(Thread thread) {
        for (Thread member : members) {
            if (member == thread) {
                return true;
            }
        }
        return false;
    }
}
