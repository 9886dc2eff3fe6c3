package io.jandaia.tensor.kernel;

import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.kernel.asm.CpuFeatures;
import io.jandaia.tensor.kernel.packed.InstructionSet;
import io.jandaia.tensor.kernel.packed.PackedFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf(value = "runsHere", disabledReason = "not run: this processor lacks what the kernels need")
class Avx2KernelsTest extends KernelsContract {

    static boolean runsHere() {
        return InstructionSet.AVX2.obstacle(CpuFeatures.here()) == null;
    }

    /** What has no machine code is computed by the vector kernels, whose own test has all types. */
    static Stream<ElementType> types() {
        return Stream.concat(
                Stream.of(ElementType.F32), Stream.of(PackedFormat.values()).map(f -> ElementType.valueOf(f.name())));
    }

    @Override
    Kernels kernels() {
        return MachineKernels.of(InstructionSet.AVX2);
    }
}
