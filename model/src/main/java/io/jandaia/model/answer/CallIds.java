package io.jandaia.model.answer;

import java.security.SecureRandom;

/** The ids of calls, for models that write none. Nine letters and digits, since some templates take no others. */
public final class CallIds {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String SIGNS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private CallIds() {}

    /** A new one. */
    public static String next() {
        StringBuilder id = new StringBuilder();
        for (int i = 0; i < 9; i++) {
            id.append(SIGNS.charAt(RANDOM.nextInt(SIGNS.length())));
        }
        return id.toString();
    }
}
