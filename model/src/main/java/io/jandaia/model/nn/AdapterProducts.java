package io.jandaia.model.nn;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.nn.AdapterWeights.LowRank;
import io.jandaia.model.nn.AdapterWeights.LowRankRows;
import io.jandaia.model.nn.AdapterWeights.ReplacedRows;
import io.jandaia.model.nn.AdapterWeights.Replacement;
import io.jandaia.model.nn.AdapterWeights.Shift;
import io.jandaia.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What adapters change of a product, for the rows of their sequences only. The rows of one adapter are computed together; each
 * by itself, so that nobody's neighbours change a result.
 */
final class AdapterProducts {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final Compute compute;

    AdapterProducts(Compute compute) {
        this.compute = compute;
    }

    /** Changes {@code out}, which is {@code W x + b}. */
    void change(AdapterRows adapters, Linear linear, Matrix x, Matrix out) {
        for (AdapterRows.Group group : adapters.groups()) {
            if (adapters.size() != x.rows()) {
                throw new JandaiaException(
                        JandaiaException.Kind.INTERNAL,
                        "A product of " + x.rows() + " rows has adapters for " + adapters.size() + ".");
            }
            for (AdapterWeights.Update update : group.adapter().of(linear)) {
                long mark = compute.workspace.mark();
                switch (update) {
                    case LowRank u -> add(u, linear, x, group.rows(), out);
                    case Shift s ->
                        compute.team.run(
                                group.rows().length,
                                (i, worker) -> compute.kernels.add(
                                        out.data(), out.offset(group.rows()[i]), s.by(), 0, s.outputs()));
                    case Replacement r -> replace(r, x, group.rows(), out);
                }
                compute.workspace.release(mark);
            }
        }
    }

    private void add(LowRank u, Linear linear, Matrix x, int[] rows, Matrix out) {
        Matrix low = compute.matrix(rows.length, u.down().outputs());
        compute.product(u.down(), rowsOf(x, rows), low);
        Matrix high = compute.matrix(rows.length, u.up().outputs());
        compute.product(u.up(), low, high);
        compute.team.run(rows.length, (i, worker) -> {
            long at = out.offset(rows[i]) + (long) u.from() * Float.BYTES;
            float[] factors = u.factors();
            if (factors == null) {
                compute.kernels.addScaled(out.data(), at, high.data(), high.offset(i), u.scaling(), high.cols());
                return;
            }
            MemorySegment bias = linear.bias();
            for (int c = 0; c < high.cols(); c++, at += Float.BYTES) {
                float b = bias == null ? 0 : bias.get(FLOAT, ((long) u.from() + c) * Float.BYTES);
                float plain = out.data().get(FLOAT, at) - b;
                out.data().set(FLOAT, at, factors[c] * Math.fma(u.scaling(), high.get(i, c), plain) + b);
            }
        });
    }

    private void replace(Replacement r, Matrix x, int[] rows, Matrix out) {
        Matrix made = compute.matrix(rows.length, r.whole().outputs());
        compute.product(r.whole(), rowsOf(x, rows), made);
        for (int i = 0; i < rows.length; i++) {
            MemorySegment.copy(
                    made.data(), made.offset(i), out.data(), out.offset(rows[i]), (long) made.cols() * Float.BYTES);
        }
    }

    private Matrix rowsOf(Matrix x, int[] rows) {
        return rows.length == x.rows() ? x : compute.rows(x, rows); // all rows are in order
    }

    /** Changes the embeddings of a batch's tokens. */
    void changeEmbeddings(AdapterRows adapters, Batch batch, Matrix x) {
        for (AdapterRows.Group group : adapters.groups()) {
            for (AdapterWeights.EmbeddingUpdate update : group.adapter().embedding()) {
                changeEmbeddings(update, group.rows(), batch, x);
            }
        }
    }

    private void changeEmbeddings(AdapterWeights.EmbeddingUpdate update, int[] rows, Batch batch, Matrix x) {
        switch (update) {
            case ReplacedRows r -> {
                for (int row : rows) {
                    r.table().decodeRow(batch.token(row), x.data(), x.offset(row));
                }
            }
            case LowRankRows r -> {
                long mark = compute.workspace.mark();
                Matrix low = compute.matrix(rows.length, r.down().cols());
                for (int i = 0; i < rows.length; i++) {
                    r.down().decodeRow(batch.token(rows[i]), low.data(), low.offset(i));
                }
                Matrix high = compute.matrix(rows.length, x.cols());
                compute.product(r.up(), low, high);
                for (int i = 0; i < rows.length; i++) {
                    compute.kernels.addScaled(
                            x.data(), x.offset(rows[i]), high.data(), high.offset(i), r.scaling(), x.cols());
                }
                compute.workspace.release(mark);
            }
        }
    }
}
