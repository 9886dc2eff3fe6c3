package io.jandaia.server.identity;

import java.util.Locale;

/** What somebody may do. */
public enum Role {
    /** Use models. */
    USER,
    /** Also manage models, and see what others use. */
    ADMIN;

    /** As commands and the store write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
