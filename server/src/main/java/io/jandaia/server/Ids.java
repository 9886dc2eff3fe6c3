package io.jandaia.server;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Names for things of which there are many, that nobody can guess. */
final class Ids {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String SIGNS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private Ids() {}

    /** Of a request. */
    static String request() {
        byte[] bytes = new byte[8];
        RANDOM.nextBytes(bytes);
        return "req-" + HexFormat.of().formatHex(bytes);
    }

    /** Of a call of a tool. Nine letters and digits, since some templates take no others. */
    static String call() {
        StringBuilder id = new StringBuilder();
        for (int i = 0; i < 9; i++) {
            id.append(SIGNS.charAt(RANDOM.nextInt(SIGNS.length())));
        }
        return id.toString();
    }
}
