package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.all;
import static io.jandaia.tensor.kernel.Lanes.store;
import static io.jandaia.tensor.kernel.RawMemory.get;

import io.jandaia.tensor.format.LevelBlocks;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Blocks of a float32 scale and 32 nibbles that choose a float: 16 levels are one vector, or two of eight. */
final class VectorLevelBlocks extends VectorBlocks {

    static final VectorFormat NF4 = new VectorLevelBlocks(LevelBlocks.nf4());
    static final VectorFormat FP4 = new VectorLevelBlocks(LevelBlocks.fp4());

    private final float[] levels;

    private VectorLevelBlocks(LevelBlocks format) {
        super(32, 20);
        this.levels = format.levels();
    }

    @Override
    public void decode(long w, int n, long dst, long stride) {
        FloatVector low = FloatVector.fromArray(Lanes.F, levels, 0);
        FloatVector high = FloatVector.fromArray(Lanes.F, levels, 16 - Lanes.N);
        for (int left = n; left > 0; left -= 32) {
            FloatVector scale = all(get(w));
            for (int part = 0; part < SUMS / Lanes.N; part++) {
                ByteVector nibbles = Lanes.loadNibbles(w + 4, part);
                IntVector codes = (IntVector) nibbles.convertShape(VectorOperators.B2I, Lanes.I, 0);
                FloatVector level = choose(codes, low);
                if (Lanes.N == 8) {
                    level = level.blend(
                            choose(codes, high),
                            codes.compare(VectorOperators.GT, 7).cast(Lanes.F));
                }
                store(level.mul(scale), dst + part * Lanes.BYTES);
            }
            w += bytes();
            dst += stride;
        }
    }

    private static FloatVector choose(IntVector codes, FloatVector table) {
        return table.rearrange(codes.and(Lanes.N - 1).toShuffle().cast(Lanes.F));
    }
}
