package io.jandaia.model.nn;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.AttentionSpec;
import io.jandaia.model.arch.AttentionSpec.Alibi;
import io.jandaia.model.arch.AttentionSpec.DistanceBias;
import io.jandaia.model.arch.AttentionSpec.DistanceBuckets;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.arch.DecoderSpec.LearnedPositions;
import io.jandaia.model.arch.DecoderSpec.Positions;
import io.jandaia.model.arch.EncoderDecoderSpec;
import io.jandaia.model.arch.EncoderSpec;
import io.jandaia.model.arch.LatentAttentionSpec;
import io.jandaia.model.arch.LayerSpec;
import io.jandaia.model.arch.RecurrentSpec;
import io.jandaia.model.arch.RopeSpec;
import io.jandaia.model.nn.PagedAttention.Sight;
import io.jandaia.model.state.KvLayout;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.Kernels;
import io.jandaia.tensor.kernel.KvShape;
import io.jandaia.tensor.kernel.KvType;
import io.jandaia.tensor.kernel.Scoring;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The operations without gradients, over packed weights and pages of keys and values. One caller at a time. */
public final class InferenceOps implements Ops, AutoCloseable {

    private final KvLayout layout;
    private final Compute compute;
    private final Map<RopeSpec, Rotations> rotations = new HashMap<>();
    /** Made when first asked for, as those that are learned come with the layer. */
    private final Map<DistanceBias, BiasRows> biases = new HashMap<>();

    private final QueryKeyValue queryKeyValue;
    private final PagedAttention attention;
    private final LatentQueries latent;
    private final ExpertMixture experts;
    private final Recurrence recurrence;
    private Batch batch = Batch.builder().build();
    /** Positions of the longest sequence in the batch. */
    private int reach;

    private AdapterRows adapters = AdapterRows.NONE;

    public InferenceOps(DecoderSpec decoder, KvLayout layout, Kernels kernels, ComputeTeam team) {
        this(decoder.layers(), layout, kernels, team);
    }

    /** For an encoder, of whose sequences nothing is remembered. */
    public InferenceOps(EncoderSpec encoder, Kernels kernels, ComputeTeam team) {
        this(encoder.layers(), new KvLayout(List.of()), kernels, team);
    }

    /** @param layout of the decoder */
    public InferenceOps(EncoderDecoderSpec both, KvLayout layout, Kernels kernels, ComputeTeam team) {
        this(
                Stream.concat(both.encoder().layers().stream(), both.decoder().layers().stream())
                        .toList(),
                layout,
                kernels,
                team);
    }

    private InferenceOps(List<LayerSpec> layers, KvLayout layout, Kernels kernels, ComputeTeam team) {
        this.layout = layout;
        this.compute = new Compute(kernels, team);
        this.queryKeyValue = new QueryKeyValue(compute, rotations);
        this.attention = new PagedAttention(compute);
        this.latent = new LatentQueries(compute, layout, rotations, attention);
        this.experts = new ExpertMixture(compute);
        this.recurrence = new Recurrence(compute, layout);
        for (LayerSpec layer : layers) {
            switch (layer.mixer()) {
                case AttentionSpec a -> {
                    if (a.rope() != null) {
                        rotations.computeIfAbsent(a.rope(), Rotations::new);
                    }
                }
                case LatentAttentionSpec a -> rotations.computeIfAbsent(a.rope(), Rotations::new);
                case RecurrentSpec r -> {}
            }
        }
    }

    /** Where a decoder's layers keep their keys and values, in float32. */
    public static KvLayout layout(DecoderSpec decoder) {
        return layout(decoder, KvType.F32);
    }

    /** Where a decoder's layers keep their keys and values. */
    public static KvLayout layout(DecoderSpec decoder, KvType type) {
        return new KvLayout(decoder.layers().stream()
                .map(layer -> switch (layer.mixer()) {
                    case AttentionSpec a -> new KvLayout.Layer(shape(a, type), a.window());
                    case LatentAttentionSpec a -> new KvLayout.Layer(LatentQueries.shape(a, type), 0);
                    case RecurrentSpec r -> new KvLayout.Layer(null, 0, r.stateFloats());
                })
                .toList());
    }

    private static KvShape shape(AttentionSpec a, KvType type) {
        return new KvShape(a.kvHeads(), a.headDim(), a.headDim(), type);
    }

