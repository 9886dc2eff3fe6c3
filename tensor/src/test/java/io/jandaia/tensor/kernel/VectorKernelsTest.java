package io.jandaia.tensor.kernel;

class VectorKernelsTest extends KernelsContract {

    @Override
    Kernels kernels() {
        return KernelSets.named("vector").kernels();
    }
}
