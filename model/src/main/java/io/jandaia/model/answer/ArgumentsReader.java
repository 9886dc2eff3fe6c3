package io.jandaia.model.answer;

import org.jspecify.annotations.Nullable;

/** Reads the arguments of one call as they come. */
interface ArgumentsReader {

    /**
     * Whether a text is the beginning of what comes after the name: 1 yes, -1 no, 0 not known yet.
     *
     * @param finished whether no more text comes
     */
    int begins(String text, boolean finished);

    /** The id of the call, if it is between the name and the arguments; null if not. */
    @Nullable
    String idBefore(CharSequence text);

    /**
     * Takes what it can.
     *
     * @param text what is taken is deleted
     * @param json receives the arguments
     * @return whether they are complete
     */
    boolean read(StringBuilder text, StringBuilder json, boolean finished);
}
