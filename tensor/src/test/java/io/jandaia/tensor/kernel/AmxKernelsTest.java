package io.jandaia.tensor.kernel;

import io.jandaia.tensor.kernel.asm.CpuFeatures;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf(value = "runsHere", disabledReason = "not run: this processor lacks what the kernels need")
class AmxKernelsTest extends KernelsContract {

    static boolean runsHere() {
        return MachineKernels.runsHere() && CpuFeatures.here().amx();
    }

    @Override
    Kernels kernels() {
        return MachineKernels.amx();
    }
}
