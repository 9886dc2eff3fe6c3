package io.jandaia.model.state;

import io.jandaia.tensor.kernel.KvShape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where each layer's keys and values lie. Layers with the same window share pages, because they forget the same positions:
 * a page holds {@link KvShape#PAGE} positions of all layers of its group.
 */
public final class KvLayout {

    /** Layers with one window. */
    record Group(int window, List<Integer> layers, long pageBytes) {}

    private final KvShape shape;
    private final List<Group> groups = new ArrayList<>();
    private final int[] groupOf;
    private final long[] offsetOf;

    /** @param windows per layer, positions that are seen; 0 = all */
    public KvLayout(KvShape shape, int[] windows) {
        this.shape = shape;
        this.groupOf = new int[windows.length];
        this.offsetOf = new long[windows.length];
        Map<Integer, List<Integer>> byWindow = new LinkedHashMap<>();
        for (int layer = 0; layer < windows.length; layer++) {
            byWindow.computeIfAbsent(windows[layer], w -> new ArrayList<>()).add(layer);
        }
        byWindow.forEach((window, layers) -> {
            for (int i = 0; i < layers.size(); i++) {
                groupOf[layers.get(i)] = groups.size();
                offsetOf[layers.get(i)] = i * shape.pageBytes();
            }
            groups.add(new Group(window, layers, layers.size() * shape.pageBytes()));
        });
    }

    public KvShape shape() {
        return shape;
    }

    List<Group> groups() {
        return groups;
    }

    int groupOf(int layer) {
        return groupOf[layer];
    }

    /** Where a layer's share of a page of its group begins, in bytes. */
    public long offset(int layer) {
        return offsetOf[layer];
    }

    /** Bytes of pages that a sequence of {@code positions} needs at most, a page begun counting whole. */
    public long bytes(long positions) {
        long sum = 0;
        for (Group g : groups) {
            // A window may begin inside a page and new positions may need one more.
            long held = g.window == 0 ? positions : Math.min(positions, (long) g.window + 2 * KvShape.PAGE);
            sum += (held + KvShape.PAGE - 1) / KvShape.PAGE * g.pageBytes;
        }
        return sum;
    }
}
