package io.jandaia.server.identity;

/**
 * What was used.
 *
 * @param promptTokens all of them, those of {@code cachedTokens} too
 * @param milliseconds in which answers were under way
 */
public record Usage(long requests, long promptTokens, long cachedTokens, long completionTokens, long milliseconds) {

    public static final Usage NONE = new Usage(0, 0, 0, 0, 0);

    public Usage plus(Usage o) {
        return new Usage(
                requests + o.requests,
                promptTokens + o.promptTokens,
                cachedTokens + o.cachedTokens,
                completionTokens + o.completionTokens,
                milliseconds + o.milliseconds);
    }

    public long tokens() {
        return promptTokens + completionTokens;
    }
}
