package io.jandaia.tensor.kernel;

class ScalarAttentionTest extends AttentionContract {

    @Override
    Kernels kernels() {
        return new ScalarKernels();
    }
}
