package io.jandaia.server;

import java.security.SecureRandom;

/** Names for things of which there are many, that nobody can guess. */
public final class Ids {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String SIGNS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private Ids() {}

    /** Of a call of a tool. Nine letters and digits, since some templates take no others. */
    public static String call() {
        return random(9);
    }

    /** So many letters and digits. */
    public static String random(int length) {
        StringBuilder id = new StringBuilder();
        for (int i = 0; i < length; i++) {
            id.append(SIGNS.charAt(RANDOM.nextInt(SIGNS.length())));
        }
        return id.toString();
    }
}
