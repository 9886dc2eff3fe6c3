package io.jandaia.tensor.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Decodes one head of a page to float32, where all that read the page find it. */
final class VectorKvPage {

    private static final int PAGE = KvShape.PAGE;

    private VectorKvPage() {}

    /** Keys {@code [keyDim, PAGE]} with scales {@code [blocks, PAGE]}. */
    static void keys(KvShape shape, long from, long to) {
        if (shape.type() != KvType.Q8) {
            numbers(shape.type(), from, to, PAGE * shape.keyDim());
            return;
        }
        long scales = from + shape.scalesAt(shape.keyDim());
        for (int d = 0; d < shape.keyDim(); d++) {
            long scale = scales + (long) d / KvType.BLOCK * PAGE * 4;
            for (int slot = 0; slot < PAGE; slot += Lanes.N) {
                long i = (long) d * PAGE + slot;
                Lanes.store(Lanes.loadBytes(from + i).mul(Lanes.load(scale + slot * 4L)), to + i * 4);
            }
        }
    }

    /** Values {@code [PAGE, valueDim]} with scales {@code [PAGE, blocks]}. */
    static void values(KvShape shape, long from, long to) {
        int dim = shape.valueDim();
        if (shape.type() != KvType.Q8) {
            numbers(shape.type(), from, to, PAGE * dim);
            return;
        }
        long scales = from + shape.scalesAt(dim);
        for (int slot = 0; slot < PAGE; slot++) {
            for (int d = 0; d < dim; d += KvType.BLOCK) {
                float scale = RawMemory.get(scales);
                scales += 4;
                block(from + (long) slot * dim + d, scale, to + ((long) slot * dim + d) * 4, Math.min(32, dim - d));
            }
        }
    }

    private static void block(long from, float scale, long to, int n) {
        int i = 0;
        for (; i + Lanes.N <= n; i += Lanes.N) {
            Lanes.store(Lanes.loadBytes(from + i).mul(scale), to + i * 4L);
        }
        for (; i < n; i++) {
            RawMemory.set(to + i * 4L, RawMemory.getByte(from + i) * scale);
        }
    }

    /** @param n a multiple of {@link KvShape#PAGE} */
    private static void numbers(KvType type, long from, long to, int n) {
        if (type == KvType.F16) {
            halves(from, to, n);
            return;
        }
        for (int i = 0; i < n; i += Lanes.N) {
            FloatVector v = Lanes.loadShorts(from + i * 2L)
                    .lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats();
            Lanes.store(v, to + i * 4L);
        }
    }

    /** As VectorF16: the exponent is corrected by a product, the highest one set where it was. */
    private static void halves(long from, long to, int n) {
        for (int i = 0; i < n; i += Lanes.N) {
            IntVector half = Lanes.loadShorts(from + i * 2L);
            IntVector bits = half.lanewise(VectorOperators.LSHL, 13)
                    .and(0x8FFFE000)
                    .reinterpretAsFloats()
                    .mul(0x1p112f)
                    .reinterpretAsInts();
            bits = bits.lanewise(
                    VectorOperators.OR, 0x7F800000, half.and(0x7C00).compare(VectorOperators.EQ, 0x7C00));
            Lanes.store(bits.reinterpretAsFloats(), to + i * 4L);
        }
    }
}
