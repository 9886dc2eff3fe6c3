package io.jandaia.tensor.kernel;

import static io.jandaia.tensor.kernel.Lanes.all;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** {@link Exp} by lanes, to the same bits. */
final class VectorExp {

    private VectorExp() {}

    static FloatVector exp(FloatVector x) {
        FloatVector v = x.min(all(Exp.MAX)).max(all(Exp.MIN));
        FloatVector n = v.fma(all(Exp.LOG2E), all(Exp.ROUND)).sub(all(Exp.ROUND));
        FloatVector r = n.fma(all(-Exp.LN2_HIGH), v);
        r = n.fma(all(-Exp.LN2_LOW), r);
        FloatVector p = r.fma(all(Exp.P0), all(Exp.P1));
        p = p.fma(r, all(Exp.P2));
        p = p.fma(r, all(Exp.P3));
        p = p.fma(r, all(Exp.P4));
        p = p.fma(r, all(Exp.P5));
        p = p.fma(r.mul(r), r).add(all(1));
        IntVector power = (IntVector) n.convert(VectorOperators.F2I, 0);
        FloatVector scale = power.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
        return p.mul(scale).blend(0f, x.compare(VectorOperators.LT, Exp.MIN));
    }
}
