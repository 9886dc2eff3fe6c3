package io.jandaia.model.nn;

import io.jandaia.model.arch.DeltaNetSpec;
import io.jandaia.model.arch.MambaSpec;
import io.jandaia.model.arch.ShortConvolutionSpec;
import io.jandaia.model.state.KvLayout;
import io.jandaia.tensor.Activation;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.kernel.Exp;
import io.jandaia.tensor.kernel.Kernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * Recurrent mixers: position after position of each sequence, so that chunks of a prompt change nothing. A sequence's state in a
 * layer is first the last inputs of its convolution, then the matrices of its heads.
 */
final class Recurrence {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final Compute compute;
    private final Kernels kernels;
    private final KvLayout layout;

    Recurrence(Compute compute, KvLayout layout) {
        this.compute = compute;
        this.kernels = compute.kernels;
        this.layout = layout;
    }

    Matrix of(Layer.Recurrent r, Matrix x, Batch batch) {
        return switch (r.spec()) {
            case ShortConvolutionSpec s -> shortConvolution(r, s, x, batch);
            case DeltaNetSpec s -> deltaNet(r, s, x, batch);
            case MambaSpec s -> mamba(r, s, x, batch);
        };
    }

    private Matrix shortConvolution(Layer.Recurrent r, ShortConvolutionSpec s, Matrix x, Batch batch) {
        int dim = s.dim();
        Matrix out = compute.matrix(x.rows(), dim);
        long mark = compute.workspace.mark();
        Matrix bcx = compute.linear(r.inputs().getFirst(), x);
        compute.team.run(x.rows(), (row, worker) -> {
            for (int i = 0; i < dim; i++) {
                out.set(row, i, bcx.get(row, i) * bcx.get(row, 2 * dim + i));
            }
        });
        convolve(r, s.kernel(), out, batch);
        compute.team.run(x.rows(), (row, worker) -> {
            for (int i = 0; i < dim; i++) {
                out.set(row, i, out.get(row, i) * bcx.get(row, dim + i));
            }
        });
        compute.workspace.release(mark);
        return out;
    }

    /**
     * Replaces every number by the weighted sum of its channel's last ones, and keeps what the next positions will see. Channels
     * are split over the team.
     */
    private void convolve(Layer.Recurrent r, int kernel, Matrix x, Batch batch) {
        int channels = x.cols();
        int parts = Math.min(channels, 4 * compute.team.size());
        float[] weights = r.convolution();
        float[] bias = r.convolutionBias();
        compute.team.run(batch.slices().size() * parts, (task, worker) -> {
            Batch.Slice slice = batch.slices().get(task / parts);
            MemorySegment state = slice.state().recurrent();
            long at = layout.offset(r.layer());
            int from = (int) ((long) channels * (task % parts) / parts);
            int to = (int) ((long) channels * (task % parts + 1) / parts);
            for (int row = slice.row(); row < slice.row() + slice.count(); row++) {
                for (int c = from; c < to; c++) {
                    float input = x.get(row, c);
                    float sum = bias.length == 0 ? 0 : bias[c];
                    long past = at + c * 4L;
                    for (int k = 0; k < kernel - 1; k++, past += channels * 4L) {
                        float seen = state.get(FLOAT, past);
                        sum = Math.fma(weights[k * channels + c], seen, sum);
                        if (k > 0) {
                            state.set(FLOAT, past - channels * 4L, seen);
                        }
                    }
                    if (kernel > 1) {
                        state.set(FLOAT, past - channels * 4L, input);
                    }
                    x.set(row, c, Math.fma(weights[(kernel - 1) * channels + c], input, sum));
                }
            }
        });
    }

    private void activate(Matrix x) {
        compute.team.run(
                x.rows(), (row, worker) -> kernels.activate(Activation.SILU, x.data(), x.offset(row), x.cols()));
    }

