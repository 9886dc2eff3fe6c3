package io.jandaia.server;

import io.jandaia.model.MachineMemory;
import java.time.Duration;

/**
 * What the loaded models may take.
 *
 * @param memory bytes of all together, as far as they can be told before
 * @param models at once, with those named at the start
 * @param keepAlive how long a model stays that no request uses; negative = for ever
 * @param patience how long a load waits for running requests to make room
 */
public record ModelLimits(long memory, int models, Duration keepAlive, Duration patience) {

    public static final Duration FOREVER = Duration.ofSeconds(-1);

    /** Left for everybody else: a tenth of the machine's memory, but at least this. */
    private static final long RESERVE = 512L << 20;

    public static final ModelLimits DEFAULT =
            new ModelLimits(usualMemory(), Integer.MAX_VALUE, Duration.ofMinutes(5), Duration.ofMinutes(2));

    private static long usualMemory() {
        long total = MachineMemory.total();
        return Math.max(total / 2, total - Math.max(RESERVE, total / 10));
    }

    public ModelLimits memory(long bytes) {
        return new ModelLimits(bytes, models, keepAlive, patience);
    }

    public ModelLimits models(int most) {
        return new ModelLimits(memory, most, keepAlive, patience);
    }

    public ModelLimits keepAlive(Duration unused) {
        return new ModelLimits(memory, models, unused, patience);
    }

    public ModelLimits patience(Duration most) {
        return new ModelLimits(memory, models, keepAlive, most);
    }
}
