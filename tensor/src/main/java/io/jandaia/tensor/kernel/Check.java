package io.jandaia.tensor.kernel;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.Matrix;
import java.lang.foreign.MemorySegment;

/**
 * What every kernel set checks before it computes. A violation is a defect of the caller, never of a file: files are
 * checked when they are read.
 */
final class Check {

    private Check() {}

    static RowMajorMatrix rowMajor(PackedMatrix w, String kernels) {
        if (w instanceof RowMajorMatrix matrix) {
            return matrix;
        }
        throw defect("The " + kernels + " kernels were given a matrix that another kernel set has packed");
    }

    static void gemm(PackedMatrix w, Matrix x, int rowFrom, int rowTo, Matrix out, int outColumn) {
        if (x.cols() != w.cols()) {
            throw defect("A matrix product needs activations of " + w.cols() + " numbers, but they have " + x.cols());
        }
        if (rowFrom < 0 || rowTo > w.rows() || rowFrom > rowTo) {
            throw defect("A matrix product of rows " + rowFrom + " to " + rowTo + " was asked of a matrix with "
                    + w.rows() + " rows");
        }
        if (out.rows() < x.rows() || outColumn < 0 || (long) outColumn + w.rows() > out.cols()) {
            throw defect("A matrix product of " + x.rows() + " tokens and " + w.rows() + " rows at column " + outColumn
                    + " does not fit an output of [" + out.rows() + ", " + out.cols() + "]");
        }
    }

    static void tokens(PackedMatrix w, Matrix x, int tokenFrom, int tokenTo) {
        if (x.cols() != w.cols() || tokenFrom < 0 || tokenTo > x.rows() || tokenFrom > tokenTo) {
            throw defect("Tokens " + tokenFrom + " to " + tokenTo + " of [" + x.rows() + ", " + x.cols()
                    + "] cannot be quantised for a matrix with " + w.cols() + " columns");
        }
    }

    /** Whether a segment has {@code bytes} bytes from {@code at} on. */
    static void room(MemorySegment segment, long at, long bytes, String what) {
        if (at < 0 || bytes < 0 || segment.byteSize() - at < bytes) {
            throw defect(
                    what + " needs " + bytes + " bytes at offset " + at + ", but the memory has " + segment.byteSize());
        }
    }

    static void slot(int slot) {
        if (slot < 0 || slot >= KvShape.PAGE) {
            throw defect("A page has slots 0 to " + (KvShape.PAGE - 1) + ", but slot " + slot + " was asked for");
        }
    }

    static void rows(KvShape shape, int kvHead, MemorySegment[] pages, QueryRows rows) {
        if (kvHead < 0 || kvHead >= shape.kvHeads()) {
            throw defect("Key/value head " + kvHead + " was asked of " + shape.kvHeads());
        }
        if (rows.to().length != rows.rows() || (rows.biased() && rows.biasAt().length != rows.rows())) {
            throw defect(
                    "Attention was given the beginnings of " + rows.rows() + " rows and " + rows.to().length + " ends");
        }
        for (int r = 0; r < rows.rows(); r++) {
            int from = rows.from()[r];
            int to = rows.to()[r];
            if (from < 0 || from > to || to > (long) pages.length * KvShape.PAGE) {
                throw defect("Attention over positions " + from + " to " + to + " was asked of " + pages.length
                        + " pages of " + KvShape.PAGE);
            }
        }
    }

    static JandaiaException defect(String what) {
        return new JandaiaException(JandaiaException.Kind.INTERNAL, what + ".");
    }
}
