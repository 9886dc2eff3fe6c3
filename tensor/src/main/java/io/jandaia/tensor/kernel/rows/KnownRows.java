package io.jandaia.tensor.kernel.rows;

import io.jandaia.error.JandaiaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.IntToDoubleFunction;

/** The test that a routine over rows passes before its first use: whole vectors and a rest, against double precision. */
final class KnownRows {

    private static final int NUMBERS = 37;
    private static final double TOLERANCE = 1e-5;

    private KnownRows() {}

    /** A routine over three rows of n numbers, which leaves its result in the first. */
    @FunctionalInterface
    interface Routine {
        void run(long x, long y, long z, int n);
    }

    /** Number i of row {@code row}, from -4 to 4. */
    static double number(int row, int i) {
        return (i * 29 + row * 13) % 65 / 8f - 4;
    }

    /** @throws JandaiaException UNSUPPORTED when a number is not what it must be, or one behind the row was changed */
    static void check(String what, IntToDoubleFunction expected, Routine routine) {
        try (Arena arena = Arena.ofConfined()) {
            long[] rows = new long[3];
            MemorySegment x = MemorySegment.NULL;
            for (int row = 2; row >= 0; row--) {
                x = arena.allocate((NUMBERS + 1) * 4L, 64);
                for (int i = 0; i <= NUMBERS; i++) {
                    x.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) number(row, i));
                }
                rows[row] = x.address();
            }
            routine.run(rows[0], rows[1], rows[2], NUMBERS);
            for (int i = 0; i <= NUMBERS; i++) {
                double right = i == NUMBERS ? number(0, i) : expected.applyAsDouble(i);
                double found = x.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                if (!(Math.abs(found - right) <= TOLERANCE * (1 + Math.abs(right)))) {
                    throw JandaiaException.unsupported("This processor computes a row's " + what
                            + " wrongly in machine code: number " + i + " is " + found + " where " + right
                            + " is expected; use --kernels vector, and please report it.");
                }
            }
        }
    }
}