    /** Where the keys and values of sources lie that a decoder's layers look at, in float32. */
    public static KvLayout sourceLayout(DecoderSpec decoder) {
        return sourceLayout(decoder, KvType.F32);
    }

    /** Where the keys and values of sources lie that a decoder's layers look at. */
    public static KvLayout sourceLayout(DecoderSpec decoder, KvType type) {
        return new KvLayout(decoder.layers().stream()
                .map(layer -> {
                    AttentionSpec a = Objects.requireNonNull(layer.cross()).attention();
                    return new KvLayout.Layer(shape(a, type), 0);
                })
                .toList());
    }

    @Override
    public void begin(Batch batch) {
        this.batch = batch;
        compute.workspace.reset();
        adapters = AdapterRows.of(batch);
        compute.adapters(adapters);
        for (Rotations r : rotations.values()) {
            r.begin(batch, compute.workspace);
        }
        reach = 0;
        for (Batch.Slice s : batch.slices()) {
            reach = Math.max(reach, s.position() + s.count());
        }
    }

    @Override
    public long mark() {
        return compute.workspace.mark();
    }

    @Override
    public void release(long mark) {
        compute.workspace.release(mark);
    }

    @Override
    public Matrix embed(Embedding e) {
        Linear table = e.table();
        Matrix x = compute.matrix(batch.size(), table.inputs());
        for (int row = 0; row < batch.size(); row++) {
            int token = batch.token(row);
            if (token < 0 || token >= table.outputs()) {
                throw JandaiaException.usage(
                        "Token id " + token + " is outside the vocabulary of " + table.outputs() + ".");
            }
            table.weight().decodeRow(token, x.data(), x.offset(row));
        }
        compute.changeEmbeddings(batch, x);
        if (e.spec().scale() != 1) {
            compute.scale(x, e.spec().scale());
        }
        if (e.projection() != null) {
            x = compute.linear(e.projection(), x);
        }
        if (e.positions() != null && e.spec().positions() != null) {
            place(e.spec().positions(), e.positions(), x);
        }
        if (e.types() != null) {
            type(e.types(), x);
        }
        if (e.norm() != null) {
            normInPlace(e.norm(), x);
        }
        return x;
    }

    /** Adds each row's position. */
    private void place(Positions spec, Linear table, Matrix x) {
        Matrix places = compute.matrix(x.rows(), x.cols());
        for (Batch.Slice slice : batch.slices()) {
            int uncounted = 0;
            for (int row = slice.row(); row < slice.row() + slice.count(); row++) {
                int position = batch.position(row) - uncounted;
                if (position >= spec.rows()) {
                    throw JandaiaException.usage(
                            "Position " + position + " is beyond the " + spec.rows() + " that the model has.");
                }
                int place = position;
                if (spec instanceof LearnedPositions learned) {
                    boolean counts = batch.token(row) != learned.uncounted();
                    place = counts ? position + learned.offset() : learned.offset() - 1;
                    uncounted += counts ? 0 : 1;
                }
                table.weight().decodeRow(place, places.data(), places.offset(row));
            }
        }
        compute.add(x, places, 1);
    }

    /** Adds each row's type. */
    private void type(Linear table, Matrix x) {
        Matrix types = compute.matrix(x.rows(), x.cols());
        for (int row = 0; row < batch.size(); row++) {
            int type = batch.type(row);
            if (type < 0 || type >= table.outputs()) {
                throw JandaiaException.usage(
                        "A token has type " + type + "; the model has types 0 to " + (table.outputs() - 1) + ".");
            }
            table.weight().decodeRow(type, types.data(), types.offset(row));
        }
        compute.add(x, types, 1);
    }

    @Override
    public Matrix norm(Layer.Norm norm, Matrix x) {
        return compute.norm(norm, x);
    }

    @Override
    public void normInPlace(Layer.Norm norm, Matrix x) {
        compute.norm(norm, x, x);
    }

    @Override
    public Matrix qkvRope(Layer.Attention a, Matrix x) {
        return queryKeyValue.of(a, x, batch, KvPages.own(batch, layout, a.layer()));
    }

    @Override
    public Matrix attend(Layer.Attention a, Matrix queries) {
        KvPages pages = KvPages.own(batch, layout, a.layer());
        return attention.attend(
                request(a, pages), queries, batch, Sight.past(batch, a.spec().window()));
    }

