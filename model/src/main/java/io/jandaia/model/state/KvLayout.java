package io.jandaia.model.state;

import io.jandaia.tensor.kernel.KvShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where each layer's keys and values lie. Layers with the same window share pages, because they forget the same positions:
 * a page holds {@link KvShape#PAGE} positions of all layers of its group.
 */
public final class KvLayout {

    /**
     * What one layer keeps.
     *
     * @param shape of keys and values; null = none
     * @param window positions that are seen; 0 = all
     * @param recurrentFloats numbers in a state that does not grow with the sequence
     */
    public record Layer(@Nullable KvShape shape, int window, int recurrentFloats) {
        public Layer(KvShape shape, int window) {
            this(shape, window, 0);
        }
    }

    /** Layers with one window. */
    record Group(int window, List<Integer> layers, long pageBytes) {}

    private final List<Layer> layers;
    private final List<Group> groups = new ArrayList<>();
    private final int[] groupOf;
    private final long[] offsetOf;
    private final long recurrentBytes;

    public KvLayout(List<Layer> layers) {
        this.layers = List.copyOf(layers);
        this.groupOf = new int[layers.size()];
        this.offsetOf = new long[layers.size()];
        Map<Integer, List<Integer>> byWindow = new LinkedHashMap<>();
        long recurrent = 0;
        for (int i = 0; i < layers.size(); i++) {
            if (layers.get(i).shape() == null) {
                groupOf[i] = -1;
                offsetOf[i] = recurrent;
                recurrent += (layers.get(i).recurrentFloats() * 4L + 63) / 64 * 64;
                continue;
            }
            byWindow.computeIfAbsent(layers.get(i).window(), w -> new ArrayList<>())
                    .add(i);
        }
        this.recurrentBytes = recurrent;
        byWindow.forEach((window, members) -> {
            long bytes = 0;
            for (int i : members) {
                groupOf[i] = groups.size();
                offsetOf[i] = bytes;
                bytes += shape(i).pageBytes();
            }
            groups.add(new Group(window, members, bytes));
        });
    }

    /** Layers of one shape. */
    public KvLayout(KvShape shape, int[] windows) {
        this(Arrays.stream(windows).mapToObj(w -> new Layer(shape, w)).toList());
    }

    public KvShape shape(int layer) {
        return Objects.requireNonNull(layers.get(layer).shape());
    }

    /** Whether a state can be cut to any length: it has no windows and nothing recurrent. */
    public boolean cuts() {
        return !recurs() && groups.stream().allMatch(g -> g.window() == 0);
    }

    /** Whether a state is kept that cannot go back. */
    public boolean recurs() {
        return recurrentBytes > 0;
    }

    /** Bytes of the states that do not grow, of all layers together. */
    long recurrentBytes() {
        return recurrentBytes;
    }

    List<Group> groups() {
        return groups;
    }

    /** The most bytes that one sequence of so many positions takes. */
    public long bytes(int positions) {
        long sum = recurrentBytes;
        for (Group g : groups) {
            long kept = g.window() == 0 ? positions : Math.min(positions, (long) g.window() + KvShape.PAGE);
            sum += (kept + KvShape.PAGE - 1) / KvShape.PAGE * g.pageBytes();
        }
        return sum;
    }

    int groupOf(int layer) {
        return groupOf[layer];
    }

    /** Where a layer's share begins, of a page of its group or of the recurrent states, in bytes. */
    public long offset(int layer) {
        return offsetOf[layer];
    }

    /** Bytes of pages that a sequence of {@code positions} needs at most, a page begun counting whole. */
    public long bytes(long positions) {
        long sum = recurrentBytes;
        for (Group g : groups) {
            // A window may begin inside a page and new positions may need one more.
            long held = g.window == 0 ? positions : Math.min(positions, (long) g.window + 2 * KvShape.PAGE);
            sum += (held + KvShape.PAGE - 1) / KvShape.PAGE * g.pageBytes;
        }
        return sum;
    }
}
