package io.jandaia.tensor.kernel;

import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf(value = "runsHere", disabledReason = "not run: this processor lacks what the kernels need")
class MachineAttentionTest extends AttentionContract {

    static boolean runsHere() {
        return MachineKernels.runsHere();
    }

    @Override
    Kernels kernels() {
        return MachineKernels.avx512();
    }
}
