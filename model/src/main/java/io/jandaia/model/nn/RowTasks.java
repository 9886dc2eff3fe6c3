package io.jandaia.model.nn;

/**
 * How the rows of a weight are cut into tasks: small, so that workers have equal shares and no one waits long for another. Whoever
 * takes several at once multiplies them together.
 *
 * @param rows of the weight
 * @param together tasks that are taken at once, where so many are left
 */
record RowTasks(int rows, int together) {

    /** Rows of a task, but for the last: fewer that are multiplied at once cost time. */
    static final int EACH = 16;

    /** Weight bytes that are taken at once, at least. */
    private static final long BYTES = 64 << 10;

    /**
     * @param rowBytes bytes of a row
     * @param unit rows that are best multiplied at once
     */
    static RowTasks of(int rows, long rowBytes, int unit) {
        long some = Math.clamp(BYTES / Math.max(1, rowBytes), 1, rows);
        long units = (some + unit - 1) / unit;
        return new RowTasks(rows, (int) Math.max(1, units * unit / EACH));
    }

    int count() {
        return (rows + EACH - 1) / EACH;
    }

    /** The first row of a task; of the number of tasks, the end. */
    int from(int task) {
        return Math.min(rows, task * EACH);
    }
}
