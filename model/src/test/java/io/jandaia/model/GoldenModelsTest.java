package io.jandaia.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.jandaia.model.arch.Families;
import io.jandaia.model.arch.Family;
import io.jandaia.model.nn.Batch;
import io.jandaia.model.nn.Decoder;
import io.jandaia.model.nn.InferenceOps;
import io.jandaia.model.nn.Weights;
import io.jandaia.model.state.KvLayout;
import io.jandaia.model.state.PagePool;
import io.jandaia.model.state.SequenceState;
import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.KernelSets;
import io.jandaia.tensor.kernel.Kernels;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What transformers computes on the same files: logits, log-probabilities and greedy tokens, in exact numerics, with every
 * kernel set. The project holds a part of the files; all of them are used where {@code ../shared/golden} is there.
 */
class GoldenModelsTest {

    private static final Path OWN = Path.of("src/test/resources/golden");
    private static final Path SHARED = Path.of("../../shared/golden");
    private static final Set<String> FAMILIES =
            Families.all().stream().map(Family::hubName).collect(Collectors.toSet());
    /** Where the project's copy was computed anew: transformers' eager attention adds Falcon's linear biases twice. */
    private static final Set<String> CORRECTED = Set.of("falcon_alibi");

    private static final double CLOSE_TOP_TWO = 1e-3;

    record Case(Path model, Path expected, Kernels kernels) {

        /** All sets give the same bits, which the tests of kernels show. */
        boolean everyday() {
            String name = kernels.name();
            int turn = Math.floorMod((model.getFileName() + name).hashCode(), 8);
            return name.equals(KernelSets.available().getLast().name()) || (turn == 0 && !name.equals("avx2"));
        }

        @Override
        public String toString() {
            return model.getFileName() + " with " + kernels.name();
        }
    }

    /** Every model with the kernels that are chosen here, and every eighth with each other set. */
    static Stream<Case> cases() throws IOException {
        List<Case> cases = all().stream().filter(Case::everyday).toList();
        assertThat(cases).hasSizeGreaterThan(20);
        return cases.stream();
    }

    static Stream<Case> casesLeft() throws IOException {
        return all().stream().filter(c -> !c.everyday());
    }

    private static List<Case> all() throws IOException {
        boolean shared = Files.isDirectory(SHARED);
        if (!shared) {
            System.out.println(
                    "NOT RUN: golden models and GGUF files that the project holds no copy of need ../shared/golden");
        }
        Path root = shared ? SHARED : OWN;
        List<Case> out = new ArrayList<>();
        for (Kernels k : KernelSets.available()) {
            try (Stream<Path> folders = Files.list(root.resolve("models"))) {
                for (Path folder : folders.sorted().toList()) {
                    JsonNode config = JsonMapper.shared()
                            .readTree(folder.resolve("config.json").toFile());
                    if (!FAMILIES.contains(config.path("architectures")
                            .path(0)
                            .asString(Families.architectureOf(
                                    config.path("model_type").asString(""))))) {
                        continue;
                    }
                    Path copy = OWN.resolve("models").resolve(folder.getFileName());
                    Path own = (CORRECTED.contains(folder.getFileName().toString()) ? copy : folder)
                            .resolve("expected.json");
                    // Shards hold the same weights as the file they were cut from.
                    Path whole = folder.resolveSibling(folder.getFileName()
                            .toString()
                            .replace("_sharded", "")
                            .replace("_pickle", ""));
                    out.add(new Case(folder, Files.exists(own) ? own : whole.resolve("expected.json"), k));
                }
            }
            for (Path folder : new LinkedHashSet<>(List.of(root, OWN))) {
                ggufFiles(folder.resolve("gguf")).forEach(f -> out.add(new Case(f, expected(f, root), k)));
            }
        }
        return out;
    }

