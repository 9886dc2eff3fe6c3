package io.jandaia.model.engine;

import java.util.Locale;

/** How the hidden states of a text become one vector. */
public enum Pooling {
    /** Their mean. */
    MEAN,
    /** That of the first token. */
    CLS,
    /** That of the last token. */
    LAST;

    /** As it is written on the command line. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