    private Matrix deltaNet(Layer.Recurrent r, DeltaNetSpec s, Matrix x, Batch batch) {
        int keys = s.keyHeads() * s.keyDim();
        int values = s.valueHeads() * s.valueDim();
        int each = s.valueHeads() / s.keyHeads();
        Matrix out = compute.matrix(x.rows(), values);
        long mark = compute.workspace.mark();
        Matrix qkvz = compute.linear(r.inputs().getFirst(), x);
        Matrix rates = compute.linear(r.inputs().getLast(), x);
        Matrix qkv = compute.matrix(x.rows(), s.channels());
        Matrix gate = compute.matrix(x.rows(), values);
        // Files keep for every head of keys: query, key, its values, their gates.
        int group = 2 * s.keyDim() + 2 * each * s.valueDim();
        compute.team.run(x.rows(), (row, worker) -> {
            for (int h = 0; h < s.keyHeads(); h++) {
                int from = h * group;
                move(qkvz, row, from, qkv, h * s.keyDim(), s.keyDim());
                move(qkvz, row, from + s.keyDim(), qkv, keys + h * s.keyDim(), s.keyDim());
                int own = each * s.valueDim();
                move(qkvz, row, from + 2 * s.keyDim(), qkv, 2 * keys + h * own, own);
                move(qkvz, row, from + 2 * s.keyDim() + own, gate, h * own, own);
            }
        });
        convolve(r, s.kernel(), qkv, batch);
        activate(qkv);
        compute.team.run(x.rows(), (row, worker) -> {
            for (int h = 0; h < s.keyHeads(); h++) {
                unit(qkv, row, h * s.keyDim(), s.keyDim(), (float) (1 / Math.sqrt(s.keyDim())));
                unit(qkv, row, keys + h * s.keyDim(), s.keyDim(), 1);
            }
        });
        Layer.Norm norm = Objects.requireNonNull(r.norm());
        compute.team.run(batch.slices().size() * s.valueHeads(), (task, worker) -> {
            Batch.Slice slice = batch.slices().get(task / s.valueHeads());
            int head = task % s.valueHeads();
            for (int row = slice.row(); row < slice.row() + slice.count(); row++) {
                int place = head / each * 2 * each + head % each;
                float strength = 1 / (1 + Exp.exp(-rates.get(row, place)));
                float step = softplus(rates.get(row, place + each) + r.stepBias()[head]);
                deltaRule(r, s, slice, row, head, Exp.exp(r.decay()[head] * step), strength, qkv, out);
                long at = out.offset(row) + (long) head * s.valueDim() * 4;
                long open = gate.offset(row) + (long) head * s.valueDim() * 4;
                compute.norm(norm, norm.weight(), s.valueDim(), out.data(), at, out.data(), at);
                kernels.gate(Activation.SILU, gate.data(), open, out.data(), at, s.valueDim());
                MemorySegment.copy(gate.data(), open, out.data(), at, s.valueDim() * 4L);
            }
        });
        compute.workspace.release(mark);
        return out;
    }

    /** One position of one head: {@code S = decay S}, {@code S += k (strength (v - S'k))'}, {@code out = S'q}. */
    private void deltaRule(
            Layer.Recurrent r,
            DeltaNetSpec s,
            Batch.Slice slice,
            int row,
            int head,
            float decay,
            float strength,
            Matrix qkv,
            Matrix out) {
        int keys = s.keyHeads() * s.keyDim();
        int n = s.valueDim();
        int keyHead = head / (s.valueHeads() / s.keyHeads());
        MemorySegment state = slice.state().recurrent();
        long matrix =
                layout.offset(r.layer()) + ((long) (s.kernel() - 1) * s.channels() + (long) head * s.keyDim() * n) * 4;
        int q = keyHead * s.keyDim();
        int k = keys + q;
        long value = qkv.offset(row) + (2L * keys + (long) head * n) * 4;
        long result = out.offset(row) + (long) head * n * 4;
        kernels.scale(state, matrix, decay, s.keyDim() * n);
        out.data().asSlice(result, n * 4L).fill((byte) 0);
        for (int i = 0; i < s.keyDim(); i++) {
            kernels.addScaled(out.data(), result, state, matrix + (long) i * n * 4, qkv.get(row, k + i), n);
        }
        // The value's own place takes the correction: nobody else reads this head's value.
        kernels.addScaled(qkv.data(), value, out.data(), result, -1, n);
        kernels.scale(qkv.data(), value, strength, n);
        out.data().asSlice(result, n * 4L).fill((byte) 0);
        for (int i = 0; i < s.keyDim(); i++) {
            long line = matrix + (long) i * n * 4;
            kernels.addScaled(state, line, qkv.data(), value, qkv.get(row, k + i), n);
            kernels.addScaled(out.data(), result, state, line, qkv.get(row, q + i), n);
        }
    }

