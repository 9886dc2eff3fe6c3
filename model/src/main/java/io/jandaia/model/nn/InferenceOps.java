package io.jandaia.model.nn;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.AttentionSpec;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.arch.LatentAttentionSpec;
import io.jandaia.model.arch.LayerSpec;
import io.jandaia.model.arch.RecurrentSpec;
import io.jandaia.model.arch.RopeSpec;
import io.jandaia.model.state.KvLayout;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.kernel.Kernels;
import io.jandaia.tensor.kernel.KvShape;
import io.jandaia.tensor.kernel.Scoring;
import java.util.HashMap;
import java.util.Map;

/** The operations without gradients, over packed weights and pages of keys and values. One caller at a time. */
public final class InferenceOps implements Ops, AutoCloseable {

    private final KvLayout layout;
    private final Compute compute;
    private final Map<RopeSpec, Rotations> rotations = new HashMap<>();
    private final Map<AttentionSpec.Alibi, AlibiTable> alibis = new HashMap<>();
    private final QueryKeyValue queryKeyValue;
    private final PagedAttention attention;
    private final LatentQueries latent;
    private final ExpertMixture experts;
    private final Recurrence recurrence;
    private Batch batch = Batch.builder().build();

    public InferenceOps(DecoderSpec decoder, KvLayout layout, Kernels kernels, ComputeTeam team) {
        this.layout = layout;
        this.compute = new Compute(kernels, team);
        this.queryKeyValue = new QueryKeyValue(compute, layout, rotations);
        this.attention = new PagedAttention(compute, layout);
        this.latent = new LatentQueries(compute, layout, rotations, attention);
        this.experts = new ExpertMixture(compute);
        this.recurrence = new Recurrence(compute, layout);
        for (LayerSpec layer : decoder.layers()) {
            switch (layer.mixer()) {
                case AttentionSpec a -> {
                    if (a.rope() != null) {
                        rotations.computeIfAbsent(a.rope(), Rotations::new);
                    }
                    if (a.alibi() != null) {
                        alibis.computeIfAbsent(a.alibi(), alibi -> new AlibiTable(alibi, a.heads()));
                    }
                }
                case LatentAttentionSpec a -> rotations.computeIfAbsent(a.rope(), Rotations::new);
                case RecurrentSpec r -> {}
            }
        }
    }

    /** Where a decoder's layers keep their keys and values. */
    public static KvLayout layout(DecoderSpec decoder) {
        return new KvLayout(decoder.layers().stream()
                .map(layer -> switch (layer.mixer()) {
                    case AttentionSpec a ->
                        new KvLayout.Layer(new KvShape(a.kvHeads(), a.headDim(), a.headDim()), a.window());
                    case LatentAttentionSpec a -> new KvLayout.Layer(LatentQueries.shape(a), 0);
                    case RecurrentSpec r -> new KvLayout.Layer(null, 0, r.stateFloats());
                })
                .toList());
    }

    @Override
    public void begin(Batch batch) {
        this.batch = batch;
        compute.workspace.reset();
        for (Rotations r : rotations.values()) {
            r.begin(batch, compute.workspace);
        }
        for (AlibiTable alibi : alibis.values()) {
            for (Batch.Slice s : batch.slices()) {
                alibi.reach(s.position() + s.count());
            }
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
        if (e.spec().scale() != 1) {
            compute.scale(x, e.spec().scale());
        }
        if (e.projection() != null) {
            x = compute.linear(e.projection(), x);
        }
        if (e.positions() != null && e.spec().positions() != null) {
            Matrix places = compute.matrix(x.rows(), x.cols());
            for (int row = 0; row < batch.size(); row++) {
                int place = batch.position(row) + e.spec().positions().offset();
                if (place >= e.positions().outputs()) {
                    throw JandaiaException.usage("Position " + batch.position(row) + " is beyond the "
                            + e.spec().positions().rows() + " that the model has learned.");
                }
                e.positions().weight().decodeRow(place, places.data(), places.offset(row));
            }
            compute.add(x, places, 1);
        }
        if (e.norm() != null) {
            normInPlace(e.norm(), x);
        }
        return x;
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
        return queryKeyValue.of(a, x, batch);
    }

    @Override
    public Matrix attend(Layer.Attention a, Matrix queries) {
        AttentionSpec spec = a.spec();
        AlibiTable alibi = spec.alibi() == null ? null : alibis.get(spec.alibi());
        Scoring scoring = new Scoring(spec.scale(), spec.cap());
        return attention.attend(
                new PagedAttention.Request(
                        a.layer(), spec.heads(), layout.shape(a.layer()), scoring, spec.window(), alibi, a.sinks()),
                queries,
                batch);
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
        return compute.rows(x, rows);
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
