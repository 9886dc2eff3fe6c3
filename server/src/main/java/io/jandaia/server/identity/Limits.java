package io.jandaia.server.identity;

/**
 * How much a key may be used; 0 = as much as it likes.
 *
 * @param requestsPerMinute in any 60 seconds, on one server
 * @param tokensPerMinute of prompts and answers together, likewise
 * @param requestsPerMonth in a month of UTC, on all servers that share the store
 * @param tokensPerMonth likewise
 */
public record Limits(long requestsPerMinute, long tokensPerMinute, long requestsPerMonth, long tokensPerMonth) {
    public static final Limits NONE = new Limits(0, 0, 0, 0);
}