    private static List<Path> ggufFiles(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.toString().endsWith(".gguf")
                            && (!folder.startsWith(OWN)
                                    || !Files.exists(SHARED.resolve("gguf").resolve(f.getFileName()))))
                    .sorted()
                    .toList();
        }
    }

    /** What a file's own neighbour says, or that of the Hub folder that llama.cpp's script made it of. */
    private static Path expected(Path file, Path root) {
        String name = file.getFileName().toString().replace(".gguf", "");
        Path own = file.resolveSibling(name + ".expected.json");
        return Files.exists(own) ? own : root.resolve("models").resolve(name).resolve("expected.json");
    }

    @Tag("long")
    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("casesLeft")
    void computesTheSameWithOtherKernels(Case c) {
        computesWhatTransformersComputes(c);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void computesWhatTransformersComputes(Case c) {
        JsonNode expected = JsonMapper.shared().readTree(c.expected.toFile());
        boolean float32 =
                expected.path("stored_dtype").asString("torch.float32").endsWith("float32");
        double tolerance = float32 ? 2e-4 : 1e-3;
        try (ModelFiles files = ModelFiles.open(c.model, LoadOptions.DEFAULT);
                Arena arena = Arena.ofShared();
                ComputeTeam team = ComputeTeam.of(2)) {
            KvLayout layout = InferenceOps.layout(files.spec());
            Decoder decoder =
                    Weights.decoder(files.spec(), files.tensors(), files.names(), c.kernels, Numerics.EXACT, arena);
            try (PagePool pool = new PagePool(layout, 64 << 20);
                    InferenceOps ops = new InferenceOps(files.spec(), layout, c.kernels, team)) {
                for (JsonNode one : expected.get("cases")) {
                    check(c.toString(), one, decoder, pool, ops, tolerance);
                }
            }
        }
    }

    private static void check(
            String what, JsonNode c, Decoder decoder, PagePool pool, InferenceOps ops, double tolerance) {
        int[] ids = ints(c.get("input_ids"));
        try (SequenceState state = pool.open()) {
            state.reach(ids.length);
            state.reserve(ids.length);
            var hidden = decoder.forward(Batch.of(state, ids), ops);
            var logits = decoder.logits(hidden, IntStream.range(0, ids.length).toArray(), ops);
            float[] last = logits.row(ids.length - 1);
            assertThat(last).hasSize(c.get("logits_last").size());
            for (int i = 0; i < last.length; i++) {
                assertThat((double) last[i])
                        .as("%s, logit %d", what, i)
                        .isCloseTo(c.get("logits_last").get(i).asDouble(), within(tolerance));
            }
            if (c.has("logprob_of_next")) {
                for (int i = 0; i + 1 < ids.length; i++) {
                    assertThat(logProbability(logits.row(i), ids[i + 1]))
                            .as("log-probability of token %d", i + 1)
                            .isCloseTo(c.get("logprob_of_next").get(i).asDouble(), within(tolerance));
                }
            }
            assertThat(inChunks(ids, decoder, pool, ops))
                    .as("the last logits when the prompt comes in chunks")
                    .isEqualTo(last);
            if (c.has("greedy")) {
                greedy(c, last, state, decoder, ops);
            }
        }
    }

    private static float[] inChunks(int[] ids, Decoder decoder, PagePool pool, InferenceOps ops) {
        try (SequenceState state = pool.open()) {
            state.reach(ids.length);
            float[] last = {};
            for (int from = 0, n = 1; from < ids.length; from += n, n = from % 37 + 1) {
                int to = Math.min(from + n, ids.length);
                state.reserve(to - from);
                var hidden = decoder.forward(Batch.of(state, Arrays.copyOfRange(ids, from, to)), ops);
                last = decoder.logits(hidden, new int[] {to - from - 1}, ops).row(0);
            }
            return last;
        }
    }

    /** Identical up to the first position whose two best logits are too close to call. */
    private static void greedy(JsonNode c, float[] logits, SequenceState state, Decoder decoder, InferenceOps ops) {
        float[] row = logits;
        for (int id : ints(c.get("greedy"))) {
            float[] sorted = row.clone();
            Arrays.sort(sorted);
            if (sorted[sorted.length - 1] - sorted[sorted.length - 2] < CLOSE_TOP_TWO) {
                return;
            }
            assertThat(best(row))
                    .as("greedy token at position %d", state.length())
                    .isEqualTo(id);
            state.reserve(1);
            row = decoder.logits(decoder.forward(Batch.of(state, id), ops), new int[] {0}, ops)
                    .row(0);
        }
    }

    private static int best(float[] row) {
        int best = 0;
        for (int i = 1; i < row.length; i++) {
            best = row[i] > row[best] ? i : best;
        }
        return best;
    }

    private static double logProbability(float[] row, int id) {
        double max = Double.NEGATIVE_INFINITY;
        for (float v : row) {
            max = Math.max(max, v);
        }
        double sum = 0;
        for (float v : row) {
            sum += Math.exp(v - max);
        }
        return row[id] - max - Math.log(sum);
    }

    private static int[] ints(JsonNode array) {
        int[] out = new int[array.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = array.get(i).asInt();
        }
        return out;
    }
}
