package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.all;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.RawMemory.get;

import io.jandaia.tensor.format.Fp8;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Blocks of a float32 scale and 32 floats of eight bits: as float32 their bits lie 20 places higher. */
final class VectorFp8 extends VectorBlocks {

    static final VectorFormat FORMAT = new VectorFp8();

    private VectorFp8() {
        super(32, 36);
    }

    @Override
    public void decode(long w, int n, long dst, long stride) {
        for (int left = n; left > 0; left -= 32) {
            FloatVector scale = all(get(w));
            for (int j = 0; j < SUMS; j += Lanes.N) {
                IntVector codes = (IntVector) Lanes.bytes(w + 4 + j).convertShape(VectorOperators.B2I, Lanes.I, 0);
                IntVector sign = codes.and(0x8000_0000);
                IntVector rest = codes.and(0x7F).lanewise(VectorOperators.LSHL, 20);
                store(sign.or(rest).reinterpretAsFloats().mul(Fp8.BIAS).mul(scale), dst + j * 4L);
            }
            w += bytes();
            dst += stride;
        }
    }
}
