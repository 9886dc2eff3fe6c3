package io.jandaia.model.convert;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.AttentionSpec;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.arch.DecoderSpec.HeadSpec;
import io.jandaia.model.arch.ExpertsSpec;
import io.jandaia.model.arch.ExpertsSpec.Routing;
import io.jandaia.model.arch.MlpSpec;
import io.jandaia.model.arch.NormSpec;
import io.jandaia.model.arch.RopeSpec;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where two specs of one model differ in what is computed; how weights are stored does not count. Numbers may differ as
 * float32 rounds them.
 *
 * @param place such as {@code layers[0].mixer.window}
 */
record SpecDifference(String place, String wanted, String found) {

    private static final double TOLERANCE = 1e-6;

    /** Components that say how something is stored. */
    private static final Set<String> STORAGE = Set.of(
            AttentionSpec.class.getSimpleName() + ".layout",
            MlpSpec.class.getSimpleName() + ".fused",
            ExpertsSpec.class.getSimpleName() + ".storage",
            HeadSpec.class.getSimpleName() + ".tied",
            NormSpec.class.getSimpleName() + ".plusOne");

    /** All differences, each kind once: those of later layers that are like an earlier one's are left out. */
    static List<SpecDifference> between(DecoderSpec wanted, DecoderSpec found) {
        List<SpecDifference> out = new ArrayList<>();
        compare("", wanted, found, out);
        return out;
    }

    @Override
    public String toString() {
        return place + " is " + wanted + " and would be " + found;
    }

    private static void compare(String place, @Nullable Object a, @Nullable Object b, List<SpecDifference> out) {
        if (a instanceof Routing x && b instanceof Routing y && x.groups() == 1 && y.groups() == 1) {
            record(
                    place,
                    x.grouped(1, 1, 1),
                    y.grouped(1, 1, 1),
                    out); // what a group would be ranked by does not matter
        } else if (a instanceof RopeSpec x && b instanceof RopeSpec y) {
            rope(place, x, y, out);
        } else if (a instanceof Record x && b instanceof Record y && x.getClass() == y.getClass()) {
            record(place, x, y, out);
        } else if (a instanceof List<?> x && b instanceof List<?> y && x.size() == y.size()) {
            for (int i = 0; i < x.size(); i++) {
                compare(place + "[" + i + "]", x.get(i), y.get(i), out);
            }
        } else if (a instanceof Number x && b instanceof Number y) {
            if (!close(x.doubleValue(), y.doubleValue())) {
                add(place, a, b, out);
            }
        } else if (!Objects.equals(a, b)) {
            add(place, a, b, out);
        }
    }

    private static void record(String place, Record a, Record b, List<SpecDifference> out) {
        for (RecordComponent c : a.getClass().getRecordComponents()) {
            if (!STORAGE.contains(a.getClass().getSimpleName() + "." + c.getName())) {
                compare(place.isEmpty() ? c.getName() : place + "." + c.getName(), get(c, a), get(c, b), out);
            }
        }
    }

    /** What turns by the same angles is the same, however it is described. */
    private static void rope(String place, RopeSpec a, RopeSpec b, List<SpecDifference> out) {
        compare(place + ".rotary", a.rotary(), b.rotary(), out);
        compare(place + ".magnitude", a.magnitude(), b.magnitude(), out);
        if (a.rotary() != b.rotary()) {
            return;
        }
        for (int length : new int[] {1, 1 << 26}) {
            float[] x = a.frequencies(length);
            float[] y = b.frequencies(length);
            for (int i = 0; i < x.length; i++) {
                if (Math.abs(x[i] - y[i]) > 10 * TOLERANCE * Math.abs(x[i])) {
                    boolean bases = a.base() != b.base();
                    add(
                            place + (bases ? ".base" : ".scaling"),
                            bases ? a.base() : a.scaling().getClass().getSimpleName(),
                            bases ? b.base() : b.scaling().getClass().getSimpleName(),
                            out);
                    return;
                }
            }
        }
    }

    private static boolean close(double a, double b) {
        return a == b || Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
    }

    private static void add(String place, @Nullable Object a, @Nullable Object b, List<SpecDifference> out) {
        SpecDifference d = new SpecDifference(place, show(a), show(b));
        String kind = kind(place);
        if (out.stream().noneMatch(o -> kind(o.place).equals(kind) && o.wanted.equals(d.wanted))) {
            out.add(d);
        }
    }

    /** A place without the numbers of layers. */
    private static String kind(String place) {
        return place.replaceAll("\\[\\d+]", "[]");
    }

    private static String show(@Nullable Object value) {
        return switch (value) {
            case null -> "none";
            case Record r -> "there";
            case List<?> l -> l.size() + " entries";
            default -> value.toString();
        };
    }

    private static @Nullable Object get(RecordComponent c, Object record) {
        try {
            return c.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new JandaiaException(JandaiaException.Kind.INTERNAL, "Cannot read " + c + ".", e);
        }
    }
}
