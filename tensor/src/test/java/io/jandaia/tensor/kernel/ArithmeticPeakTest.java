package io.jandaia.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.tensor.ComputeTeam;
import org.junit.jupiter.api.Test;

class ArithmeticPeakTest {

    @Test
    void everyWorkerCountsTheSame() {
        try (ComputeTeam team = ComputeTeam.of(2)) {
            assertThat(ArithmeticPeak.measure(team, 1000, 3)).isPositive();
        }
    }
}
