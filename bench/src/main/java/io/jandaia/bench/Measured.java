package io.jandaia.bench;

/**
 * What one process gave.
 *
 * @param seconds from its start to its end
 * @param peakBytes the most memory it had; 0 where the system does not tell
 */
record Measured(Speeds speeds, double seconds, long peakBytes) {}
