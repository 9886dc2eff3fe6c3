package io.jandaia.model.state;

import io.jandaia.tensor.kernel.KvShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where each layer's keys and values lie. Layers with the same window share pages, because they forget the same positions:
 * a page holds {@link KvShape#PAGE} positions of all layers of its group.
 */
public final class KvLayout {

    /**
     * What one layer keeps.
     *
     * @param window positions that are seen; 0 = all
     */
    public record Layer(KvShape shape, int window) {}

    /** Layers with one window. */
    record Group(int window, List<Integer> layers, long pageBytes) {}

    private final List<Layer> layers;
    private final List<Group> groups = new ArrayList<>();
    private final int[] groupOf;
    private final long[] offsetOf;

    public KvLayout(List<Layer> layers) {
        this.layers = List.copyOf(layers);
        this.groupOf = new int[layers.size()];
        this.offsetOf = new long[layers.size()];
        Map<Integer, List<Integer>> byWindow = new LinkedHashMap<>();
        for (int i = 0; i < layers.size(); i++) {
            byWindow.computeIfAbsent(layers.get(i).window(), w -> new ArrayList<>())
                    .add(i);
        }
        byWindow.forEach((window, members) -> {
            long bytes = 0;
            for (int i : members) {
                groupOf[i] = groups.size();
                offsetOf[i] = bytes;
                bytes += layers.get(i).shape().pageBytes();
            }
            groups.add(new Group(window, members, bytes));
        });
    }

    /** Layers of one shape. */
    public KvLayout(KvShape shape, int[] windows) {
        this(Arrays.stream(windows).mapToObj(w -> new Layer(shape, w)).toList());
    }

    public KvShape shape(int layer) {
        return layers.get(layer).shape();
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
