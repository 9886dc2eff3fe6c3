package io.jandaia.model.sampling;

/**
 * Random numbers that are a function of (seed, position) alone, so that batching, speculation or a restart change no
 * choice. The mixing function is that of SplitMix64 (Steele, Lea and Flood 2014), applied twice.
 */
public final class CounterRandom {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private CounterRandom() {}

    /** A number in [0, 1) with 53 random bits. */
    public static double uniform(long seed, long position) {
        return uniform(seed, position, 0);
    }

    /** The same of another stream: streams have nothing to do with each other. */
    public static double uniform(long seed, long position, int stream) {
        return (mix(mix(seed + GOLDEN) ^ (position + 1) * GOLDEN ^ mix(stream)) >>> 11) * 0x1p-53;
    }

    private static long mix(long x) {
        long z = x;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
