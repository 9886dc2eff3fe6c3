package io.jandaia.model;

/**
 * Hears how far a long work is, on the thread that works; seldom enough that it may write to a terminal if it looks at the
 * clock first.
 */
@FunctionalInterface
public interface Progress {

    /** Hears nothing. */
    Progress NONE = (done, total) -> {};

    /**
     * One more part is done.
     *
     * @param done from 0 to {@code total}, in bytes or whatever the work counts
     */
    void at(long done, long total);
}
