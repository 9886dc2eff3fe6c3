package io.jandaia.model.nn;

/**
 * How the rows of a weight are cut into tasks: small, so that no worker waits long for another; whoever takes several at once
 * multiplies them together.
 *
 * @param rows of the weight
 * @param each rows of one task, but for the last
 */
record RowTasks(int rows, int each) {

    /** Weight bytes in a task. */
    private static final long BYTES = 64 << 10;

    /**
     * @param rowBytes bytes of a row
     * @param unit rows that are multiplied at once
     */
    static RowTasks of(int rows, long rowBytes, int unit) {
        long some = Math.clamp(BYTES / Math.max(1, rowBytes), 1, rows);
        return new RowTasks(rows, (int) ((some + unit - 1) / unit * unit));
    }

    int count() {
        return (rows + each - 1) / each;
    }

    /** The first row of a task; of the number of tasks, the end. */
    int from(int task) {
        return Math.min(rows, task * each);
    }
}
