package io.jandaia.model.nn;

/**
 * How the rows of a weight are cut into tasks: large ones first, because every task begins anew with memory, and small ones at the
 * end, so that no worker waits long for another.
 *
 * @param rows of the weight
 * @param large tasks
 * @param largeRows rows of each of them
 * @param smallRows rows of each other task, but for the last
 */
record TaskRows(int rows, int large, int largeRows, int smallRows) {

    /** Weight bytes in a large task; with four times as many a slow worker holds up the others too long. */
    private static final long LARGE_BYTES = 256 << 10;

    private static final long SMALL_BYTES = 64 << 10;

    /**
     * @param rowBytes bytes of a row
     * @param unit rows that are multiplied at once
     * @param last whether the workers are done after this weight
     */
    static TaskRows of(int rows, long rowBytes, int unit, boolean last) {
        int small = whole(Math.clamp(SMALL_BYTES / Math.max(1, rowBytes), 1, rows), unit);
        int large = whole(Math.clamp(LARGE_BYTES / Math.max(1, rowBytes), 1, rows), unit);
        return new TaskRows(rows, (last ? rows / 4 * 3 : rows) / large, large, small);
    }

    private static int whole(int rows, int unit) {
        return (rows + unit - 1) / unit * unit;
    }

    int tasks() {
        return large + (rows - large * largeRows + smallRows - 1) / smallRows;
    }

    /** The first row of a task; of the number of tasks, the end. */
    int from(int task) {
        return task <= large ? task * largeRows : Math.min(rows, large * largeRows + (task - large) * smallRows);
    }
}
