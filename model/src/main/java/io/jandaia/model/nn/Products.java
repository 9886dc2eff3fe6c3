package io.jandaia.model.nn;

import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.kernel.Kernels;
import io.jandaia.tensor.kernel.PackedMatrix;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Matrix products of the same activations with several weights, as one job of the team: activations are quantised once for all
 * weights that want them alike, and nobody waits between one weight and the next.
 */
final class Products {

    private final Kernels kernels;
    private final ComputeTeam team;
    private final Workspace workspace;

    Products(Kernels kernels, ComputeTeam team, Workspace workspace) {
        this.kernels = kernels;
        this.team = team;
        this.workspace = workspace;
    }

    /** {@code outs[i] = linears[i] x + bias}. */
    void multiply(List<Linear> linears, Matrix x, List<Matrix> outs) {
        long mark = workspace.mark();
        int n = linears.size();
        MemorySegment[] quantized = new MemorySegment[n];
        RowTasks[] cuts = new RowTasks[n];
        int[] ends = new int[n];
        int together = 1;
        long scratch = 0;
        for (int i = 0; i < n; i++) {
            PackedMatrix w = linears.get(i).weight();
            quantized[i] = quantized(linears, i, x, quantized);
            cuts[i] = RowTasks.of(w.rows(), w.bytes() / w.rows(), kernels.tileRows(w, x.rows()));
            together = multiple(together, cuts[i].together());
            ends[i] = (i == 0 ? 0 : ends[i - 1]) + cuts[i].count();
            scratch = Math.max(scratch, kernels.scratchBytes(w));
        }
        long scratchBytes = scratch;
        team.runRanges(ends[n - 1], together, (from, to, worker) -> {
            MemorySegment memory = team.scratch(worker, scratchBytes);
            for (int i = 0; i < n; i++) {
                int begin = i == 0 ? 0 : ends[i - 1];
                int first = Math.max(from, begin);
                int end = Math.min(to, ends[i]);
                if (first < end) {
                    int row = cuts[i].from(first - begin);
                    int rowTo = cuts[i].from(end - begin);
                    rows(linears.get(i), x, quantized[i], row, rowTo, outs.get(i), memory);
                }
            }
        });
        workspace.release(mark);
    }

    /** The smallest common multiple. */
    private static int multiple(int a, int b) {
        int m = a;
        while (m % b != 0) {
            m += a;
        }
        return m;
    }

    private void rows(
            Linear linear, Matrix x, MemorySegment quantized, int from, int to, Matrix out, MemorySegment scratch) {
        kernels.gemm(linear.weight(), x, quantized, from, to, out, 0, scratch);
        MemorySegment bias = linear.bias();
        if (bias != null) {
            long at = (long) from * Float.BYTES;
            for (int r = 0; r < x.rows(); r++) {
                kernels.add(out.data(), out.offset(r) + at, bias, at, to - from);
            }
        }
    }

    /** The activations as a weight's numerics want them; empty when products read floats. */
    private MemorySegment quantized(List<Linear> linears, int which, Matrix x, MemorySegment[] before) {
        PackedMatrix w = linears.get(which).weight();
        long bytes = kernels.quantizedBytes(w, x.rows());
        if (bytes == 0) {
            return MemorySegment.NULL;
        }
        for (int i = 0; i < which; i++) {
            if (kernels.quantizedAlike(linears.get(i).weight(), w)) {
                return before[i];
            }
        }
        MemorySegment out = workspace.take(bytes);
        team.run(x.rows(), (row, worker) -> kernels.quantize(w, x, row, row + 1, out));
        return out;
    }
}
