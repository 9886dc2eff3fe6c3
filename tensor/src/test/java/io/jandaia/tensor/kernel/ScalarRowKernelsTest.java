package io.jandaia.tensor.kernel;

class ScalarRowKernelsTest extends RowKernelsContract {

    @Override
    Kernels kernels() {
        return new ScalarKernels();
    }
}
