package io.jandaia.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.adapter.Adapter;
import io.jandaia.model.adapter.FittedAdapter;
import io.jandaia.model.format.GgufBytes;
import io.jandaia.model.format.SafetensorsWriter;
import io.jandaia.model.format.TensorShape;
import io.jandaia.model.nn.AdapterWeights;
import io.jandaia.model.nn.Batch;
import io.jandaia.model.nn.Decoder;
import io.jandaia.model.nn.InferenceOps;
import io.jandaia.model.nn.Weights;
import io.jandaia.model.state.KvLayout;
import io.jandaia.model.state.PagePool;
import io.jandaia.model.state.SequenceState;
import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Matrix;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.KernelSets;
import io.jandaia.tensor.kernel.Kernels;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What PEFT computes with the same adapters, beside their bases and merged into them, and what adapters may not do. */
class AdaptersTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final Path ADAPTERS = GOLDEN.resolve("adapters");
    private static final Path LLAMA = GOLDEN.resolve("models/llama");
    private static final Path SHARED = Path.of("../../shared/golden");

    /** Whatever the base's own type: its rounding would hide what a merge does wrong. */
    private static final MergedAdapter.Options FLOAT32 = new MergedAdapter.Options(ElementType.F32, 1 << 30, 1);

    @TempDir
    Path dir;

    /** A base that computes sequences with and without adapters. */
    private static final class Base implements AutoCloseable {
        final ModelFiles files;
        final Kernels kernels;
        final Arena arena = Arena.ofShared();
        final ComputeTeam team = ComputeTeam.of(2);
        final Decoder decoder;
        final PagePool pool;
        final InferenceOps ops;

        Base(Path path, Kernels kernels) {
            this.files = ModelFiles.open(path, LoadOptions.DEFAULT);
            this.kernels = kernels;
            KvLayout layout = InferenceOps.layout(files.spec());
            decoder = Weights.decoder(files.spec(), files.tensors(), files.names(), kernels, Numerics.EXACT, arena);
            pool = new PagePool(layout, 64 << 20);
            ops = new InferenceOps(files.spec(), layout, kernels, team);
        }

        AdapterWeights fit(Path adapter) {
            try (Adapter a = Adapter.open(adapter)) {
                return FittedAdapter.fit(a, files.family(), files.isGguf(), decoder, kernels, 1);
            }
        }

        float[] logits(int[] ids, @Nullable AdapterWeights adapter) {
            try (SequenceState state = pool.open(adapter)) {
                state.reach(ids.length);
                state.reserve(ids.length);
                Matrix hidden = decoder.forward(Batch.of(state, ids), ops);
                return decoder.logits(hidden, new int[] {ids.length - 1}, ops).row(0);
            }
        }

        @Override
        public void close() {
            ops.close();
            pool.close();
            team.close();
            arena.close();
            files.close();
        }
    }

    record Case(String name, Path base, Path adapter, JsonNode inputIds, JsonNode logits) {
        @Override
        public String toString() {
            return name;
        }

        int[] ids() {
            int[] out = new int[inputIds.size()];
            Arrays.setAll(out, i -> inputIds.get(i).asInt());
            return out;
        }
    }

    private static JsonNode json(Path file) {
        return JsonMapper.shared().readTree(file.toFile());
    }

    private static Case own(String name) {
        Path folder = ADAPTERS.resolve(name);
        JsonNode expected = json(folder.resolve("expected.json"));
        Path base = GOLDEN.resolve("models").resolve(expected.get("base").asString());
        return new Case(name, base, folder, expected.get("input_ids"), expected.get("logits_last"));
    }

    static Stream<Case> cases() throws IOException {
        List<Case> out = new ArrayList<>();
        try (Stream<Path> folders = Files.list(ADAPTERS)) {
            folders.sorted().map(f -> own(f.getFileName().toString())).forEach(out::add);
        }
        assertThat(out).hasSizeGreaterThan(8);
        if (Files.isDirectory(SHARED)) {
            try (Stream<Path> folders = Files.list(SHARED.resolve("training"))) {
                for (Path f : folders.sorted().toList()) {
                    JsonNode lora = json(f.resolve("lora.json"));
                    String name = f.getFileName().toString();
                    out.add(new Case(
                            "training " + name,
                            SHARED.resolve("models").resolve(name),
                            f.resolve("adapter_before"),
                            lora.get("input_ids").get(0).get(0),
                            lora.get("logits_last_with_adapter")));
                }
            }
        } else {
            System.out.println("NOT RUN: adapters of six families need ../shared/golden/training");
        }
        return out.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void computesWhatPeftComputes(Case c) {
        for (Kernels kernels : KernelSets.available()) {
            try (Base base = new Base(c.base, kernels)) {
                float[] logits = base.logits(c.ids(), base.fit(c.adapter));
                close(logits, c.logits, 2e-4);
                float[] without = base.logits(c.ids(), null);
                assertThat(largest(logits, without)).as("what the adapter does").isGreaterThan(0.01f);
            }
        }
    }

    private static void close(float[] found, JsonNode expected, double tolerance) {
        assertThat(found).hasSize(expected.size());
        for (int i = 0; i < found.length; i++) {
            assertThat((double) found[i])
                    .as("logit %d", i)
                    .isCloseTo(expected.get(i).asDouble(), within(tolerance));
        }
    }

    private static float largest(float[] a, float[] b) {
        float max = 0;
        for (int i = 0; i < a.length; i++) {
            max = Math.max(max, Math.abs(a[i] - b[i]));
        }
        return max;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rslora_patterns",
                "dora",
                "dora_gpt2",
                "embedding_and_head",
                "bias",
                "phi3_fused",
                "qwen3_next",
                "deepseek",
                "mixtral"
            })
    void aMergedModelComputesTheSame(String name) {
        Case c = own(name);
        Path out = dir.resolve(name);
        MergedAdapter.Result result = MergedAdapter.merge(c.base, c.adapter, out, FLOAT32, Progress.NONE);
        assertThat(result.difference()).isLessThan(1e-4f);
        assertThat(result.changed()).isPositive();
        try (Base merged = new Base(out, KernelSets.named("auto").kernels())) {
            close(merged.logits(c.ids(), null), c.logits, 2e-4);
        }
    }

    @Test
    void mergingSaysWhatItsTypeCostsAndLeavesNothingOfWhatFails() throws IOException {
        Case c = own("rslora_patterns");
        MergedAdapter.Options bf16 = new MergedAdapter.Options(ElementType.BF16, 1 << 30, 1);
        MergedAdapter.Result result = MergedAdapter.merge(c.base, c.adapter, dir.resolve("bf16"), bf16, Progress.NONE);
        assertThat(result.difference()).isBetween(1e-4f, 0.1f);
        try (Base merged =
                new Base(dir.resolve("bf16"), KernelSets.named("auto").kernels())) {
            assertThat(merged.files.tensors().values()).allMatch(t -> t.type() == ElementType.BF16);
        }
        refusedMerge(GOLDEN.resolve("gguf/llama-Q8_0.gguf"), c.adapter, "then convert and quantise");
        refusedMerge(GOLDEN.resolve("models/gpt2"), c.adapter, "trained on another model");
        refusedMerge(c.base, ADAPTERS.resolve("lora_bias_bin"), "a bias that the base has no place for");
        try (Stream<Path> left = Files.list(dir)) {
            assertThat(left.map(p -> p.getFileName().toString())).containsExactly("bf16");
        }
    }

    private void refusedMerge(Path base, Path adapter, String says) {
        assertThatThrownBy(() -> MergedAdapter.merge(
                        base, adapter, dir.resolve("no"), MergedAdapter.Options.DEFAULT, Progress.NONE))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining(says);
    }

    /** Of experts there are no adapters by today's PEFT; one of earlier years, made here, must do what merging does. */
    @Test
    void expertsHaveAdaptersOfTheirOwn() throws IOException {
        Path adapter = dir.resolve("experts");
        Map<String, float[]> tensors = new LinkedHashMap<>();
        Map<String, long[]> shapes = new LinkedHashMap<>();
        Random random = new Random(4);
        for (int e : new int[] {0, 3}) {
            String module = "base_model.model.model.layers.1.block_sparse_moe.experts." + e;
            put(tensors, shapes, module + ".w1.lora_A.weight", random, 3, 64);
            put(tensors, shapes, module + ".w1.lora_B.weight", random, width("mixtral", e), 3);
        }
        write(adapter, "{\"peft_type\": \"LORA\", \"r\": 3, \"lora_alpha\": 60}", tensors, shapes);
        Path base = GOLDEN.resolve("models/mixtral");
        MergedAdapter.Result result = MergedAdapter.merge(base, adapter, dir.resolve("out"), FLOAT32, Progress.NONE);
        assertThat(result.changed()).isEqualTo(2);
        assertThat(result.difference()).isLessThan(1e-4f);
        int[] ids = own("mixtral").ids();
        try (Base b = new Base(base, KernelSets.named("auto").kernels());
                Base merged =
                        new Base(dir.resolve("out"), KernelSets.named("auto").kernels())) {
            float[] with = b.logits(ids, b.fit(adapter));
            assertThat(largest(with, merged.logits(ids, null))).isLessThan(1e-4f);
            assertThat(largest(with, b.logits(ids, null))).isGreaterThan(1e-3f);
        }
    }

    private static int width(String model, int expert) {
        try (ModelFiles files = ModelFiles.open(GOLDEN.resolve("models").resolve(model), LoadOptions.DEFAULT)) {
            String name = "model.layers.1.block_sparse_moe.experts." + expert + ".w1.weight";
            return (int) Objects.requireNonNull(files.tensors().get(name)).shape()[0];
        }
    }

    private static void put(
            Map<String, float[]> tensors, Map<String, long[]> shapes, String name, Random random, int rows, int cols) {
        float[] values = new float[rows * cols];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() * 0.1f;
        }
        tensors.put(name, values);
        shapes.put(name, new long[] {rows, cols});
    }

    private static void write(Path folder, String config, Map<String, float[]> tensors, Map<String, long[]> shapes)
            throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("adapter_config.json"), config);
        List<TensorShape> all = shapes.entrySet().stream()
                .map(e -> new TensorShape(e.getKey(), ElementType.F32, e.getValue()))
                .toList();
        try (SafetensorsWriter w =
                SafetensorsWriter.create(folder.resolve("adapter_model.safetensors"), all, Map.of("format", "pt"))) {
            for (TensorShape s : all) {
                w.begin(s.name());
                w.append(MemorySegment.ofArray(bytes(Objects.requireNonNull(tensors.get(s.name())))));
            }
            w.finish();
        }
    }

    private static byte[] bytes(float[] values) {
        ByteBuffer b = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (float v : values) {
            b.putFloat(v);
        }
        return b.array();
    }

    /** Sequences with two adapters and without one, in chunks of any size: each as if it were alone. */
    @Test
    void severalAdaptersInOneBatchAreEachAsIfAlone() {
        for (Kernels kernels : KernelSets.available()) {
            try (Base b = new Base(LLAMA, kernels)) {
                AdapterWeights first = b.fit(ADAPTERS.resolve("rslora_patterns"));
                AdapterWeights second = b.fit(ADAPTERS.resolve("embedding_and_head"));
                List<@Nullable AdapterWeights> adapters = Arrays.asList(first, null, second, first, null);
                int[] lengths = {40, 1, 33, 9, 50};
                Random random = new Random(11);
                List<int[]> tokens = new ArrayList<>();
                List<float[]> alone = new ArrayList<>();
                for (int i = 0; i < lengths.length; i++) {
                    tokens.add(random.ints(lengths[i], 0, 384).toArray());
                    alone.add(b.logits(tokens.get(i), adapters.get(i)));
                }
                List<SequenceState> states =
                        adapters.stream().map(a -> b.pool.open(a)).toList();
                float[][] last = new float[lengths.length][];
                while (Arrays.asList(last).contains(null)) {
                    Batch.Builder batch = Batch.builder();
                    List<Integer> members = new ArrayList<>();
                    for (int i = 0; i < lengths.length; i++) {
                        SequenceState s = states.get(i);
                        int n = Math.min(lengths[i] - s.length(), random.nextInt(12));
                        if (n > 0) {
                            s.reserve(n);
                            batch.add(s, Arrays.copyOfRange(tokens.get(i), s.length(), s.length() + n));
                            members.add(i);
                        }
                    }
                    if (members.isEmpty()) {
                        continue;
                    }
                    Batch built = batch.build();
                    Matrix hidden = b.decoder.forward(built, b.ops);
                    int[] rows = built.slices().stream()
                            .mapToInt(s -> s.row() + s.count() - 1)
                            .toArray();
                    Matrix logits = b.decoder.logits(hidden, rows, b.ops);
                    for (int m = 0; m < members.size(); m++) {
                        int i = members.get(m);
                        if (states.get(i).length() == lengths[i]) {
                            last[i] = logits.row(m);
                        }
                    }
                }
                for (int i = 0; i < lengths.length; i++) {
                    assertThat(last[i]).as("%s, sequence %d", kernels.name(), i).isEqualTo(alone.get(i));
                }
                states.forEach(SequenceState::close);
            }
        }
    }

    @Test
    void turnsOfAConversationMayChangeTheirAdapter() {
        LoadOptions options = LoadOptions.DEFAULT
                .adapter("a", ADAPTERS.resolve("rslora_patterns"))
                .adapter("b", ADAPTERS.resolve("embedding_and_head"));
        GenerateOptions greedy =
                GenerateOptions.DEFAULT.maxTokens(6).temperature(0).ignoreEnd(true);
        int[] prompt = own("mixtral").ids();
        try (Model m = Model.open(LLAMA, options);
                Conversation conversation = m.conversation()) {
            assertThat(m.adapters()).extracting(LoadedAdapter::name).containsExactly("a", "b");
            for (String name : Arrays.asList("a", "a", null, "b", "a")) {
                int[] expected =
                        m.generate(prompt, greedy.adapter(name), t -> {}).tokenIds();
                int[] found = conversation
                        .generate(prompt, greedy.adapter(name), t -> {})
                        .tokenIds();
                assertThat(found).as("with %s", name).isEqualTo(expected);
            }
            conversation.generate(prompt, greedy.adapter("a"), t -> {});
            assertThat(conversation.reusedTokens()).isEqualTo(prompt.length - 1);
            double with = m.score(prompt, "a").total();
            assertThat(with).isNotEqualTo(m.score(prompt).total());
            int[] beams =
                    m.generate(prompt, greedy.adapter("a").beams(3), t -> {}).tokenIds();
            assertThat(beams)
                    .isNotEqualTo(m.generate(prompt, greedy.beams(3), t -> {}).tokenIds());
            m.unloadAdapter("a");
            assertThatThrownBy(() -> m.generate(prompt, greedy.adapter("a"), t -> {}))
                    .hasMessageContaining("no adapter 'a'")
                    .hasMessageContaining("b");
            m.loadAdapter("a", ADAPTERS.resolve("rslora_patterns"), 0.5);
            assertThat(m.score(prompt, "a").total()).isNotEqualTo(with);
            assertThatThrownBy(() -> m.loadAdapter("a", ADAPTERS.resolve("rslora_patterns")))
                    .hasMessageContaining("loaded already");
        }
    }

    /** The rows of queries and keys lie in another order in the GGUF file, for adapters of either kind. */
    @Test
    void ofAGgufFileOneModuleIsWhatItIsInTheHubsFiles() throws IOException {
        Kernels kernels = KernelSets.named("auto").kernels();
        Case c = own("rslora_patterns");
        try (Base hub = new Base(LLAMA, kernels);
                Base gguf = new Base(GOLDEN.resolve("gguf/llama-F32.gguf"), kernels)) {
            close(gguf.logits(c.ids(), gguf.fit(c.adapter)), c.logits, 2e-4);
            Random random = new Random(2);
            int rank = 3;
            float[] a = gaussian(random, rank * 64);
            float[] up = gaussian(random, 64 * rank);
            float[] permuted = new float[up.length];
            int dim = hub.files.spec().dim() / 4; // of a head
            for (int row = 0; row < 64; row++) {
                int from = row / dim * dim + row % dim % 2 * (dim / 2) + row % dim / 2;
                System.arraycopy(up, from * rank, permuted, row * rank, rank);
            }
            Path peft = dir.resolve("peft");
            String key = "base_model.model.model.layers.0.self_attn.q_proj.lora_";
            write(
                    peft,
                    "{\"peft_type\": \"LORA\", \"r\": 3, \"lora_alpha\": 6}",
                    Map.of(key + "A.weight", a, key + "B.weight", up),
                    Map.of(key + "A.weight", new long[] {rank, 64}, key + "B.weight", new long[] {64, rank}));
            Path file = dir.resolve("adapter.gguf");
            String tensor = "blk.0.attn_q.weight.lora_";
            new GgufBytes()
                    .put("general.type", "adapter")
                    .put("general.architecture", "llama")
                    .put("adapter.type", "lora")
                    .put("adapter.lora.alpha", 6f)
                    .add(tensor + "a", ElementType.F32, new long[] {rank, 64}, a)
                    .add(tensor + "b", ElementType.F32, new long[] {64, rank}, permuted)
                    .write(file);
            float[] expected = hub.logits(c.ids(), hub.fit(peft));
            assertThat(largest(gguf.logits(c.ids(), gguf.fit(file)), expected)).isLessThan(1e-4f);
            assertThat(largest(hub.logits(c.ids(), hub.fit(file)), expected)).isLessThan(1e-4f);
            assertThat(largest(hub.logits(c.ids(), null), expected)).isGreaterThan(1e-3f);
            assertThat(Adapter.isAt(file)).isTrue();
            assertThat(Adapter.isAt(GOLDEN.resolve("gguf/llama-F32.gguf"))).isFalse();
        }
    }

    /** GPT-NeoX's one matrix has its rows head by head in the Hub's files and in blocks in GGUF files. */
    @Test
    void ofAGgufFileOneMatrixOfThreeMayLieInAnotherOrder() {
        Kernels kernels = KernelSets.named("auto").kernels();
        Case c = own("gpt_neox");
        try (Base hub = new Base(c.base, kernels);
                Base gguf = new Base(GOLDEN.resolve("gguf/gpt_neox.gguf"), kernels)) {
            float files = largest(hub.logits(c.ids(), null), gguf.logits(c.ids(), null));
            float[] with = gguf.logits(c.ids(), gguf.fit(c.adapter));
            float difference = largest(hub.logits(c.ids(), hub.fit(c.adapter)), with);
            assertThat(difference).isLessThan(2 * files + 1e-4f);
            assertThat(largest(gguf.logits(c.ids(), null), with)).isGreaterThan(20 * difference);
        }
    }

    private static float[] gaussian(Random random, int n) {
        float[] out = new float[n];
        for (int i = 0; i < n; i++) {
            out[i] = (float) random.nextGaussian() * 0.3f;
        }
        return out;
    }

    @Test
    void whatIsWrongWithAnAdapterIsSaid() throws IOException {
        String key = "base_model.model.model.layers.0.self_attn.q_proj.lora_";
        Map<String, float[]> tensors = new LinkedHashMap<>();
        Map<String, long[]> shapes = new LinkedHashMap<>();
        put(tensors, shapes, key + "A.weight", new Random(1), 2, 64);
        put(tensors, shapes, key + "B.weight", new Random(1), 64, 2);
        String good = "\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": 4";
        fits(good, tensors, shapes);
        refused(good.replace("LORA", "IA3"), tensors, shapes, "type 'IA3'");
        refused(good.replace("\"r\": 2", "\"r\": 0"), tensors, shapes, "'r'");
        refused(good.replace("\"r\": 2", "\"r\": 4"), tensors, shapes, "rank 4");
        refused(good.replace("4", "NaN"), tensors, shapes, "factor NaN");
        refused(good.replace("4", "1e300"), tensors, shapes, "alpha is wrong");
        refused(good.replace("4", "-Infinity"), tensors, shapes, "alpha is wrong");
        refused(good + ", \"use_qalora\": true", tensors, shapes, "QA-LoRA");
        refused(good + ", \"init_lora_weights\": \"pissa\"", tensors, shapes, "pissa");
        refused(good + ", \"layer_replication\": [[0, 2]]", tensors, shapes, "repeats layers");
        refused(good + ", \"rank_pattern\": {\"(((((.*)*)*)*)*)*!\": 3}", tensors, shapes, "takes too long");
        refused(good + ", \"alpha_pattern\": {\"(\": 3}", tensors, shapes, "no regular expression");
        // Nothing outside the adapter's folder is opened, whatever its configuration says.
        fits(good + ", \"base_model_name_or_path\": \"../../../../etc/passwd\"", tensors, shapes);

        Objects.requireNonNull(tensors.get(key + "A.weight"))[5] = Float.NaN;
        refused(good, tensors, shapes, "holds NaN");
        Objects.requireNonNull(tensors.get(key + "A.weight"))[5] = 0;
        with(tensors, shapes, key + "B.weight", new long[] {32, 4}, good, "rank 2");
        with(tensors, shapes, key + "B.weight", new long[] {2, 64}, good, "rank 2");
        with(tensors, shapes, key + "A.weight", new long[] {1, 128}, good, "shapes [1, 128]");
        with(tensors, shapes, key + "A.weight", new long[] {128}, good, "shapes [128]");

        Map<String, float[]> others = new LinkedHashMap<>();
        Map<String, long[]> otherShapes = new LinkedHashMap<>();
        String wrong = "base_model.model.model.layers.77.self_attn.q_proj.lora_";
        put(others, otherShapes, wrong + "A.weight", new Random(1), 2, 64);
        put(others, otherShapes, wrong + "B.weight", new Random(1), 64, 2);
        refused(good, others, otherShapes, "layers.77");
        refused(good, Map.of(), Map.of(), "no tensors");
        others.remove(wrong + "B.weight");
        otherShapes.remove(wrong + "B.weight");
        refused(good, others, otherShapes, "only one half");
        for (String odd : List.of(
                "base_model.model.model.layers.0.self_attn.q_proj.lora_C.weight",
                "base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta",
                "../../escape")) {
            refused(good, Map.of(odd, new float[2]), Map.of(odd, new long[] {2}), "the key '" + odd);
        }
        String norm = "base_model.model.model.layers.0.input_layernorm.weight";
        refused(good, Map.of(norm, new float[64]), Map.of(norm, new long[] {64}), "is a norm");
        String head = "base_model.model.lm_head.weight";
        refused(good, Map.of(head, new float[385 * 64]), Map.of(head, new long[] {385, 64}), "number of tokens");
        assertThatThrownBy(() -> Adapter.open(dir.resolve("missing"))).hasMessageContaining("no adapter");
        assertThatThrownBy(() -> Adapter.open(LLAMA)).hasMessageContaining("adapter_config.json");
        assertThatThrownBy(() -> Adapter.open(GOLDEN.resolve("gguf/llama-F32.gguf")))
                .hasMessageContaining("is no adapter");
    }

    private void with(
            Map<String, float[]> tensors,
            Map<String, long[]> shapes,
            String name,
            long[] shape,
            String config,
            String says)
            throws IOException {
        Map<String, long[]> other = new LinkedHashMap<>(shapes);
        other.put(name, shape);
        refused(config, tensors, other, says);
    }

    private void fits(String config, Map<String, float[]> tensors, Map<String, long[]> shapes) throws IOException {
        Path folder = Files.createTempDirectory(dir, "good");
        write(folder, "{" + config + "}", tensors, shapes);
        try (Base b = new Base(LLAMA, KernelSets.named("scalar").kernels())) {
            b.fit(folder);
        }
    }

    private void refused(String config, Map<String, float[]> tensors, Map<String, long[]> shapes, String says)
            throws IOException {
        assertThatThrownBy(() -> fits(config, tensors, shapes))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining(says);
    }
}
