package io.jandaia.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class ExpTest {

    /** Every 97th float between the limits, both signs: about 22 million; the error in units in the last place. */
    @Test
    void accurateOverTheWholeRange() {
        double worst = 0;
        float at = 0;
        for (int sign = 0; sign <= 1; sign++) {
            int top = Float.floatToRawIntBits(sign == 0 ? Exp.MAX : -Exp.MIN);
            for (int bits = 0; bits <= top; bits += 97) {
                float x = Float.intBitsToFloat(bits | sign << 31);
                double expected = Math.exp(x);
                double error = Math.abs(Exp.exp(x) - expected) / Math.ulp((float) expected);
                if (error > worst) {
                    worst = error;
                    at = x;
                }
            }
        }
        System.out.println("Exp: worst error " + worst + " ulp at " + at);
        assertThat(worst).as("at %s", at).isLessThan(2);
    }

    @Test
    void limits() {
        assertThat(Exp.exp(0f)).isEqualTo(1f);
        assertThat(Exp.exp(-0f)).isEqualTo(1f);
        assertThat(Exp.exp(-87.1f)).isZero();
        assertThat(Exp.exp(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(Exp.exp(Float.POSITIVE_INFINITY)).isEqualTo(Exp.exp(88f));
        assertThat(Float.isFinite(Exp.exp(1e30f))).isTrue();
        assertThat(Exp.exp(Float.NaN)).isNaN();
    }

    /** Lanes and scalars must agree to the bit, in ranges, at the limits and beyond. */
    @Test
    void vectorsGiveTheSameBits() {
        VectorKernelsTest.vectorsMustRunHere();
        float[] x = new float[Lanes.N];
        float[] y = new float[Lanes.N];
        int different = 0;
        for (long bits = 0; bits <= 0xFFFFFFFFL; bits += 997L * Lanes.N) {
            for (int i = 0; i < x.length; i++) {
                x[i] = Float.intBitsToFloat((int) (bits + 997L * i));
            }
            VectorExp.exp(FloatVector.fromArray(Lanes.F, x, 0)).intoArray(y, 0);
            for (int i = 0; i < x.length; i++) {
                float expected = Exp.exp(x[i]);
                if (Float.floatToIntBits(y[i]) != Float.floatToIntBits(expected)) {
                    different++;
                }
            }
        }
        assertThat(different).isZero();
    }
}
