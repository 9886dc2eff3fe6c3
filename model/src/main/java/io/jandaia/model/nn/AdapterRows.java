package io.jandaia.model.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which rows of the matrices at hand belong to sequences with an adapter.
 *
 * @param size rows that there are
 * @param groups the rows of each adapter that occurs, ascending
 */
record AdapterRows(int size, List<Group> groups) {

    record Group(AdapterWeights adapter, int[] rows) {}

    /** No row has an adapter. */
    static final AdapterRows NONE = new AdapterRows(0, List.of());

    static AdapterRows of(Batch batch) {
        AdapterWeights[] ofRow = new AdapterWeights[batch.size()];
        for (Batch.Slice s : batch.slices()) {
            if (s.memory() != null && s.memory().variant() instanceof AdapterWeights a) {
                Arrays.fill(ofRow, s.row(), s.row() + s.count(), a);
            }
        }
        return of(ofRow);
    }

    private static AdapterRows of(@Nullable AdapterWeights[] ofRow) {
        List<Group> groups = new ArrayList<>();
        for (int i = 0; i < ofRow.length; i++) {
            AdapterWeights a = ofRow[i];
            if (a == null || groups.stream().anyMatch(g -> g.adapter == a)) {
                continue;
            }
            int[] rows = new int[ofRow.length];
            int n = 0;
            for (int k = i; k < ofRow.length; k++) {
                if (ofRow[k] == a) {
                    rows[n++] = k;
                }
            }
            groups.add(new Group(a, Arrays.copyOf(rows, n)));
        }
        return groups.isEmpty() ? NONE : new AdapterRows(ofRow.length, List.copyOf(groups));
    }

    /** The same of a matrix that has only the chosen rows, in the order given. */
    AdapterRows select(int[] rows) {
        if (groups.isEmpty()) {
            return this;
        }
        AdapterWeights[] ofRow = new AdapterWeights[size];
        for (Group g : groups) {
            for (int row : g.rows) {
                ofRow[row] = g.adapter;
            }
        }
        return of(Arrays.stream(rows).mapToObj(row -> ofRow[row]).toArray(AdapterWeights[]::new));
    }
}
