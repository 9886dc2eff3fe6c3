package io.jandaia.model.adapter;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.adapter.Adapter.Change;
import io.jandaia.model.adapter.Adapter.LowRank;
import io.jandaia.model.arch.AttentionSpec.QkvLayout;
import io.jandaia.model.arch.Family;
import io.jandaia.model.arch.Role;
import io.jandaia.model.arch.TensorNames;
import io.jandaia.model.nn.AdapterWeights;
import io.jandaia.model.nn.AdapterWeights.EmbeddingUpdate;
import io.jandaia.model.nn.AdapterWeights.Update;
import io.jandaia.model.nn.Decoder;
import io.jandaia.model.nn.Linear;
import io.jandaia.model.nn.Modules;
import io.jandaia.model.nn.Modules.Module;
import io.jandaia.model.nn.Modules.RowOrder;
import io.jandaia.model.nn.Modules.Slot;
import io.jandaia.model.nn.Modules.Target;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.kernel.Kernels;
import io.jandaia.tensor.kernel.PackedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fits an adapter to a decoder: finds its modules by name, checks their shapes, and brings its rows into the order that the
 * decoder's own files have. What does not fit is an error; a change that goes nowhere would be a silent one.
 */
public final class FittedAdapter {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

    private final Adapter adapter;
    private final Decoder decoder;
    private final Kernels kernels;
    private final double scale;
    private final Modules modules;
    private final RowOrder order;
    private final boolean transposed;
    private final boolean sameFiles;
    private final Map<String, Slot> slots = new HashMap<>();
    private final Arena arena = Arena.ofAuto();
    private final IdentityHashMap<Linear, List<Update>> updates = new IdentityHashMap<>();
    private final List<EmbeddingUpdate> embedding = new ArrayList<>();

    private FittedAdapter(
            Adapter adapter, Family family, boolean ggufBase, Decoder decoder, Kernels kernels, double scale) {
        this.adapter = adapter;
        this.decoder = decoder;
        this.kernels = kernels;
        this.scale = scale;
        boolean gguf = adapter.kind() == Adapter.Kind.GGUF;
        this.sameFiles = gguf == ggufBase;
        this.modules = new Modules(decoder, order(family, ggufBase));
        this.order = order(family, gguf);
        TensorNames names = gguf ? family.ggufTensors() : family.hubTensors();
        this.transposed = names.transposed();
        nameSlots(names);
    }

    private static RowOrder order(Family family, boolean gguf) {
        return gguf ? new RowOrder(QkvLayout.BLOCKS, family.permutedInGguf()) : new RowOrder(family.hubQkv(), false);
    }

    /**
     * Makes the weights of an adapter, which no longer need its file.
     *
     * @param family of the base model
     * @param ggufBase whether the base model is a GGUF file
     * @param scale what its own strength is multiplied with; 1 = as it was trained
     * @throws JandaiaException USAGE when it is no adapter of this model, naming what does not fit
     */
    public static AdapterWeights fit(
            Adapter adapter, Family family, boolean ggufBase, Decoder decoder, Kernels kernels, double scale) {
        if (!(Math.abs(scale) <= 1000)) {
            throw JandaiaException.usage("The scale of the adapter " + adapter.path() + " is " + scale
                    + "; expected a number from -1000 to 1000, 1 for its own strength.");
        }
        FittedAdapter fitted = new FittedAdapter(adapter, family, ggufBase, decoder, kernels, scale);
        return fitted.weights();
    }

    /** Every name that a module may have. */
    private void nameSlots(TensorNames names) {
        for (Role role : names.names().keySet()) {
            for (int layer = 0; layer < (role.perLayer() ? modules.layers() : 1); layer++) {
                for (String prefix : names.prefixes()) {
                    List<String> alternatives = new ArrayList<>();
                    names.name(role, layer, prefix, n -> {
                        alternatives.add(n);
                        return false;
                    });
                    for (String name : alternatives) {
                        int experts = name.contains("{e}") ? modules.experts(layer) : 1;
                        for (int e = 0; e < experts; e++) {
                            slots.put(name.replace("{e}", Integer.toString(e)), new Slot(role, layer, e));
                        }
                    }
                }
            }
        }
    }

    private AdapterWeights weights() {
        refuseUnmatched();
        for (Change c : adapter.changes()) {
            Slot slot = slots.get(c.module());
            if (slot == null) {
                throw new IllegalStateException(c.module());
            }
            if (slot.role() == Role.EMBEDDING) {
                embedding(c);
            } else if (c.lowRank() != null && c.lowRank().down().shape().length == 3) {
                LowRank l = c.lowRank();
                for (int e = 0; e < l.down().shape()[0]; e++) {
                    LowRank one =
                            new LowRank(slice(l.down(), e), slice(l.up(), e), null, null, l.scaling(), false, false);
                    change(new Change(c.module(), one, null, null), new Slot(slot.role(), slot.layer(), e));
                }
            } else {
                change(c, slot);
            }
        }
        return new AdapterWeights(updates, embedding);
    }

