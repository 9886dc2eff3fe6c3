package io.jandaia.model.nn;

import io.jandaia.model.arch.MlpSpec;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.kernel.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Kernels, the team that they are split over and the memory for results: what all operations are computed with. Each number of
 * a result is computed by one kernel call whatever the split, so results do not depend on the team's size or on the batch.
 */
final class Compute implements AutoCloseable {

    final Kernels kernels;
    final ComputeTeam team;
    final Workspace workspace = new Workspace();
    private final Products products;
    private final AdapterProducts adapterProducts = new AdapterProducts(this);
    private AdapterRows adapterRows = AdapterRows.NONE;

    Compute(Kernels kernels, ComputeTeam team) {
        this.kernels = kernels;
        this.team = team;
        products = new Products(kernels, team, workspace);
    }

    /** Says to which adapters the rows of the matrices that come now belong. */
    void adapters(AdapterRows rows) {
        adapterRows = rows;
    }

    AdapterRows adapters() {
        return adapterRows;
    }

    Matrix matrix(int rows, int cols) {
        return workspace.matrix(rows, cols);
    }

    Matrix norm(Layer.Norm norm, Matrix x) {
        Matrix out = matrix(x.rows(), x.cols());
        norm(norm, x, out);
        return out;
    }

    void norm(Layer.Norm norm, Matrix x, Matrix out) {
        team.run(
                x.rows(),
                (row, worker) ->
                        norm(norm, norm.weight(), x.cols(), x.data(), x.offset(row), out.data(), out.offset(row)));
    }

    void norm(Layer.Norm norm, MemorySegment weight, int n, MemorySegment x, long xAt, MemorySegment out, long outAt) {
        switch (norm.kind()) {
            case RMS -> kernels.rmsNorm(x, xAt, weight, norm.eps(), n, out, outAt);
            case LAYER -> kernels.layerNorm(x, xAt, weight, norm.bias(), norm.eps(), n, out, outAt);
        }
    }

    Matrix linear(Linear w, Matrix x) {
        Matrix out = workspace.matrix(x.rows(), w.outputs());
        multiply(w, x, out);
        return out;
    }

    Matrix mlp(Layer.Mlp mlp, Matrix x) {
        MlpSpec spec = mlp.spec();
        Matrix out = workspace.matrix(x.rows(), mlp.down().outputs());
        long mark = workspace.mark();
        List<Linear> inputs = mlp.inputs();
        Matrix first = workspace.matrix(x.rows(), inputs.getFirst().outputs());
        Matrix second = inputs.size() < 2
                ? first
                : workspace.matrix(x.rows(), inputs.get(1).outputs());
        multiply(inputs, x, inputs.size() < 2 ? List.of(first) : List.of(first, second));
        Matrix inner;
        if (!spec.gated()) {
            inner = first;
            team.run(
                    x.rows(),
                    (row, worker) ->
                            kernels.activate(spec.activation(), first.data(), first.offset(row), first.cols()));
        } else if (spec.fused()) {
            inner = workspace.matrix(x.rows(), spec.inner());
            long bytes = (long) spec.inner() * Float.BYTES;
            team.run(x.rows(), (row, worker) -> {
                MemorySegment.copy(first.data(), first.offset(row), inner.data(), inner.offset(row), bytes);
                limit(spec, inner, row, first, first.offset(row) + bytes);
                kernels.gate(
                        spec.activation(),
                        inner.data(),
                        inner.offset(row),
                        first.data(),
                        first.offset(row) + bytes,
                        spec.inner());
            });
        } else {
            inner = first;
            Matrix up = second;
            team.run(x.rows(), (row, worker) -> {
                limit(spec, first, row, up, up.offset(row));
                kernels.gate(spec.activation(), first.data(), first.offset(row), up.data(), up.offset(row), up.cols());
            });
        }
        multiply(mlp.down(), inner, out);
        workspace.release(mark);
        return out;
    }

    /** {@code gate = f(gate) * up}. */
    void gate(Activation f, Matrix gate, Matrix up) {
        team.run(
                gate.rows(),
                (row, worker) ->
                        kernels.gate(f, gate.data(), gate.offset(row), up.data(), up.offset(row), gate.cols()));
    }

    private void limit(MlpSpec spec, Matrix gate, int row, Matrix up, long upAt) {
        if (spec.limit() > 0) {
            float limit = spec.limit();
            kernels.clamp(gate.data(), gate.offset(row), Float.NEGATIVE_INFINITY, limit, 0, spec.inner());
            kernels.clamp(up.data(), upAt, -limit, limit, 1, spec.inner());
        }
    }

    void add(Matrix x, Matrix y, float scale) {
        if (scale != 1) {
            scale(y, scale);
        }
        team.run(x.rows(), (row, worker) -> kernels.add(x.data(), x.offset(row), y.data(), y.offset(row), x.cols()));
    }

    void scale(Matrix x, float factor) {
        team.run(x.rows(), (row, worker) -> kernels.scale(x.data(), x.offset(row), factor, x.cols()));
    }

    Matrix rows(Matrix x, int[] rows) {
        Matrix out = workspace.matrix(rows.length, x.cols());
        for (int i = 0; i < rows.length; i++) {
            MemorySegment.copy(x.data(), x.offset(rows[i]), out.data(), out.offset(i), (long) x.cols() * Float.BYTES);
        }
        return out;
    }

    /** What their adapters change of the embeddings of tokens. */
    void changeEmbeddings(Batch batch, Matrix x) {
        adapterProducts.changeEmbeddings(adapterRows, batch, x);
    }

    /** {@code out = W x + b}, and what their adapters change for rows that have one. */
    void multiply(Linear linear, Matrix x, Matrix out) {
        product(linear, x, out);
        adapterProducts.change(adapterRows, linear, x, out);
    }

    /** {@code outs[i] = W[i] x + b[i]}, and what their adapters change for rows that have one. */
    void multiply(List<Linear> linears, Matrix x, List<Matrix> outs) {
        products.multiply(linears, x, outs);
        for (int i = 0; i < linears.size(); i++) {
            adapterProducts.change(adapterRows, linears.get(i), x, outs.get(i));
        }
    }

    /** {@code out = W x + b}. */
    void product(Linear linear, Matrix x, Matrix out) {
        products.multiply(List.of(linear), x, List.of(out));
    }

    @Override
    public void close() {
        workspace.close();
    }
}
