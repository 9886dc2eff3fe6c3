package io.jandaia.tensor.kernel;

class ScalarKernelsTest extends KernelsContract {

    @Override
    Kernels kernels() {
        return new ScalarKernels();
    }
}