    private static StoredTensor slice(StoredTensor t, int index) {
        long bytes = t.data().byteSize() / t.shape()[0];
        return new StoredTensor(
                t.name(),
                t.type(),
                Arrays.copyOfRange(t.shape(), 1, t.shape().length),
                t.data().asSlice(index * bytes, bytes));
    }

    private void refuseUnmatched() {
        List<String> unknown = adapter.changes().stream()
                .map(Change::module)
                .filter(m -> !slots.containsKey(m))
                .toList();
        if (!unknown.isEmpty()) {
            throw JandaiaException.usage("The adapter " + adapter.path() + " changes "
                    + adapter.changes().size()
                    + " modules, of which " + unknown.size() + " are not in the base model, such as '"
                    + unknown.getFirst()
                    + "'. It was trained on another model"
                    + (adapter.base().isEmpty() ? "" : ", as it says on '" + adapter.base() + "'")
                    + "; its changes would be lost.");
        }
    }

    private JandaiaException misfit(Change c, String problem) {
        return JandaiaException.usage("The adapter " + adapter.path() + " does not fit the base model: '" + c.module()
                + "' " + problem + ".");
    }

    private void change(Change c, Slot slot) {
        if (!sameFiles && slot.role().name().startsWith("RECURRENT")) {
            throw misfit(
                    c,
                    "belongs to a recurrent layer, whose rows lie in another order in " + adapter.kind()
                            + " files than in the base's; use the base in the files that the adapter was made for");
        }
        Module module = modules.find(slot, order);
        if (module == null) {
            boolean norm = slot.role().name().endsWith("NORM");
            throw misfit(
                    c,
                    norm
                            ? "is a norm, which this version does not change beside a base; merge the adapter with PEFT"
                            : "is no linear map of the base, or is computed there in another form");
        }
        if (c.weight() != null) {
            replace(c, module);
        }
        if (c.lowRank() != null) {
            lowRank(c, c.lowRank(), module);
        }
        if (c.bias() != null) {
            bias(c, c.bias(), module);
        }
    }

    private void add(Linear linear, Update update) {
        updates.computeIfAbsent(linear, l -> new ArrayList<>()).add(update);
    }

    private void lowRank(Change c, LowRank l, Module module) {
        shape(c, l.down(), l.rank(), module.inputs());
        shape(c, l.up(), module.outputs(), l.rank());
        if (l.embedding()) {
            throw misfit(c, "is changed as an embedding, which it is not in the base");
        }
        float scaling = (float) (l.scaling() * scale);
        Linear down = packed(l.down().toFloats(), l.rank(), module.inputs(), null);
        float[] up = l.up().toFloats();
        float[] upBias = l.upBias() == null ? null : l.upBias().toFloats();
        float[] magnitude = l.magnitude() == null ? null : l.magnitude().toFloats();
        for (Target t : module.targets()) {
            int from = 0;
            int to = t.rows().length;
            while (t.rows()[from] < 0) {
                from++;
            }
            while (t.rows()[to - 1] < 0) {
                to--;
            }
            int[] rows = Arrays.copyOfRange(t.rows(), from, to);
            Linear own = packed(
                    gather(up, rows, l.rank()), rows.length, l.rank(), upBias == null ? null : gather(upBias, rows, 1));
            float[] factors = magnitude == null
                    ? null
                    : factors(t.linear(), from, rows, l.down().toFloats(), up, l.rank(), scaling, magnitude);
            add(t.linear(), new AdapterWeights.LowRank(down, own, from, scaling, factors));
        }
    }

