package io.jandaia.model.nn;

import io.jandaia.model.arch.AttentionSpec;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.arch.LayerSpec;
import io.jandaia.model.arch.MlpSpec;
import io.jandaia.model.arch.NormSpec;
import io.jandaia.model.arch.Role;
import io.jandaia.model.arch.RopeSpec;
import io.jandaia.model.arch.ShortConvolutionSpec;
import io.jandaia.model.arch.TensorNames;
import io.jandaia.model.state.KvLayout;
import io.jandaia.model.state.PagePool;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.kernel.Kernels;
import io.jandaia.tensor.kernel.KvType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** A small decoder with random weights from a seed, with all it needs to run; for tests that need no file. */
public final class TinyDecoder implements AutoCloseable {

    public static final int VOCABULARY = 384;

    /** In place of a window: a layer with a short convolution, whose state cannot go back. */
    public static final int RECURRENT = -1;

    private static final List<Role> ROLES = List.of(
            Role.EMBEDDING,
            Role.FINAL_NORM,
            Role.HEAD,
            Role.ATTENTION_NORM,
            Role.QUERY,
            Role.KEY,
            Role.VALUE,
            Role.ATTENTION_OUTPUT,
            Role.QUERY_NORM,
            Role.KEY_NORM,
            Role.MLP_NORM,
            Role.GATE,
            Role.UP,
            Role.DOWN,
            Role.RECURRENT_IN,
            Role.CONVOLUTION,
            Role.RECURRENT_OUTPUT);

    private static final Set<Role> ATTENDING =
            EnumSet.of(Role.QUERY, Role.KEY, Role.VALUE, Role.ATTENTION_OUTPUT, Role.QUERY_NORM, Role.KEY_NORM);
    private static final Set<Role> RECURRING = EnumSet.of(Role.RECURRENT_IN, Role.CONVOLUTION, Role.RECURRENT_OUTPUT);
    private static final TensorNames NAMES = TensorNames.hub()
            .with(Role.RECURRENT_IN, "conv.in_proj")
            .with(Role.CONVOLUTION, "conv.conv")
            .with(Role.RECURRENT_OUTPUT, "conv.out_proj");

    public final DecoderSpec spec;
    public final Decoder decoder;
    public final PagePool pool;
    public final InferenceOps ops;
    private final ComputeTeam team;
    private final int headDim;
    private final Arena arena = Arena.ofShared();

    public TinyDecoder(ElementType type, int[] windows, Kernels kernels, int threads) {
        this(type, windows, kernels, threads, 64L << 20, new RopeSpec.None());
    }

    public TinyDecoder(
            ElementType type, int[] windows, Kernels kernels, int threads, long poolBytes, RopeSpec.Scaling scaling) {
        this(type, windows, kernels, threads, poolBytes, scaling, Numerics.EXACT);
    }

    /** @param numerics FAST: keys and values are kept in F16, in heads of which BF16 makes pairs */
    public TinyDecoder(
            ElementType type,
            int[] windows,
            Kernels kernels,
            int threads,
            long poolBytes,
            RopeSpec.Scaling scaling,
            Numerics numerics) {
        boolean fast = numerics == Numerics.FAST;
        headDim = fast ? 32 : 16;
        NormSpec norm = NormSpec.rms(1e-6);
        AttentionSpec attention = AttentionSpec.of(64 / headDim, 32 / headDim, headDim)
                .bias(true, false)
                .headNorm(AttentionSpec.HeadNorm.shared(norm))
                .rope(new RopeSpec(10000, headDim, false, scaling, null));
        MlpSpec mlp = MlpSpec.gated(Activation.SILU, 96);
        ShortConvolutionSpec convolution = new ShortConvolutionSpec(64, 3, false);
        spec = new DecoderSpec(
                VOCABULARY,
                64,
                2048,
                DecoderSpec.EmbeddingSpec.of(64),
                DecoderSpec.layers(
                        windows.length,
                        i -> LayerSpec.preNorm(
                                norm, windows[i] == RECURRENT ? convolution : attention.window(windows[i]), mlp)),
                norm,
                DecoderSpec.HeadSpec.of(false));
        decoder = Weights.decoder(spec, tensors(type), NAMES, kernels, numerics, arena);
        KvLayout layout = InferenceOps.layout(spec, fast ? KvType.F16 : KvType.F32);
        pool = new PagePool(layout, poolBytes);
        team = ComputeTeam.of(threads);
        ops = new InferenceOps(spec, layout, kernels, team);
    }

    private Map<String, StoredTensor> tensors(ElementType type) {
        Random random = new Random(7);
        Map<String, StoredTensor> out = new HashMap<>();
        for (Role role : ROLES) {
            for (int layer = 0; layer < (role.perLayer() ? spec.layers().size() : 1); layer++) {
                boolean recurs = role.perLayer() && spec.layers().get(layer).mixer() instanceof ShortConvolutionSpec;
                if ((recurs ? ATTENDING : RECURRING).contains(role)) {
                    continue;
                }
                String name = NAMES.name(role, layer, "model.", n -> true);
                long[] shape = shape(role);
                put(out, name + ".weight", shape.length == 1 ? ElementType.F32 : type, shape, random);
                if (role == Role.QUERY || role == Role.KEY || role == Role.VALUE) {
                    put(out, name + ".bias", ElementType.F32, new long[] {shape[0]}, random);
                }
            }
        }
        return out;
    }

    private long[] shape(Role role) {
        return switch (role) {
            case EMBEDDING, HEAD -> new long[] {VOCABULARY, 64};
            case FINAL_NORM, ATTENTION_NORM, MLP_NORM -> new long[] {64};
            case QUERY_NORM, KEY_NORM -> new long[] {headDim};
            case QUERY, ATTENTION_OUTPUT -> new long[] {64, 64};
            case KEY, VALUE -> new long[] {32, 64};
            case GATE, UP -> new long[] {96, 64};
            case DOWN -> new long[] {64, 96};
            case RECURRENT_IN -> new long[] {192, 64};
            case CONVOLUTION -> new long[] {64, 1, 3};
            case RECURRENT_OUTPUT -> new long[] {64, 64};
            default -> throw new IllegalArgumentException(role.name());
        };
    }

    private void put(Map<String, StoredTensor> out, String name, ElementType type, long[] shape, Random random) {
        long n = 1;
        for (long d : shape) {
            n *= d;
        }
        float[] floats = new float[(int) n];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) (shape.length == 1 ? 1 + 0.1 * random.nextGaussian() : 0.3 * random.nextGaussian());
        }
        MemorySegment data = arena.allocate(type.bytes(n), 64);
        type.format().encode(MemorySegment.ofArray(floats), 0, data, 0, n / type.blockElements());
        out.put(name, new StoredTensor(name, type, shape, data));
    }

    /** Random token ids. */
    public static int[] tokens(int n, long seed) {
        return new Random(seed).ints(n, 0, VOCABULARY).toArray();
    }

    @Override
    public void close() {
        ops.close();
        team.close();
        pool.close();
        arena.close();
    }
}
