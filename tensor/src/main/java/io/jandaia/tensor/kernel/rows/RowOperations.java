package io.jandaia.tensor.kernel.rows;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.kernel.asm.MachineCode;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Operations on rows of n float32 numbers by AVX-512, by addresses that callers have checked. Routines are written, and tested
 * on known answers, when they are first needed.
 */
public final class RowOperations {

    private static final int LANES = 16;
    private static final Map<Activation, Gate> GATES = new ConcurrentHashMap<>();

    private static volatile @Nullable Plain plain;

    private RowOperations() {}

    private static Plain plain() {
        Plain found = plain;
        if (found == null) {
            found = Plain.of(); // twice at worst
            plain = found;
        }
        return found;
    }

    /** What needs no constants. */
    private record Plain(
            MachineCode add, MachineCode addScaled, MachineCode scale, MachineCode divide, MachineCode rotate) {

        static Plain of() {
            Plain p = new Plain(
                    MachineCode.of(RowCode.add()),
                    MachineCode.of(RowCode.addScaled()),
                    MachineCode.of(RowCode.scale()),
                    MachineCode.of(RowCode.divide()),
                    MachineCode.of(RowCode.rotate()));
            int half = Float.floatToRawIntBits(0.5f);
            KnownRows.check("addition", i -> x(i) + y(i), (x, y, z, n) -> run(p.add, x, y, 0, 0, n));
            KnownRows.check(
                    "scaled addition", i -> x(i) + y(i) / 2, (x, y, z, n) -> run(p.addScaled, x, y, 0, half, n));
            KnownRows.check("division", i -> x(i) * 2, (x, y, z, n) -> run(p.divide, x, 0, 0, half, n));
            KnownRows.check("scaling", i -> x(i) / 2 * y(i), (x, y, z, n) -> run(p.scale, x, x, y, half, n));
            KnownRows.check("rotation", i -> x(i) * z(i) - y(i) * z(i), (x, y, z, n) -> run(p.rotate, x, y, z, z, n));
            return p;
        }
    }

    /** An activation alone, and with what it gates. */
    private record Gate(MachineCode alone, MachineCode gated) {

        static Gate of(Activation f) {
            Gate gate = new Gate(MachineCode.of(RowCode.activate(f, false)), MachineCode.of(RowCode.activate(f, true)));
            IntToDoubleFunction exact = i -> {
                double x = x(i);
                double y = switch (f) {
                    case SILU -> -x;
                    case GELU_QUICK -> -1.702 * x;
                    default -> -2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
                };
                return x / (Math.exp(y) + 1);
            };
            KnownRows.check(f + " activation", exact, (x, y, z, n) -> gate.run(x, 0, n));
            KnownRows.check(f + " gate", i -> exact.applyAsDouble(i) * y(i), (x, y, z, n) -> gate.run(x, y, n));
            return gate;
        }

        void run(long x, long up, int n) {
            RowOperations.run(up == 0 ? alone : gated, x, up, FloatConstants.address(), 0, n);
        }
    }

    private static double x(int i) {
        return KnownRows.number(0, i);
    }

    private static double y(int i) {
        return KnownRows.number(1, i);
    }

    private static double z(int i) {
        return KnownRows.number(2, i);
    }

    /** Whether there is machine code for an activation. */
    public static boolean has(Activation f) {
        return f == Activation.SILU || f == Activation.GELU_TANH || f == Activation.GELU_QUICK;
    }

    /**
     * {@code x = f(x)}, or {@code x = f(x) * up} unless {@code up} is 0.
     *
     * @throws JandaiaException UNSUPPORTED, as by all operations, when this processor fails the test of the routine
     */
    public static void activate(Activation f, long x, long up, int n) {
        Gate gate = GATES.get(f);
        (gate == null ? GATES.computeIfAbsent(f, Gate::of) : gate).run(x, up, n);
    }

    /** {@code dst += src}. */
    public static void add(long dst, long src, int n) {
        run(plain().add, dst, src, 0, 0, n);
    }

    /** {@code dst += factor * src}, rounded once. */
    public static void addScaled(long dst, long src, float factor, int n) {
        run(plain().addScaled, dst, src, 0, Float.floatToRawIntBits(factor), n);
    }

    /** {@code x /= divisor}. */
    public static void divide(long x, float divisor, int n) {
        run(plain().divide, x, 0, 0, Float.floatToRawIntBits(divisor), n);
    }

    /** {@code out = x * factor * weight}. */
    public static void scale(long x, float factor, long weight, int n, long out) {
        run(plain().scale, out, x, weight, Float.floatToRawIntBits(factor), n);
    }

    /** Rotates the pairs {@code (i, i + half)}. */
    public static void rotateHalves(long x, int half, long cos, long sin) {
        run(plain().rotate, x, x + half * 4L, cos, sin, half);
    }

    private static void run(MachineCode code, long a, long b, long c, long d, int n) {
        code.call(a, b, c, d, n / LANES, (1 << n % LANES) - 1);
    }
}