    /** Rows in another order; zeros where there is none. */
    private static float[] gather(float[] m, int[] rows, int cols) {
        float[] out = new float[rows.length * cols];
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] >= 0) {
                System.arraycopy(m, rows[i] * cols, out, i * cols, cols);
            }
        }
        return out;
    }

    /** Magnitudes over the lengths of the changed rows: DoRA's {@code m / |W + s B A|}. */
    private float[] factors(
            Linear linear, int from, int[] rows, float[] down, float[] up, int rank, float scaling, float[] magnitude) {
        int cols = linear.inputs();
        float[] out = new float[rows.length];
        float[] row = new float[cols];
        MemorySegment memory = MemorySegment.ofArray(row);
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] < 0) {
                out[i] = 1;
                continue;
            }
            linear.weight().decodeRow(from + i, memory, 0);
            for (int k = 0; k < rank; k++) {
                float f = scaling * up[rows[i] * rank + k];
                for (int j = 0; j < cols; j++) {
                    row[j] += f * down[k * cols + j];
                }
            }
            double sum = 0;
            for (float v : row) {
                sum += (double) v * v;
            }
            out[i] = (float) (magnitude[rows[i]] / Math.sqrt(sum));
            if (!Float.isFinite(out[i])) {
                throw JandaiaException.format("The adapter " + adapter.path() + " gives row " + rows[i]
                        + " of a weight the magnitude " + magnitude[rows[i]] + " where its length is " + Math.sqrt(sum)
                        + ".");
            }
        }
        return out;
    }

    private void bias(Change c, StoredTensor bias, Module module) {
        shape(c, bias, module.outputs());
        float[] values = bias.toFloats();
        for (Target t : module.targets()) {
            MemorySegment own = t.linear().bias();
            if (own == null) {
                throw misfit(c, "gets a bias, which the base does not have there");
            }
            MemorySegment by = arena.allocate((long) t.rows().length * Float.BYTES, 64);
            for (int i = 0; i < t.rows().length; i++) {
                if (t.rows()[i] >= 0) {
                    by.setAtIndex(FLOAT, i, values[t.rows()[i]] - own.getAtIndex(FLOAT, i));
                }
            }
            add(t.linear(), new AdapterWeights.Shift(by, t.rows().length));
        }
    }

    private void replace(Change c, Module module) {
        StoredTensor weight = whole(c, module.outputs(), module.inputs());
        for (Target t : module.targets()) {
            if (Arrays.stream(t.rows()).anyMatch(r -> r < 0)) {
                throw misfit(c, "is trained as a whole and only a part of a matrix in the base's files");
            }
            long bytes = weight.data().byteSize() / module.outputs();
            MemorySegment data = arena.allocate(t.rows().length * bytes, 64);
            for (int i = 0; i < t.rows().length; i++) {
                MemorySegment.copy(weight.data(), t.rows()[i] * bytes, data, i * bytes, bytes);
            }
            long[] shape = {t.rows().length, module.inputs()};
            StoredTensor rows = new StoredTensor(weight.name(), weight.type(), shape, data);
            add(
                    t.linear(),
                    new AdapterWeights.Replacement(new Linear(
                            kernels.pack(rows, Numerics.EXACT), t.linear().bias())));
        }
    }

    /** A weight {@code [outputs, inputs]} that takes the place of the base's. */
    private StoredTensor whole(Change c, int outputs, int inputs) {
        StoredTensor w = c.weight();
        if (w == null) {
            throw new IllegalStateException(c.module());
        }
        Slot slot = slots.get(c.module());
        if (transposed && slot != null && slot.role().perLayer()) {
            shape(c, w, inputs, outputs);
            return floats(w.name(), flipped(w.toFloats(), inputs, outputs), outputs, inputs);
        }
        shape(c, w, outputs, inputs);
        return w;
    }

    private void embedding(Change c) {
        Linear table = decoder.embeddingTable();
        if (c.bias() != null) {
            throw misfit(c, "gets a bias, which embeddings do not have");
        }
        if (c.weight() != null) {
            StoredTensor w = c.weight();
            shape(c, w, table.outputs(), table.inputs());
            MemorySegment copy = arena.allocate(w.data().byteSize(), 64);
            copy.copyFrom(w.data());
            embedding.add(new AdapterWeights.ReplacedRows(
                    kernels.pack(new StoredTensor(w.name(), w.type(), w.shape(), copy), Numerics.EXACT)));
        }
        LowRank l = c.lowRank();
        if (l == null) {
            return;
        }
        if (!l.embedding()) {
            throw misfit(c, "is an embedding and is changed as something else");
        }
        if (l.magnitude() != null) {
            throw misfit(
                    c,
                    "is an embedding with weight-decomposed adaptation (DoRA), which this version does not"
                            + " compute");
        }
        shape(c, l.up(), table.inputs(), l.rank());
        float[] down = l.down().toFloats();
        if (l.downByRow()) {
            shape(c, l.down(), table.outputs(), l.rank());
        } else {
            shape(c, l.down(), l.rank(), table.outputs());
            down = flipped(down, l.rank(), table.outputs());
        }
        PackedMatrix rows = kernels.pack(floats(l.down().name(), down, table.outputs(), l.rank()), Numerics.EXACT);
        Linear up = packed(l.up().toFloats(), table.inputs(), l.rank(), null);
        embedding.add(new AdapterWeights.LowRankRows(rows, up, (float) (l.scaling() * scale)));
    }

    private static float[] flipped(float[] m, int rows, int cols) {
        float[] out = new float[m.length];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < cols; j++) {
                out[j * rows + i] = m[i * cols + j];
            }
        }
        return out;
    }

    private void shape(Change c, StoredTensor t, long... expected) {
        if (!Arrays.equals(t.shape(), expected)) {
            boolean grown = t.shape().length == expected.length
                    && slots.get(c.module()) instanceof Slot(Role role, int layer, int expert)
                    && (role == Role.EMBEDDING || role == Role.HEAD);
            throw misfit(
                    c,
                    "has '" + t.name() + "' of shape " + t.shapeText() + ", expected " + Arrays.toString(expected)
                            + (grown
                                    ? "; an adapter that changes the number of tokens cannot stand beside its base"
                                    : ""));
        }
    }

    private StoredTensor floats(String name, float[] values, int rows, int cols) {
        MemorySegment data = arena.allocate((long) values.length * Float.BYTES, 64);
        MemorySegment.copy(values, 0, data, FLOAT, 0, values.length);
        return new StoredTensor(name, ElementType.F32, new long[] {rows, cols}, data);
    }

    private Linear packed(float[] values, int rows, int cols, float @Nullable [] bias) {
        return new Linear(
                kernels.pack(floats("adapter", values, rows, cols), Numerics.EXACT),
                bias == null ? null : arena.allocateFrom(FLOAT, bias));
    }
}
