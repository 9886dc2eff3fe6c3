package io.jandaia.server.identity;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

/** What callers show. */
public final class Secret {

    private static final SecureRandom RANDOM = new SecureRandom();
    static final String PREFIX = "jd-";
    private static final int HINT = 8;

    private Secret() {}

    /** A new one, of 256 random bits. */
    static String create() {
        byte[] bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    static String hint(String secret) {
        return secret.substring(0, HINT);
    }

    /** What is stored. A slow hash is for passwords, which can be guessed; 256 random bits cannot, so one round is enough. */
    static String hash(String secret) {
        return HexFormat.of().formatHex(digest(secret));
    }

    /** SHA-256; whoever compares two of these learns nothing of what they were made of by the time it takes. */
    public static byte[] digest(String secret) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
