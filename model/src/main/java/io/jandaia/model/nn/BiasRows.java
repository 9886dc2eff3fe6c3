package io.jandaia.model.nn;

import java.lang.foreign.MemorySegment;

/** What is added to scores, laid out so that the numbers of consecutive key positions are neighbours. */
sealed interface BiasRows permits AlibiTable, BucketTable {

    /** Makes room for {@code positions}. */
    void reach(int positions);

    MemorySegment memory();

    /**
     * Where the biases of head {@code head} for a query at {@code position} begin, from key position {@code from} on, in
     * bytes.
     */
    long at(int head, int position, int from);

    /** Bytes from one head to the next. */
    long stride();
}
