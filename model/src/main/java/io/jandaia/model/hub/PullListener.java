package io.jandaia.model.hub;

/** Hears how a pull goes on, on the thread that asked for it, several times a second. */
public interface PullListener {

    /** Hears nothing. */
    PullListener NONE = new PullListener() {};

    /** Somebody else changes the same model, and the pull waits for it: {@code process 4711}. */
    default void waiting(String holder) {}

    /**
     * So much is there of all that the pull brings.
     *
     * @param done bytes, from those that an earlier pull left to {@code total}; less than before when a part came damaged
     */
    default void at(long done, long total) {}

    /** A file is complete and its hash is right. */
    default void complete(RepoFile file) {}
}
