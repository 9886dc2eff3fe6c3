package io.jandaia.server;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Names for things of which there are many, that nobody can guess. */
final class Ids {

    private static final SecureRandom RANDOM = new SecureRandom();

    private Ids() {}

    /** Of a request. */
    static String request() {
        byte[] bytes = new byte[8];
        RANDOM.nextBytes(bytes);
        return "req-" + HexFormat.of().formatHex(bytes);
    }
}
