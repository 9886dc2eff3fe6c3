package io.jandaia.model.nn;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.AttentionSpec;
import io.jandaia.model.arch.AttentionSpec.DistanceBuckets;
import io.jandaia.model.arch.AttentionSpec.HeadNorm;
import io.jandaia.model.arch.AttentionSpec.QkvLayout;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.arch.DecoderSpec.EmbeddingSpec;
import io.jandaia.model.arch.DecoderSpec.LearnedPositions;
import io.jandaia.model.arch.DecoderSpec.SinusoidalPositions;
import io.jandaia.model.arch.DeltaNetSpec;
import io.jandaia.model.arch.EncoderDecoderSpec;
import io.jandaia.model.arch.EncoderSpec;
import io.jandaia.model.arch.ExpertsSpec;
import io.jandaia.model.arch.LatentAttentionSpec;
import io.jandaia.model.arch.LayerSpec;
import io.jandaia.model.arch.MambaSpec;
import io.jandaia.model.arch.MlpSpec;
import io.jandaia.model.arch.NormSpec;
import io.jandaia.model.arch.Role;
import io.jandaia.model.arch.ShortConvolutionSpec;
import io.jandaia.model.arch.TaskSpec;
import io.jandaia.model.arch.TensorNames;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.kernel.WeightPacking;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds a model's tensors by role, checks their shapes against the spec and packs them. A tensor that nobody asks for
 * and that is not a known leftover is an error: it would change the result.
 */
public final class Weights {

    /**
     * Buffers that older versions of training software saved along, which follow from the configuration, and layers that predict
     * further tokens.
     */
    private static final Pattern LEFTOVER = Pattern.compile(
            ".*(rotary_emb\\.inv_freq|attn\\.bias|attention\\.bias|masked_bias|position_ids)|rope_freqs\\.weight|rope_factors_(long|short)\\.weight|mtp\\..*"
                    // Copies of the embedding, positions that follow from their number, poolers and judges of pairs of
                    // sentences that the task does not use.
                    + "|(model\\.)?(encoder|decoder)\\.embed_(tokens|positions)\\.weight"
                    + "|(.*\\.)?pooler\\.dense\\.(weight|bias)|cls\\.seq_relationship\\.(weight|bias)"
                    + "|decoder\\..*\\.EncDecAttention\\.relative_attention_bias\\.weight");

    private static final MemorySegment NONE = MemorySegment.NULL;
    /** Numbers in a table of sinusoidal positions: 65,536 positions of the widest model are less. */
    private static final long MAX_WAVES = 1L << 28;

    private static final float[] NO_FLOATS = {};

    private final Map<String, StoredTensor> tensors;
    private final TensorNames names;
    private final String prefix;
    private final WeightPacking packing;
    private final Numerics numerics;
    private final Arena arena;
    private final Set<String> used;

    private Weights(
            Map<String, StoredTensor> tensors,
            TensorNames names,
            WeightPacking packing,
            Numerics numerics,
            Arena arena,
            Set<String> used) {
        this.tensors = tensors;
        this.names = names;
        this.packing = packing;
        this.numerics = numerics;
        this.arena = arena;
        this.used = used;
        this.prefix = names.prefixes().stream()
                .filter(p -> tensors.containsKey(
                        names.name(Role.EMBEDDING, 0, p, n -> tensors.containsKey(n + ".weight")) + ".weight"))
                .findFirst()
                .orElseThrow(() -> JandaiaException.format("The model has no tensor '"
                        + names.name(Role.EMBEDDING, 0, names.prefixes().getFirst(), n -> true) + ".weight'; it has "
                        + tensors.size() + " others" + some(tensors.keySet()) + "."));
    }

    /**
     * Builds the decoder.
     *
     * @param arena owns what is copied (norms, biases, transposed matrices); the packed weights may go on reading the tensors'
     *     own memory
     */
    public static Decoder decoder(
            DecoderSpec spec,
            Map<String, StoredTensor> tensors,
            TensorNames names,
            WeightPacking packing,
            Numerics numerics,
            Arena arena) {
        Weights w = new Weights(tensors, names, packing, numerics, arena, new HashSet<>());
        Decoder decoder = w.decoder(spec);
        w.refuseUnused(spec.layers().size(), spec.head().tied());
        return decoder;
    }

