package io.jandaia.model.state;

/** What a sequence remembered at one moment; sequences can be opened from it until it is closed. */
public final class Snapshot implements AutoCloseable {

    private final SequenceState kept;

    Snapshot(SequenceState kept) {
        this.kept = kept;
    }

    public int length() {
        return kept.length();
    }

    /** A new sequence that goes on from here. */
    public SequenceState open() {
        return kept.fork();
    }

    @Override
    public void close() {
        kept.close();
    }
}
