package io.jandaia.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jandaia.tensor.ComputeTeam;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InstructionPeakTest {

    @ParameterizedTest
    @EnumSource
    void everyInstructionOfThisProcessorRuns(InstructionPeak peak) {
        assumeTrue(peak.runsHere(), "not run: this processor lacks the instruction");
        try (ComputeTeam team = ComputeTeam.of(2)) {
            assertThat(peak.measure(team, 1000, 3)).isPositive().isFinite();
        }
    }
}
