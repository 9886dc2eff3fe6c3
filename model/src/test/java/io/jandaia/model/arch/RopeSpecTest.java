package io.jandaia.model.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RopeSpecTest {

    @Test
    void unscaledFrequenciesFallGeometrically() {
        float[] f = new RopeSpec(10000, 8, false, new RopeSpec.None(), null).frequencies(5000);
        assertThat(f).containsExactly(new float[] {1f, 0.1f, 0.01f, 0.001f}, within(1e-9f));
    }

    @Test
    void linearDividesAndFactorsDivideEachPair() {
        RopeSpec linear = new RopeSpec(10000, 4, false, new RopeSpec.Linear(4), null);
        assertThat(linear.frequencies(1)).containsExactly(new float[] {0.25f, 0.0025f}, within(1e-9f));
        RopeSpec factors = new RopeSpec(10000, 4, false, new RopeSpec.None(), new float[] {1, 8});
        assertThat(factors.frequencies(1)).containsExactly(new float[] {1f, 0.00125f}, within(1e-9f));
    }

    @Test
    void dynamicGrowsTheBaseOnlyBeyondTheOriginalLength() {
        RopeSpec d = new RopeSpec(10000, 8, false, new RopeSpec.Dynamic(2, 100), null);
        assertThat(d.frequencies(100)).isEqualTo(d.frequencies(1));
        double base = 10000 * Math.pow(2 * 200 / 100.0 - 1, 8 / 6.0);
        assertThat(d.frequencies(200)[1]).isCloseTo((float) Math.pow(base, -0.25), within(1e-7f));
        assertThat(d.dependsOnLength()).isTrue();
    }

    @Test
    void llama3KeepsShortWavesAndStretchesLongOnes() {
        RopeSpec r = new RopeSpec(500000, 128, false, new RopeSpec.Llama3(8, 1, 4, 8192), null);
        float[] plain = new RopeSpec(500000, 128, false, new RopeSpec.None(), null).frequencies(1);
        float[] scaled = r.frequencies(1);
        assertThat(scaled[0]).isEqualTo(plain[0]);
        assertThat(scaled[63]).isCloseTo(plain[63] / 8, within(1e-12f));
    }
}
