package io.jandaia.model.nn;

import io.jandaia.model.arch.RopeSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Cosines and sines of positions, as float32 implementations compute them: the angle is a float32 product, its cosine is
 * rounded to float32.
 */
final class RopeTable {

    private final RopeSpec spec;
    private final float[] plain;
    private float[] frequencies;
    private int lastLength;

    RopeTable(RopeSpec spec) {
        this.spec = spec;
        this.plain = spec.frequencies(0);
        this.frequencies = plain;
    }

    /** Bytes of one position: rotary / 2 cosines, then as many sines. */
    long bytes() {
        return (long) spec.rotary() * Float.BYTES;
    }

    /**
     * Writes one position.
     *
     * @param reach positions the sequence is known to have; the rotation may depend on it
     */
    void write(int position, int reach, MemorySegment out, long at) {
        float[] f = plain;
        if (spec.dependsOnLength()) {
            int length = Math.max(reach, position + 1);
            if (length != lastLength) {
                frequencies = spec.frequencies(length);
                lastLength = length;
            }
            f = frequencies;
        }
        float magnitude = spec.magnitude();
        int half = f.length;
        for (int i = 0; i < half; i++) {
            float angle = position * f[i];
            out.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 4L * i, (float) Math.cos(angle) * magnitude);
            out.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 4L * (half + i), (float) Math.sin(angle) * magnitude);
        }
    }
}