    @Override
    public Matrix attendBothWays(Layer.Attention a, Matrix x) {
        AttentionSpec spec = a.spec();
        KvShape shape = shape(spec, KvType.F32); // forgotten with the layer
        KvPages pages = KvPages.passing(batch, shape, compute.workspace);
        Matrix queries = queryKeyValue.of(a, x, batch, pages);
        return attention.attend(request(a, pages), queries, batch, Sight.around(batch, spec.window()));
    }

    @Override
    public void remember(Layer.Attention a, Matrix hidden) {
        queryKeyValue.keysAndValues(a, hidden, batch, KvPages.sources(batch, a.layer()));
    }

    @Override
    public Matrix attendSource(Layer.Attention a, Matrix x) {
        Matrix queries = compute.linear(a.inputs().getFirst(), x);
        return attention.attend(request(a, KvPages.sources(batch, a.layer())), queries, batch, Sight.source(batch));
    }

    private PagedAttention.Request request(Layer.Attention a, KvPages pages) {
        AttentionSpec spec = a.spec();
        Numerics numerics = a.inputs().getFirst().weight().numerics(); // those of its queries
        return new PagedAttention.Request(
                spec.heads(), pages, new Scoring(spec.scale(), spec.cap(), numerics), biases(a), a.sinks());
    }

    private @Nullable BiasRows biases(Layer.Attention a) {
        if (a.spec().distanceBias() == null) {
            return null;
        }
        BiasRows rows = biases.computeIfAbsent(a.spec().distanceBias(), bias -> switch (bias) {
            case Alibi alibi -> new AlibiTable(alibi, a.spec().heads());
            case DistanceBuckets buckets ->
                new BucketTable(buckets, a.spec().heads(), Objects.requireNonNull(a.distanceBias()));
        });
        rows.reach(reach);
        return rows;
    }

    @Override
    public Matrix latentAttend(Layer.LatentAttention a, Matrix x) {
        return latent.attend(a, x, batch);
    }

    @Override
    public Matrix experts(Layer.Experts e, Matrix x) {
        return experts.of(e, x);
    }

    @Override
    public Matrix gated(Linear gate, Matrix x, Matrix y) {
        Matrix g = compute.linear(gate, x);
        compute.gate(Activation.SIGMOID, g, y);
        return g;
    }

    @Override
    public Matrix recur(Layer.Recurrent mixer, Matrix x) {
        return recurrence.of(mixer, x, batch);
    }

    @Override
    public Matrix linear(Linear w, Matrix x) {
        return compute.linear(w, x);
    }

    @Override
    public Matrix mlp(Layer.Mlp mlp, Matrix x) {
        return compute.mlp(mlp, x);
    }

    @Override
    public void add(Matrix x, Matrix y, float scale) {
        compute.add(x, y, scale);
    }

    @Override
    public Matrix rows(Matrix x, int[] rows) {
        compute.adapters(adapters.select(rows));
        return compute.rows(x, rows);
    }

    @Override
    public Matrix means(Matrix x) {
        List<Batch.Slice> slices = batch.slices();
        Matrix out = compute.matrix(slices.size(), x.cols());
        compute.team.run(slices.size(), (i, worker) -> {
            Batch.Slice s = slices.get(i);
            MemorySegment.copy(x.data(), x.offset(s.row()), out.data(), out.offset(i), (long) x.cols() * Float.BYTES);
            for (int row = s.row() + 1; row < s.row() + s.count(); row++) {
                compute.kernels.add(out.data(), out.offset(i), x.data(), x.offset(row), x.cols());
            }
            compute.kernels.scale(out.data(), out.offset(i), 1f / s.count(), x.cols());
        });
        return out;
    }

    @Override
    public void activate(Activation f, Matrix x) {
        compute.team.run(x.rows(), (row, worker) -> compute.kernels.activate(f, x.data(), x.offset(row), x.cols()));
    }

    @Override
    public Matrix logits(Head head, Matrix x) {
        Matrix out =
                compute.linear(head.output(), head.projection() == null ? x : compute.linear(head.projection(), x));
        if (head.spec().scale() != 1) {
            compute.scale(out, head.spec().scale());
        }
        if (head.spec().cap() > 0) {
            compute.team.run(
                    out.rows(),
                    (row, worker) -> compute.kernels.softCap(
                            out.data(), out.offset(row), head.spec().cap(), out.cols()));
        }
        return out;
    }

    @Override
    public void close() {
        compute.close();
    }
}