    /** Whether a tensor of this name follows from the configuration or serves other uses. */
    public static boolean leftover(String name) {
        return LEFTOVER.matcher(name).matches();
    }

    /** Builds an encoder; otherwise like {@link #decoder}. */
    public static Encoder encoder(
            EncoderSpec spec,
            Map<String, StoredTensor> tensors,
            TensorNames names,
            WeightPacking packing,
            Numerics numerics,
            Arena arena) {
        Weights w = new Weights(current(tensors), names, packing, numerics, arena, new HashSet<>());
        Encoder encoder = w.encoder(spec);
        w.refuseUnused(spec.layers().size(), false);
        return encoder;
    }

    /** Builds both halves of an encoder-decoder; otherwise like {@link #decoder}. */
    public static EncoderDecoder encoderDecoder(
            EncoderDecoderSpec spec,
            Map<String, StoredTensor> tensors,
            TensorNames encoderNames,
            TensorNames decoderNames,
            WeightPacking packing,
            Numerics numerics,
            Arena arena) {
        Set<String> used = new HashSet<>();
        Encoder encoder = new Weights(tensors, encoderNames, packing, numerics, arena, used).encoder(spec.encoder());
        Weights w = new Weights(tensors, decoderNames, packing, numerics, arena, used);
        Decoder decoder = w.decoder(spec.decoder());
        w.refuseUnused(spec.decoder().layers().size(), spec.decoder().head().tied());
        return new EncoderDecoder(spec, encoder, decoder);
    }

    /** The first checkpoints call weights of norms gamma and their biases beta. */
    private static Map<String, StoredTensor> current(Map<String, StoredTensor> tensors) {
        if (tensors.keySet().stream().noneMatch(n -> n.endsWith("LayerNorm.gamma"))) {
            return tensors;
        }
        Map<String, StoredTensor> out = new LinkedHashMap<>();
        tensors.forEach((name, t) -> out.put(
                name.replaceFirst("LayerNorm\\.gamma$", "LayerNorm.weight")
                        .replaceFirst("LayerNorm\\.beta$", "LayerNorm.bias"),
                t));
        return out;
    }

    private Decoder decoder(DecoderSpec spec) {
        Embedding embedding = embedding(
                spec.embedding(), spec.vocabulary(), spec.dim(), spec.head().tied());
        List<Layer> layers = layers(spec.layers(), spec.dim());
        Layer.Norm finalNorm = norm(spec.finalNorm(), Role.FINAL_NORM, 0, spec.dim());
        return new Decoder(spec, embedding, layers, finalNorm, head(spec, embedding));
    }

    private Encoder encoder(EncoderSpec spec) {
        boolean tied = spec.task() != null && spec.task().tied();
        Embedding embedding = embedding(spec.embedding(), spec.vocabulary(), spec.dim(), tied);
        List<Layer> layers = layers(spec.layers(), spec.dim());
        Layer.Norm finalNorm = norm(spec.finalNorm(), Role.FINAL_NORM, 0, spec.dim());
        TaskHead task = spec.task() == null ? null : task(spec.task(), spec.dim(), embedding);
        return new Encoder(spec, embedding, layers, finalNorm, task);
    }

