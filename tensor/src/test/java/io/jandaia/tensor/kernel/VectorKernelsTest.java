package io.jandaia.tensor.kernel;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;

class VectorKernelsTest extends KernelsContract {

    @BeforeAll
    static void vectorsMustRunHere() {
        KernelSets.Choice choice = KernelSets.choose();
        boolean vector = KernelSets.available().stream().anyMatch(k -> k.name().startsWith("vector"));
        if (!vector) {
            System.out.println("NOT RUN: tests of the vector kernels. " + choice.reason());
        }
        Assumptions.assumeTrue(vector, choice.reason());
    }

    @Override
    Kernels kernels() {
        return KernelSets.named("vector").kernels();
    }
}
