package io.jandaia.model.nn;

import io.jandaia.tensor.Matrix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The blocks of a transformer, one after the other: written once for encoders and decoders. */
final class Blocks {

    private Blocks() {}

    /** Changes x in its own place. */
    static void compute(List<Layer> layers, Matrix x, Ops ops) {
        for (Layer layer : layers) {
            long mark = ops.mark();
            block(layer, x, ops);
            ops.release(mark);
        }
    }

    /** One block changes x in its own place. */
    private static void block(Layer layer, Matrix x, Ops ops) {
        float scale = layer.spec().residualScale();
        Layer.Cross cross = layer.cross();
        Matrix in = normed(layer.mixerIn(), x, ops);
        Matrix mixed = mix(layer.mixer(), in, ops);
        switch (layer.spec().residual()) {
            case SEQUENTIAL -> {
                ops.add(x, normed(layer.mixerOut(), mixed, ops), scale);
                if (cross != null) {
                    ops.add(x, look(cross, ops.norm(cross.norm(), x), ops), scale);
                }
                Matrix fed = feed(layer.feedForward(), normed(layer.feedForwardIn(), x, ops), ops);
                ops.add(x, normed(layer.feedForwardOut(), fed, ops), scale);
            }
            case PARALLEL -> {
                Layer.Norm second = layer.feedForwardIn();
                Matrix fed = feed(layer.feedForward(), second == null ? in : ops.norm(second, x), ops);
                ops.add(x, mixed, scale);
                ops.add(x, fed, scale);
            }
            case POST_NORM -> {
                ops.add(x, mixed, scale);
                normInPlace(layer.mixerOut(), x, ops);
                if (cross != null) {
                    ops.add(x, look(cross, x, ops), scale);
                    ops.normInPlace(cross.norm(), x);
                }
                ops.add(x, feed(layer.feedForward(), x, ops), scale);
                normInPlace(layer.feedForwardOut(), x, ops);
            }
        }
    }

    private static Matrix mix(Layer.Mixer mixer, Matrix x, Ops ops) {
        return switch (mixer) {
            case Layer.Attention a when a.spec().bothWays() -> ops.linear(a.output(), ops.attendBothWays(a, x));
            case Layer.Attention a -> {
                Matrix seen = ops.attend(a, ops.qkvRope(a, x));
                yield ops.linear(a.output(), a.gate() == null ? seen : ops.gated(a.gate(), x, seen));
            }
            case Layer.Recurrent r -> ops.linear(r.output(), ops.recur(r, x));
            case Layer.LatentAttention a -> ops.linear(a.output(), ops.latentAttend(a, x));
        };
    }

    private static Matrix look(Layer.Cross cross, Matrix x, Ops ops) {
        return ops.linear(cross.attention().output(), ops.attendSource(cross.attention(), x));
    }

    private static Matrix feed(Layer.FeedForward part, Matrix x, Ops ops) {
        return switch (part) {
            case Layer.Mlp m -> ops.mlp(m, x);
            case Layer.Experts e -> ops.experts(e, x);
        };
    }

    static Matrix normed(Layer.@Nullable Norm norm, Matrix x, Ops ops) {
        return norm == null ? x : ops.norm(norm, x);
    }

    private static void normInPlace(Layer.@Nullable Norm norm, Matrix x, Ops ops) {
        if (norm != null) {
            ops.normInPlace(norm, x);
        }
    }
}