    private Matrix mamba(Layer.Recurrent r, MambaSpec s, Matrix x, Batch batch) {
        int inner = s.inner();
        int channels = s.channels();
        Matrix out = compute.matrix(x.rows(), inner);
        long mark = compute.workspace.mark();
        Matrix all = compute.linear(r.inputs().getFirst(), x); // gate, channels, steps
        Matrix xbc = compute.matrix(x.rows(), channels);
        compute.team.run(x.rows(), (row, worker) -> move(all, row, inner, xbc, 0, channels));
        convolve(r, s.kernel(), xbc, batch);
        activate(xbc);
        compute.team.run(batch.slices().size() * s.heads(), (task, worker) -> {
            Batch.Slice slice = batch.slices().get(task / s.heads());
            int head = task % s.heads();
            for (int row = slice.row(); row < slice.row() + slice.count(); row++) {
                float step = softplus(all.get(row, inner + channels + head) + r.stepBias()[head]);
                scan(r, s, slice, row, head, Math.clamp(step, s.minStep(), s.maxStep()), xbc, out);
            }
        });
        Layer.Norm norm = Objects.requireNonNull(r.norm());
        compute.team.run(x.rows(), (row, worker) -> {
            kernels.gate(Activation.SILU, all.data(), all.offset(row), out.data(), out.offset(row), inner);
            compute.norm(norm, norm.weight(), inner, all.data(), all.offset(row), out.data(), out.offset(row));
        });
        compute.workspace.release(mark);
        return out;
    }

    /** One position of one head: {@code H = exp(step A) H + step x B'}, {@code out = H C + D x}; H is kept state by state. */
    private void scan(
            Layer.Recurrent r, MambaSpec s, Batch.Slice slice, int row, int head, float step, Matrix xbc, Matrix out) {
        int n = s.headDim();
        int group = head / (s.heads() / s.groups());
        int take = s.inner() + group * s.stateDim();
        int give = take + s.groups() * s.stateDim();
        MemorySegment state = slice.state().recurrent();
        long matrix = layout.offset(r.layer())
                + ((long) (s.kernel() - 1) * s.channels() + (long) head * s.stateDim() * n) * 4;
        long input = xbc.offset(row) + (long) head * n * 4;
        long result = out.offset(row) + (long) head * n * 4;
        kernels.scale(state, matrix, Exp.exp(step * r.decay()[head]), s.stateDim() * n);
        out.data().asSlice(result, n * 4L).fill((byte) 0);
        for (int i = 0; i < s.stateDim(); i++) {
            long line = matrix + (long) i * n * 4;
            kernels.addScaled(state, line, xbc.data(), input, step * xbc.get(row, take + i), n);
            kernels.addScaled(out.data(), result, state, line, xbc.get(row, give + i), n);
        }
        kernels.addScaled(out.data(), result, xbc.data(), input, r.skip()[head], n);
    }

    private static void move(Matrix from, int row, int at, Matrix to, int place, int n) {
        MemorySegment.copy(from.data(), from.offset(row) + at * 4L, to.data(), to.offset(row) + place * 4L, n * 4L);
    }

    /** Divides n numbers by their length and multiplies them with {@code factor}. */
    private static void unit(Matrix x, int row, int at, int n, float factor) {
        double squares = 0;
        for (int i = at; i < at + n; i++) {
            squares += (double) x.get(row, i) * x.get(row, i);
        }
        float inverse = (float) (factor / Math.sqrt(squares + 1e-6));
        for (int i = at; i < at + n; i++) {
            x.set(row, i, x.get(row, i) * inverse);
        }
    }

    /** {@code log(1 + exp(x))}; by the strict library, whose results do not depend on the compiler. */
    private static float softplus(float x) {
        return x > 20 ? x : (float) StrictMath.log1p(StrictMath.exp(x));
    }
}
