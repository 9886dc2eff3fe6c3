package io.jandaia.model.chat;

import io.jandaia.error.JandaiaException;

/**
 * What one rendering may use. A template is a program out of a downloaded file: a hostile one must end with an error
 * instead of holding a thread.
 *
 * @param steps evaluated nodes; long strings, lists and numbers count by size
 * @param depth nested evaluations: calls, expressions, blocks
 * @param characters length of the prompt and of any string on the way to it, in UTF-16 code units
 */
public record Limits(long steps, int depth, int characters) {

    /** Enough for a conversation of a million tokens; a template without end meets it within a second. */
    public static final Limits DEFAULT = new Limits(10_000_000L, 1_000, 16 << 20);

    public Limits {
        if (steps < 1 || depth < 1 || characters < 1) {
            throw JandaiaException.usage("Limits of a chat template must be positive, found steps " + steps + ", depth "
                    + depth + ", characters " + characters + ".");
        }
    }
}
