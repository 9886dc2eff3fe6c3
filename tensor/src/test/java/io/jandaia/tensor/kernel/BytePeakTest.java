package io.jandaia.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.tensor.ComputeTeam;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

class BytePeakTest {

    static boolean runsHere() {
        return BytePeak.runsHere();
    }

    @Test
    @EnabledIf(value = "runsHere", disabledReason = "not run: this processor lacks what the measurement needs")
    void everyWorkerCounts() {
        try (ComputeTeam team = ComputeTeam.of(2)) {
            assertThat(BytePeak.measure(team, 1000, 3)).isPositive();
        }
    }
}
