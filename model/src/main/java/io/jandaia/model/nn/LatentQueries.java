package io.jandaia.model.nn;

import io.jandaia.model.arch.LatentAttentionSpec;
import io.jandaia.model.arch.RopeSpec;
import io.jandaia.model.state.KvLayout;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.kernel.KvShape;
import io.jandaia.tensor.kernel.KvType;
import io.jandaia.tensor.kernel.Scoring;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Latent attention (DeepSeek-AI 2024) in its absorbed form. A page keeps one key {@code [latent, rotated]} and one value, the
 * latent again, for all heads; a query is taken to the space of latents before it meets keys, and what it sees is taken from
 * there to values afterwards. That is what multiplying every latent by the maps to keys and values gives, without doing so.
 */
final class LatentQueries {

    private final Compute compute;
    private final KvLayout layout;
    private final Map<RopeSpec, Rotations> rotations;
    private final PagedAttention attention;

    LatentQueries(Compute compute, KvLayout layout, Map<RopeSpec, Rotations> rotations, PagedAttention attention) {
        this.compute = compute;
        this.layout = layout;
        this.rotations = rotations;
        this.attention = attention;
    }

    /** What a page keeps of a position. */
    static KvShape shape(LatentAttentionSpec spec, KvType type) {
        return new KvShape(1, spec.latent() + spec.rope().rotary(), spec.latent(), type);
    }

    /** What every head sees, {@code [rows, heads * valueDim]}. */
    Matrix attend(Layer.LatentAttention a, Matrix x, Batch batch) {
        LatentAttentionSpec spec = a.spec();
        Matrix out = compute.matrix(x.rows(), spec.heads() * spec.valueDim());
        long mark = compute.workspace.mark();
        remember(a, x, batch);
        Matrix queries = queries(a, x);
        Scoring scoring =
                new Scoring(spec.scale(), 0, a.query().getFirst().weight().numerics());
        KvPages pages = KvPages.own(batch, layout, a.layer());
        Matrix seen = attention.attend(
                new PagedAttention.Request(spec.heads(), pages, scoring, null, null),
                queries,
                batch,
                PagedAttention.Sight.past(batch, 0));
        perHead(a.values(), seen, spec.latent(), 0, out, spec.valueDim());
        compute.workspace.release(mark);
        return out;
    }

    /** Latents and rotated keys on their pages. */
    private void remember(Layer.LatentAttention a, Matrix x, Batch batch) {
        LatentAttentionSpec spec = a.spec();
        Rotations rotation = Objects.requireNonNull(rotations.get(spec.rope()));
        long mark = compute.workspace.mark();
        Matrix both = compute.linear(a.latent(), x);
        Layer.Norm norm = a.latentNorm();
        compute.team.run(x.rows(), (row, worker) -> {
            MemorySegment m = both.data();
            long at = both.offset(row);
            compute.norm(norm, norm.weight(), spec.latent(), m, at, m, at);
            rotation.rotate(compute, row, m, at + (long) spec.latent() * Float.BYTES);
            int position = batch.position(row);
            compute.kernels.storeKv(
                    layout.shape(a.layer()),
                    m,
                    at,
                    m,
                    at,
                    batch.slice(row).state().pages(a.layer())[position / KvShape.PAGE],
                    layout.offset(a.layer()),
                    position % KvShape.PAGE);
        });
        compute.workspace.release(mark);
    }

    /** Queries in the space of latents, then their rotated part: {@code [rows, heads * (latent + rotary)]}. */
    private Matrix queries(Layer.LatentAttention a, Matrix x) {
        LatentAttentionSpec spec = a.spec();
        Rotations rotation = Objects.requireNonNull(rotations.get(spec.rope()));
        int rotary = spec.rope().rotary();
        int width = spec.latent() + rotary;
        Matrix out = compute.matrix(x.rows(), spec.heads() * width);
        long mark = compute.workspace.mark();
        Matrix q = compute.linear(a.query().getFirst(), x);
        if (a.queryNorm() != null) {
            q = compute.linear(a.query().getLast(), compute.norm(a.queryNorm(), q));
        }
        Matrix all = q;
        perHead(a.keysTransposed(), all, spec.headDim(), 0, out, width);
        compute.team.run(x.rows(), (row, worker) -> {
            for (int h = 0; h < spec.heads(); h++) {
                long from = all.offset(row) + ((long) h * spec.headDim() + spec.plainDim()) * Float.BYTES;
                long to = out.offset(row) + ((long) h * width + spec.latent()) * Float.BYTES;
                MemorySegment.copy(all.data(), from, out.data(), to, (long) rotary * Float.BYTES);
                rotation.rotate(compute, row, out.data(), to);
            }
        });
        compute.workspace.release(mark);
        return out;
    }

    /**
     * Each head's own map: head h reads {@code map.inputs()} numbers from {@code h * inWidth + inFrom} on and writes from
     * {@code h * outWidth} on.
     */
    private void perHead(List<Linear> maps, Matrix in, int inWidth, int inFrom, Matrix out, int outWidth) {
        for (int h = 0; h < maps.size(); h++) {
            Linear map = maps.get(h);
            long mark = compute.workspace.mark();
            Matrix part = compute.matrix(in.rows(), map.inputs());
            for (int row = 0; row < in.rows(); row++) {
                long from = in.offset(row) + ((long) h * inWidth + inFrom) * Float.BYTES;
                MemorySegment.copy(in.data(), from, part.data(), part.offset(row), (long) map.inputs() * Float.BYTES);
            }
            Matrix made = compute.linear(map, part);
            for (int row = 0; row < in.rows(); row++) {
                long to = out.offset(row) + (long) h * outWidth * Float.BYTES;
                MemorySegment.copy(made.data(), made.offset(row), out.data(), to, (long) map.outputs() * Float.BYTES);
            }
            compute.workspace.release(mark);
        }
    }
}
