package io.jandaia.tensor.kernel;

import org.junit.jupiter.api.BeforeAll;

class VectorAttentionTest extends AttentionContract {

    @BeforeAll
    static void vectorsMustRunHere() {
        VectorKernelsTest.vectorsMustRunHere();
    }

    @Override
    Kernels kernels() {
        return KernelSets.named("vector").kernels();
    }
}