    private List<Layer> layers(List<LayerSpec> specs, int dim) {
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            layers.add(layer(specs.get(i), dim, i));
        }
        return layers;
    }

    private TaskHead task(TaskSpec t, int dim, Embedding embedding) {
        TaskSpec.Transform transform = t.transform();
        String output = name(Role.TASK_OUTPUT, 0);
        Linear map = t.tied() ? embedding.table() : plain(tensor(output + ".weight", t.outputs(), dim));
        String bias = output + ".bias";
        if (names.has(Role.TASK_OUTPUT_BIAS)) {
            String apart = names.name(Role.TASK_OUTPUT_BIAS, 0, prefix, tensors::containsKey);
            // Files have both: what is tied goes by the one that stands apart, what is not by its own.
            used.addAll(List.of(output + ".weight", bias, apart));
            bias = t.tied() || !tensors.containsKey(bias) ? apart : bias;
        }
        return new TaskHead(
                t,
                transform == null ? null : linear(Role.TASK_TRANSFORM, 0, dim, dim, transform.bias()),
                transform == null ? null : norm(transform.norm(), Role.TASK_NORM, 0, dim),
                t.bias() ? new Linear(map.weight(), vector(bias, t.outputs())) : map);
    }

    /** @param tied whether the table of tokens is multiplied with as well */
    private Embedding embedding(EmbeddingSpec e, int vocabulary, int dim, boolean tied) {
        StoredTensor tokens = tensor(Role.EMBEDDING, 0, ".weight", vocabulary, e.width());
        return new Embedding(
                e,
                tied ? plain(tokens) : table(tokens),
                e.width() == dim ? null : plain(tensor(Role.EMBEDDING_PROJECTION, 0, ".weight", dim, e.width())),
                switch (e.positions()) {
                    case null -> null;
                    case LearnedPositions p -> table(tensor(Role.POSITIONS, 0, ".weight", p.rows() + p.offset(), dim));
                    case SinusoidalPositions p -> table(waves(p.rows(), dim));
                },
                e.types() == 0 ? null : table(tensor(Role.TOKEN_TYPES, 0, ".weight", e.types(), dim)),
                norm(e.norm(), Role.EMBEDDING_NORM, 0, dim));
    }

    /** Sinusoidal positions, as a table {@code [rows, dim]}. */
    private StoredTensor waves(int rows, int dim) {
        if ((long) rows * dim > MAX_WAVES) {
            throw JandaiaException.format("The configuration asks for " + rows + " sinusoidal positions of " + dim
                    + " numbers; expected at most " + MAX_WAVES + " numbers together.");
        }
        int sines = (dim + 1) / 2;
        float[] table = new float[rows * dim];
        for (int p = 0; p < rows; p++) {
            for (int i = 0; i < sines; i++) {
                double angle = p / Math.pow(10000, 2.0 * i / dim);
                table[p * dim + i] = (float) Math.sin(angle);
                if (sines + i < dim) {
                    table[p * dim + sines + i] = (float) Math.cos(angle);
                }
            }
        }
        return new StoredTensor(
                "sinusoidal positions",
                ElementType.F32,
                new long[] {rows, dim},
                arena.allocateFrom(ValueLayout.JAVA_FLOAT, table));
    }

    private Head head(DecoderSpec spec, Embedding embedding) {
        DecoderSpec.HeadSpec h = spec.head();
        int width = spec.embedding().width();
        Linear output = h.tied() ? embedding.table() : plain(tensor(Role.HEAD, 0, ".weight", spec.vocabulary(), width));
        MemorySegment bias = h.bias() ? vector(Role.HEAD, 0, ".bias", spec.vocabulary()) : logitsBias(spec);
        return new Head(
                h,
                width == spec.dim() ? null : plain(tensor(Role.HEAD_PROJECTION, 0, ".weight", width, spec.dim())),
                bias == null ? output : new Linear(output.weight(), bias));
    }

    /** A bias of its own, which files may leave out when it is zero. */
    private @Nullable MemorySegment logitsBias(DecoderSpec spec) {
        String name = names.has(Role.LOGITS_BIAS) ? name(Role.LOGITS_BIAS, 0) : "";
        return tensors.containsKey(name)
                ? arena.allocateFrom(
                        ValueLayout.JAVA_FLOAT,
                        tensor(name, 1, spec.vocabulary()).toFloats())
                : null;
    }

    private Layer layer(LayerSpec spec, int dim, int i) {
        Layer.Mixer mixer = switch (spec.mixer()) {
            case AttentionSpec a -> attention(a, dim, i);
            case LatentAttentionSpec a -> latentAttention(a, dim, i);
            case ShortConvolutionSpec c -> shortConvolution(c, i);
            case DeltaNetSpec d -> deltaNet(d, dim, i);
            case MambaSpec m -> mamba(m, dim, i);
        };
        Layer.FeedForward feedForward = switch (spec.feedForward()) {
            case MlpSpec m -> mlp(m, Part.OWN, dim, i);
            case ExpertsSpec e -> experts(e, dim, i);
        };
        return new Layer(
                spec,
                mixer,
                feedForward,
                norm(spec.mixerIn(), Role.ATTENTION_NORM, i, dim),
                norm(spec.mixerOut(), Role.ATTENTION_OUTPUT_NORM, i, dim),
                norm(spec.feedForwardIn(), Role.MLP_NORM, i, dim),
                norm(spec.feedForwardOut(), Role.MLP_OUTPUT_NORM, i, dim),
                spec.cross() == null ? null : cross(spec.cross(), dim, i));
    }

    private Layer.Cross cross(LayerSpec.CrossSpec spec, int dim, int i) {
        AttentionSpec a = spec.attention();
        int width = a.heads() * a.headDim();
        Layer.Attention attention = new Layer.Attention(
                i,
                a,
                List.of(
                        linear(Role.CROSS_QUERY, i, width, dim, a.inputBias()),
                        linear(Role.CROSS_KEY, i, width, dim, a.inputBias()),
                        linear(Role.CROSS_VALUE, i, width, dim, a.inputBias())),
                linear(Role.CROSS_OUTPUT, i, dim, width, a.outputBias()),
                null,
                null,
                null,
                null,
                null);
        return new Layer.Cross(attention, Objects.requireNonNull(norm(spec.norm(), Role.CROSS_NORM, i, dim)));
    }

    private Layer.Attention attention(AttentionSpec a, int dim, int i) {
        int queries = a.heads() * a.headDim();
        int keys = a.kvHeads() * a.headDim();
        boolean bias = a.inputBias();
        List<Linear> queriesAndGates = a.gated() ? gatedQueries(a, dim, i) : List.of();
        List<Linear> inputs = a.layout() == QkvLayout.SEPARATE
                ? List.of(
                        a.gated() ? queriesAndGates.getFirst() : linear(Role.QUERY, i, queries, dim, bias),
                        linear(Role.KEY, i, keys, dim, bias),
                        linear(Role.VALUE, i, keys, dim, bias))
                : List.of(linear(Role.QKV, i, queries + 2 * keys, dim, bias));
        return new Layer.Attention(
                i,
                a,
                inputs,
                linear(Role.ATTENTION_OUTPUT, i, dim, queries, a.outputBias()),
                a.gated() ? queriesAndGates.getLast() : null,
                headNorm(a, Role.QUERY_NORM, i, a.heads()),
                headNorm(a, Role.KEY_NORM, i, a.kvHeads()),
                a.sinks() ? vectorOf(Role.SINKS, i, a.heads()) : null,
                a.distanceBias() instanceof DistanceBuckets b ? buckets(b, a.heads()) : null);
    }

    /** The rows of queries and those of gates, which take turns head by head. */
    private List<Linear> gatedQueries(AttentionSpec a, int dim, int i) {
        int rows = a.heads() * a.headDim();
        StoredTensor both = tensor(Role.QUERY, i, ".weight", 2L * rows, dim);
        StoredTensor bias = a.inputBias() ? tensor(Role.QUERY, i, ".bias", 2L * rows) : null;
        return Stream.of(0, 1)
                .map(part -> linear(
                        TensorSlices.everyOther(both, a.headDim(), part, arena),
                        bias == null ? null : TensorSlices.everyOther(bias, a.headDim(), part, arena)))
                .toList();
    }

    private Layer.Recurrent shortConvolution(ShortConvolutionSpec c, int i) {
        return new Layer.Recurrent(
                i,
                c,
                List.of(linear(Role.RECURRENT_IN, i, 3 * c.dim(), c.dim(), c.bias())),
                convolution(i, c.dim(), c.kernel()),
                floats(c.bias(), Role.CONVOLUTION, i, ".bias", c.dim()),
                NO_FLOATS,
                NO_FLOATS,
                NO_FLOATS,
                null,
                linear(Role.RECURRENT_OUTPUT, i, c.dim(), c.dim(), c.bias()));
    }

    private Layer.Recurrent deltaNet(DeltaNetSpec d, int dim, int i) {
        int values = d.valueHeads() * d.valueDim();
        return new Layer.Recurrent(
                i,
                d,
                List.of(
                        linear(Role.RECURRENT_IN, i, d.channels() + values, dim, false),
                        linear(Role.RECURRENT_RATES, i, 2 * d.valueHeads(), dim, false)),
                convolution(i, d.channels(), d.kernel()),
                NO_FLOATS,
                decay(i, d.valueHeads()),
                floats(true, Role.STEP_BIAS, i, "", d.valueHeads()),
                NO_FLOATS,
                norm(d.norm(), Role.RECURRENT_NORM, i, d.valueDim()),
                linear(Role.RECURRENT_OUTPUT, i, dim, values, false));
    }

    private Layer.Recurrent mamba(MambaSpec m, int dim, int i) {
        return new Layer.Recurrent(
                i,
                m,
                List.of(linear(Role.RECURRENT_IN, i, m.inner() + m.channels() + m.heads(), dim, m.inputBias())),
                convolution(i, m.channels(), m.kernel()),
                floats(m.convolutionBias(), Role.CONVOLUTION, i, ".bias", m.channels()),
                decay(i, m.heads()),
                floats(true, Role.STEP_BIAS, i, "", m.heads()),
                floats(true, Role.SKIP, i, "", m.heads()),
                norm(m.norm(), Role.RECURRENT_NORM, i, m.inner()),
                linear(Role.RECURRENT_OUTPUT, i, dim, m.inner(), m.inputBias()));
    }

    /** The weights of a convolution, {@code [kernel, channels]}; files have {@code [channels, 1, kernel]}. */
    private float[] convolution(int layer, int channels, int kernel) {
        float[] stored =
                tensor(Role.CONVOLUTION, layer, ".weight", channels, 1, kernel).toFloats();
        float[] out = new float[stored.length];
        for (int c = 0; c < channels; c++) {
            for (int k = 0; k < kernel; k++) {
                out[k * channels + c] = stored[c * kernel + k];
            }
        }
        return out;
    }

    /** Files have the logarithm of the decay. */
    private float[] decay(int layer, int heads) {
        float[] a = tensor(Role.DECAY, layer, "", heads).toFloats();
        for (int h = 0; h < heads; h++) {
            a[h] = (float) -Math.exp(a[h]);
        }
        return a;
    }

    private float[] floats(boolean there, Role role, int layer, String suffix, int size) {
        return there ? tensor(role, layer, suffix, size).toFloats() : NO_FLOATS;
    }

    private Layer.@Nullable Norm headNorm(AttentionSpec a, Role role, int layer, int heads) {
        HeadNorm n = a.headNorm();
        if (n == null) {
            return null;
        }
        return switch (n.span()) {
            case SHARED -> norm(n.norm(), role, layer, a.headDim());
            case WHOLE -> norm(n.norm(), role, layer, heads * a.headDim());
            case EACH -> eachHead(n.norm(), role, layer, heads, a.headDim());
        };
    }

    /** The norms of all heads in one: stored as one tensor or as one for each head. */
    private Layer.Norm eachHead(NormSpec spec, Role role, int layer, int heads, int headDim) {
        String name = name(role, layer);
        float[] all = new float[heads * headDim];
        if (name.contains("{h}")) {
            for (int h = 0; h < heads; h++) {
                float[] one = tensor(name.replace("{h}", Integer.toString(h)) + ".weight", headDim)
                        .toFloats();
                System.arraycopy(one, 0, all, h * headDim, headDim);
            }
        } else {
            all = tensor(name + ".weight", heads, headDim).toFloats();
        }
        return new Layer.Norm(spec.kind(), arena.allocateFrom(ValueLayout.JAVA_FLOAT, all), NONE, spec.eps());
    }

    private Layer.LatentAttention latentAttention(LatentAttentionSpec a, int dim, int i) {
        int queries = a.heads() * a.headDim();
        boolean compressed = a.queryRank() > 0;
        List<Linear> query = compressed
                ? List.of(
                        linear(Role.QUERY_DOWN, i, a.queryRank(), dim, a.bias()),
                        linear(Role.QUERY_UP, i, queries, a.queryRank(), false))
                : List.of(linear(Role.QUERY, i, queries, dim, false));
        List<Linear> keys = new ArrayList<>();
        List<Linear> values = new ArrayList<>();
        String keysName = names.has(Role.LATENT_KEYS) ? name(Role.LATENT_KEYS, i) + ".weight" : "";
        String valuesName = names.has(Role.LATENT_VALUES) ? name(Role.LATENT_VALUES, i) + ".weight" : "";
        if (tensors.containsKey(name(Role.LATENT_UP, i) + ".weight")) {
            int each = a.plainDim() + a.valueDim();
            StoredTensor up = tensor(Role.LATENT_UP, i, ".weight", (long) a.heads() * each, a.latent());
            for (int h = 0; h < a.heads(); h++) {
                StoredTensor key = TensorSlices.rows(up, (long) h * each, a.plainDim());
                keys.add(plain(TensorSlices.transposed(TensorSlices.unblocked(key, arena), arena)));
                values.add(plain(TensorSlices.rows(up, (long) h * each + a.plainDim(), a.valueDim())));
            }
            used.add(keysName); // some files have both forms
            used.add(valuesName);
        } else {
            StoredTensor k = tensor(keysName, a.heads(), a.latent(), a.plainDim());
            StoredTensor v = tensor(valuesName, a.heads(), a.valueDim(), a.latent());
            for (int h = 0; h < a.heads(); h++) {
                keys.add(plain(TensorSlices.of(k, h)));
                values.add(plain(TensorSlices.of(v, h)));
            }
        }
        return new Layer.LatentAttention(
                i,
                a,
                query,
                norm(compressed ? a.norm() : null, Role.QUERY_DOWN_NORM, i, a.queryRank()),
                linear(Role.LATENT, i, a.latent() + a.rope().rotary(), dim, a.bias()),
                Objects.requireNonNull(norm(a.norm(), Role.LATENT_NORM, i, a.latent())),
                keys,
                values,
                linear(Role.ATTENTION_OUTPUT, i, dim, a.heads() * a.valueDim(), a.bias()));
    }

    /** The roles of a feed-forward block's maps. */
    private record Part(Role gate, Role up, Role gateUp, Role down) {
        static final Part OWN = new Part(Role.GATE, Role.UP, Role.GATE_UP, Role.DOWN);
        static final Part SHARED = new Part(Role.SHARED_GATE, Role.SHARED_UP, Role.SHARED_GATE_UP, Role.SHARED_DOWN);
        static final Part EXPERT = new Part(Role.EXPERT_GATE, Role.EXPERT_UP, Role.EXPERT_GATE_UP, Role.EXPERT_DOWN);
    }

    private Layer.Mlp mlp(MlpSpec m, Part part, int dim, int i) {
        List<Linear> inputs = new ArrayList<>();
        if (m.fused()) {
            inputs.add(linear(part.gateUp, i, 2 * m.inner(), dim, m.bias()));
        } else {
            if (m.gated()) {
                inputs.add(linear(part.gate, i, m.inner(), dim, m.bias()));
            }
            inputs.add(linear(part.up, i, m.inner(), dim, m.bias()));
        }
        return new Layer.Mlp(m, List.copyOf(inputs), linear(part.down, i, dim, m.inner(), m.bias()));
    }

    private Layer.Experts experts(ExpertsSpec e, int dim, int i) {
        ExpertsSpec.Routing routing = e.routing();
        return new Layer.Experts(
                e,
                linear(Role.ROUTER, i, e.count(), dim, routing.bias()),
                routing.correction()
                        ? tensor(Role.ROUTER_CORRECTION, i, "", e.count()).toFloats()
                        : null,
                IntStream.range(0, e.count())
                        .mapToObj(n -> expert(e, dim, i, n))
                        .toList(),
                e.shared() == null ? null : mlp(e.shared(), Part.SHARED, dim, i),
                e.sharedGate() ? sharedSwitch(i, dim) : null);
    }

    /** One row, which some files have as a vector. */
    private Linear sharedSwitch(int layer, int dim) {
        String name = name(Role.SHARED_SWITCH, layer) + ".weight";
        StoredTensor t = tensors.get(name);
        if (t != null && t.shape().length == 1) {
            t = tensor(name, dim);
            return plain(new StoredTensor(name, t.type(), new long[] {1, dim}, t.data()));
        }
        return linear(Role.SHARED_SWITCH, layer, 1, dim, false);
    }

    private Layer.Mlp expert(ExpertsSpec e, int dim, int i, int n) {
        MlpSpec m = e.expert();
        List<Linear> inputs = new ArrayList<>();
        if (m.fused()) {
            inputs.add(expertMap(e, Part.EXPERT.gateUp, i, n, 2 * m.inner(), dim));
        } else {
            if (m.gated()) {
                inputs.add(expertMap(e, Part.EXPERT.gate, i, n, m.inner(), dim));
            }
            inputs.add(expertMap(e, Part.EXPERT.up, i, n, m.inner(), dim));
        }
        return new Layer.Mlp(m, List.copyOf(inputs), expertMap(e, Part.EXPERT.down, i, n, dim, m.inner()));
    }

    private Linear expertMap(ExpertsSpec e, Role role, int layer, int n, int outputs, int inputs) {
        boolean bias = e.expert().bias();
        return switch (e.storage()) {
            case EACH -> {
                String name = name(role, layer).replace("{e}", Integer.toString(n));
                yield linear(tensor(name + ".weight", outputs, inputs), bias ? tensor(name + ".bias", outputs) : null);
            }
            case STACKED -> {
                String name = name(role, layer);
                StoredTensor all = tensor(name + ".weight", e.count(), outputs, inputs);
                yield linear(
                        TensorSlices.of(all, n),
                        bias ? TensorSlices.of(tensor(name + ".bias", e.count(), outputs), n) : null);
            }
            case STACKED_ALTERNATING -> {
                String name = name(role, layer);
                StoredTensor w = TensorSlices.of(tensor(name, e.count(), inputs, outputs), n);
                StoredTensor b = TensorSlices.of(tensor(name + "_bias", e.count(), outputs), n);
                StoredTensor rows = TensorSlices.transposed(w, arena);
                boolean both = role == Role.EXPERT_GATE_UP;
                yield linear(
                        both ? TensorSlices.evenThenOdd(rows, arena) : rows,
                        both ? TensorSlices.evenThenOdd(b, arena) : b);
            }
        };
    }

    private Linear linear(StoredTensor weight, @Nullable StoredTensor bias) {
        return new Linear(
                packing.pack(weight, numerics),
                bias == null ? null : arena.allocateFrom(ValueLayout.JAVA_FLOAT, bias.toFloats()));
    }

    /** A linear map of a layer. */
    private Linear linear(Role role, int layer, int outputs, int inputs, boolean bias) {
        StoredTensor weight = names.transposed()
                ? TensorSlices.transposed(tensor(role, layer, ".weight", inputs, outputs), arena)
                : tensor(role, layer, ".weight", outputs, inputs);
        return new Linear(packing.pack(weight, numerics), bias ? vector(role, layer, ".bias", outputs) : null);
    }

    private float[] buckets(DistanceBuckets b, int heads) {
        return tensor(Role.DISTANCE_BIAS, 0, ".weight", b.count(), heads).toFloats();
    }

    private Linear table(StoredTensor weight) {
        return new Linear(packing.table(weight), null);
    }

    private Linear plain(StoredTensor weight) {
        return new Linear(packing.pack(weight, numerics), null);
    }

    private Layer.@Nullable Norm norm(@Nullable NormSpec spec, Role role, int layer, int size) {
        if (spec == null) {
            return null;
        }
        float[] weight = tensor(role, layer, ".weight", size).toFloats();
        if (spec.plusOne()) {
            for (int i = 0; i < weight.length; i++) {
                weight[i] += 1;
            }
        }
        return new Layer.Norm(
                spec.kind(),
                arena.allocateFrom(ValueLayout.JAVA_FLOAT, weight),
                spec.bias() ? vector(role, layer, ".bias", size) : NONE,
                spec.eps());
    }

    private MemorySegment vector(Role role, int layer, String suffix, int size) {
        return vector(name(role, layer) + suffix, size);
    }

    private MemorySegment vector(String name, int size) {
        return arena.allocateFrom(ValueLayout.JAVA_FLOAT, tensor(name, size).toFloats());
    }

    /** Numbers that stand under the role's own name, or with {@code .weight} behind it. */
    private float[] vectorOf(Role role, int layer, int size) {
        String name = name(role, layer);
        return tensor(tensors.containsKey(name) ? name : name + ".weight", size).toFloats();
    }

    private StoredTensor tensor(Role role, int layer, String suffix, long... shape) {
        return tensor(name(role, layer) + suffix, shape);
    }

    private String name(Role role, int layer) {
        return names.name(
                role,
                layer,
                prefix,
                n -> tensors.containsKey(n.replace("{e}", "0").replace("{h}", "0") + ".weight"));
    }

    private StoredTensor tensor(String name, long... shape) {
        StoredTensor t = tensors.get(name);
        if (t == null) {
            throw JandaiaException.format("The model has no tensor '" + name
                    + "', which its configuration asks for with shape " + Arrays.toString(shape) + ".");
        }
        if (!Arrays.equals(t.shape(), shape)) {
            throw JandaiaException.format("Tensor '" + name + "' has shape " + t.shapeText()
                    + "; the model's configuration asks for " + Arrays.toString(shape) + ".");
        }
        used.add(name);
        return t;
    }

    /** With a tied head, a saved copy of it is a leftover; so are biases of zeros, which AutoGPTQ gives to every map. */
    private void refuseUnused(int layers, boolean tiedHead) {
        String head = tiedHead ? name(Role.HEAD, 0) + ".weight" : "";
        List<String> unused = tensors.keySet().stream()
                .filter(n -> !used.contains(n))
                .filter(n -> !leftover(n))
                .filter(n -> !n.equals(head))
                .filter(n -> !(n.endsWith(".bias") && zeros(n)))
                .filter(n -> !(names.spare() && layerOf(n) >= layers))
                .sorted()
                .toList();
        if (!unused.isEmpty()) {
            throw JandaiaException.unsupported("The model has " + unused.size()
                    + " tensors that its architecture does not use" + some(unused)
                    + ": its configuration or this version's understanding of it is wrong.");
        }
    }

    private boolean zeros(String name) {
        StoredTensor t = Objects.requireNonNull(tensors.get(name));
        return t.shape().length == 1
                && t.data().mismatch(arena.allocate(t.data().byteSize())) == -1;
    }

    /** The number of the layer that a tensor's name is under; -1 when it is under none. */
    private int layerOf(String name) {
        String start = prefix + names.layer().substring(0, names.layer().indexOf('{'));
        int end = name.indexOf('.', start.length());
        if (!name.startsWith(start) || end < 0 || end - start.length() > 9) {
            return -1;
        }
        String number = name.substring(start.length(), end);
        return !number.isEmpty() && number.chars().allMatch(c -> c >= '0' && c <= '9') ? Integer.parseInt(number) : -1;
    }

    private static String some(Iterable<String> names) {
        StringBuilder s = new StringBuilder(" (");
        int n = 0;
        for (String name : names) {
            if (n == 3) {
                return s.append(", ...)").toString();
            }
            s.append(n++ == 0 ? "" : ", ").append(name);
        }
        return n == 0 ? "" : s.append(')').toString();
    }
}
