package io.jandaia.tensor;

import io.jandaia.error.JandaiaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads that compute. One caller at a time hands out numbered tasks; the members and the caller take them until none
 * is left. Members spin for a short while after a job and then park, so that the hundreds of small jobs of one token cost
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

    /** Longer than the caller's own work between two jobs of a token, shorter than what an idle machine would notice. */
    private static final long SPIN_NANOS = 100_000;

    /** Looking at the clock costs more than looking at the next job. */
    private static final int SPINS_PER_LOOK = 64;

    /** A caller that has waited this often is waiting for a member that the system has taken off its core. */
    private static final int SPINS_BEFORE_YIELD = 20_000;

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(int[].class);
    /** Cells lie two cache lines apart, because processors fetch lines in pairs. */
    private static final int STRIDE = 32;

    private static final int LEFT = STRIDE;
    private static final int UNFINISHED = 2 * STRIDE;
    private static final int STATE = 3 * STRIDE;
    private static final int PARKED = 4 * STRIDE;

    private static final int IDLE = 0;
    private static final int RUNNING = 1;
    private static final int CLOSED = 2;

    private final Thread[] members;
    private final @Nullable MemorySegment[] scratch;
    private final Arena arena = Arena.ofShared();

    /**
     * LEFT counts down the tasks nobody has taken: whoever decrements a positive value owns a task. It needs no epoch: a
     * member that wakes up late finds either nothing or a task of the job that is running now. UNFINISHED counts down the
     * tasks not yet done; the fields of the job stay as they are until it is zero.
     */
    private final int[] cells;

    private @Nullable Task job;
    private int jobTasks;
    private volatile @Nullable Throwable failure;
    private volatile boolean closing;
    private @Nullable Thread caller;

    private ComputeTeam(int threads) {
        members = new Thread[threads - 1];
        scratch = new MemorySegment[threads];
        cells = new int[PARKED + threads * STRIDE];
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
        if (tasks < 0) {
            throw new JandaiaException(JandaiaException.Kind.INTERNAL, "A job cannot have " + tasks + " tasks.");
        }
        if (!CELL.compareAndSet(cells, STATE, IDLE, RUNNING)) {
            throw misuse("run a job");
        }
        caller = Thread.currentThread();
        try {
            if (members.length == 0 || tasks < 2) {
                for (int t = 0; t < tasks; t++) {
                    task.run(t, 0);
                }
                return;
            }
            runTogether(tasks, task);
        } finally {
            caller = null;
            CELL.setRelease(cells, STATE, IDLE);
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // yielding gives a member that lost its core a chance to finish
    private void runTogether(int tasks, Task task) {
        job = task;
        jobTasks = tasks;
        CELL.set(cells, UNFINISHED, tasks);
        CELL.setVolatile(cells, LEFT, tasks);
        int wake = Math.min(members.length, tasks - 1);
        for (int i = 0; i < members.length && wake > 0; i++, wake--) {
            if ((int) CELL.getVolatile(cells, PARKED + (i + 1) * STRIDE) != 0) {
                LockSupport.unpark(members[i]);
            }
        }
        work(0);
        int spins = 0;
        while ((int) CELL.getAcquire(cells, UNFINISHED) != 0) {
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

    private void work(int worker) {
        int done = 0;
        int ticket;
        while ((ticket = (int) CELL.getAndAdd(cells, LEFT, -1)) > 0) {
            Task task = job;
            if (failure == null && task != null) {
                try {
                    task.run(jobTasks - ticket, worker);
                } catch (Throwable e) {
                    fail(e);
                }
            }
            done++;
        }
        if (done > 0) {
            CELL.getAndAdd(cells, UNFINISHED, -done);
        }
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
        while (awaitJob(worker)) {
            work(worker);
        }
    }

    /** Spins, then parks, until there is a task to take; false when the team is closed. */
    private boolean awaitJob(int worker) {
        long deadline = System.nanoTime() + SPIN_NANOS;
        for (int spins = 1; ; spins++) {
            if ((int) CELL.getAcquire(cells, LEFT) > 0) {
                return true;
            }
            if (closing) {
                return false;
            }
            Thread.onSpinWait();
            if (spins % SPINS_PER_LOOK == 0 && System.nanoTime() - deadline > 0) {
                break;
            }
        }
        int parked = PARKED + worker * STRIDE;
        CELL.setVolatile(cells, parked, 1);
        while ((int) CELL.getVolatile(cells, LEFT) <= 0 && !closing) {
            LockSupport.park(this);
        }
        CELL.setVolatile(cells, parked, 0);
        return !closing;
    }

    /**
     * Native memory of one worker, at least {@code bytes} long, 64-byte aligned, contents undefined. It belongs to the
     * worker's running task, is the same for every task of that worker, and is freed when the team is closed.
     */
    public MemorySegment scratch(int worker, long bytes) {
        MemorySegment memory = scratch[worker];
        if (memory == null || memory.byteSize() < bytes) {
            if ((int) CELL.getAcquire(cells, STATE) == CLOSED) {
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
        if ((int) CELL.compareAndExchange(cells, STATE, IDLE, CLOSED) == RUNNING) {
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
        if ((int) CELL.getAcquire(cells, STATE) == CLOSED) {
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
