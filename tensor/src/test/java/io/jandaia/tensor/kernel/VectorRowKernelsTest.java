package io.jandaia.tensor.kernel;

import org.junit.jupiter.api.BeforeAll;

class VectorRowKernelsTest extends RowKernelsContract {

    @BeforeAll
    static void vectorsMustRunHere() {
        VectorKernelsTest.vectorsMustRunHere();
    }

    @Override
    Kernels kernels() {
        return KernelSets.named("vector").kernels();
    }
}
