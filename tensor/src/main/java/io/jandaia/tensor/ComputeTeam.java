package io.jandaia.tensor;

import java.lang.foreign.MemorySegment;

/**
 * The threads that compute. One caller at a time hands out numbered tasks; the members and the caller take them until none
 * is left. Members spin for a short while after a job and then park, so that the hundreds of small jobs of one token cost
 * a fraction of a microsecond each and an idle team costs nothing.
 */
public final class ComputeTeam implements AutoCloseable {

    /** One share of a job. {@code worker} is below {@link #size()} and belongs to one thread while the task runs. */
    @FunctionalInterface
    public interface Task {
        void run(int task, int worker);
    }

    public static ComputeTeam of(int threads) {
        throw new UnsupportedOperationException();
    }

    public int size() {
        throw new UnsupportedOperationException();
    }

    /** Runs tasks {@code 0 .. tasks-1} and returns when all are done. The first exception of a task is thrown here. */
    public void run(int tasks, Task task) {
        throw new UnsupportedOperationException();
    }

    /** Native memory of one worker, at least {@code bytes} long, 64-byte aligned, contents undefined. */
    public MemorySegment scratch(int worker, long bytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
