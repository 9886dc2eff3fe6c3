package io.jandaia.model.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.ModelFiles;
import io.jandaia.model.Progress;
import io.jandaia.model.arch.Families;
import io.jandaia.model.arch.Family;
import io.jandaia.model.format.Gguf;
import io.jandaia.model.nn.Batch;
import io.jandaia.model.nn.Decoder;
import io.jandaia.model.nn.InferenceOps;
import io.jandaia.model.nn.Weights;
import io.jandaia.model.quantization.Mix;
import io.jandaia.model.quantization.Quantizer;
import io.jandaia.model.state.KvLayout;
import io.jandaia.model.state.PagePool;
import io.jandaia.model.state.SequenceState;
import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.kernel.KernelSets;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Hub folders as GGUF files: names, shapes, values and metadata as llama.cpp's own scripts write them, and both files compute what
 * transformers computes; back again the folder does too.
 */
class ConversionTest {

    private static final Path OWN = Path.of("src/test/resources/golden");
    private static final Path SHARED = Path.of("../../shared/golden");

    /** What GGUF has no place for, by design of these small models: other patterns than the families' real ones. */
    private static final Set<String> REFUSED = Set.of(
            "deepseek_v3_yarn", "falcon_alibi", "gemma3", "gemma3_scaled", "gpt_neox_serial", "olmo3", "smollm3");

    /** What only differs in longer texts, and is said. */
    private static final Set<String> NOTED = Set.of("llama_dynamic", "mistral", "mistral_legacy", "qwen2_window");

    @TempDir
    static Path folder;

    static List<Path> models() throws IOException {
        boolean all = Files.isDirectory(SHARED);
        if (!all) {
            System.out.println(
                    "NOT RUN: conversions of golden models that the project holds no copy of need ../shared/golden");
        }
        Set<String> known = Families.all().stream()
                .filter(f -> f.ggufTarget() != null)
                .map(Family::hubName)
                .collect(Collectors.toSet());
        try (Stream<Path> folders = Files.list((all ? SHARED : OWN).resolve("models"))) {
            return folders.sorted()
                    .filter(f -> {
                        JsonNode config = JsonMapper.shared()
                                .readTree(f.resolve("config.json").toFile());
                        return !config.has("quantization_config")
                                && !Files.exists(f.resolve("pytorch_model.bin"))
                                && Files.exists(f.resolve("expected.json"))
                                && known.contains(
                                        config.path("architectures").path(0).asString(""));
                    })
                    .toList();
        }
    }

    static Stream<Path> expressible() throws IOException {
        return models().stream().filter(m -> !REFUSED.contains(m.getFileName().toString()));
    }

    static Stream<Path> refused() throws IOException {
        return models().stream().filter(m -> REFUSED.contains(m.getFileName().toString()));
    }

    private static Path gguf(Path model) {
        Path file = folder.resolve(model.getFileName() + ".gguf");
        try (HubToGguf source = HubToGguf.open(model, HubToGguf.Options.DEFAULT)) {
            Quantizer.Options options = new Quantizer.Options(1, true, false);
            Quantizer.Result r = Quantizer.quantize(source, file, source.mix(), options, Progress.NONE);
            boolean noted = NOTED.contains(model.getFileName().toString());
            assertThat(r.notes().stream().anyMatch(n -> n.contains("texts of more than") || n.contains("texts longer")))
                    .as(String.valueOf(r.notes()))
                    .isEqualTo(noted);
        }
        return file;
    }

    @ParameterizedTest
    @MethodSource("expressible")
    void computesTheSameInBothLayouts(Path model) {
        String name = model.getFileName().toString();
        Path file = gguf(model);
        facts(name, file);
        JsonNode expected =
                JsonMapper.shared().readTree(model.resolve("expected.json").toFile());
        if (!NOTED.contains(name)) {
            logits(file, expected);
        }
        if (name.equals("gpt_oss")) {
            assertThatThrownBy(() ->
                            GgufToHub.convert(file, folder.resolve(name), GgufToHub.Options.DEFAULT, Progress.NONE))
                    .isInstanceOf(JandaiaException.class)
                    .hasMessageContaining("only read");
            return;
        }
        GgufToHub.convert(file, folder.resolve(name), GgufToHub.Options.DEFAULT, Progress.NONE);
        if (!NOTED.contains(name)) {
            logits(folder.resolve(name), expected);
        }
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatHasNoPlaceIsRefused(Path model) {
        assertThatThrownBy(() -> HubToGguf.open(model, HubToGguf.Options.DEFAULT))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("have no place for what its configuration asks for: layers[");
    }

    /** What llama.cpp's scripts (of February 2025 and August 2026) wrote of the same folder; a dash where theirs is rounded or wrong. */
    private static void facts(String name, Path file) {
        JsonNode facts = JsonMapper.shared()
                .readTree(OWN.resolve("convert.json").toFile())
                .path(name);
        if (facts.isMissingNode()) {
            return; // variants of those that are there
        }
        try (Gguf gguf = Gguf.open(file)) {
            facts.get("metadata").properties().forEach(e -> {
                String found = String.valueOf(gguf.metadata().get(e.getKey()));
                if (e.getValue().isNumber()) {
                    assertThat(Double.parseDouble(found))
                            .as(e.getKey())
                            .isCloseTo(
                                    e.getValue().asDouble(),
                                    within(1e-6 * Math.abs(e.getValue().asDouble())));
                } else {
                    assertThat(String.valueOf(found))
                            .as(e.getKey())
                            .isEqualTo(e.getValue().asString());
                }
            });
            Set<String> names = new TreeSet<>();
            facts.get("tensors").properties().forEach(e -> {
                names.add(e.getKey());
                StoredTensor t = gguf.tensor(e.getKey());
                String shape = java.util.Arrays.stream(t.shape())
                        .mapToObj(Long::toString)
                        .collect(Collectors.joining("x"));
                String wanted = e.getValue().asString();
                assertThat(shape + " " + (wanted.endsWith("-") ? "-" : checksum(t)))
                        .as(name + " " + e.getKey())
                        .isEqualTo(wanted);
            });
            assertThat(new TreeSet<>(gguf.tensors().keySet())).isEqualTo(names);
        }
    }

    private static String checksum(StoredTensor t) {
        float[] numbers = t.toFloats();
        ByteBuffer bytes = ByteBuffer.allocate(4 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float f : numbers) {
            bytes.putFloat(f);
        }
        CRC32 crc = new CRC32();
        crc.update(bytes.array());
        return String.format(Locale.ROOT, "%08x", crc.getValue());
    }

    private static void logits(Path path, JsonNode expected) {
        boolean float32 =
                expected.path("stored_dtype").asString("torch.float32").endsWith("float32");
        try (ModelFiles files = ModelFiles.open(path, LoadOptions.DEFAULT);
                Arena arena = Arena.ofShared();
                ComputeTeam team = ComputeTeam.of(1)) {
            KvLayout layout = InferenceOps.layout(files.spec());
            var kernels = KernelSets.available().getLast();
            Decoder decoder =
                    Weights.decoder(files.spec(), files.tensors(), files.names(), kernels, Numerics.EXACT, arena);
            try (PagePool pool = new PagePool(layout, 64 << 20);
                    InferenceOps ops = new InferenceOps(files.spec(), layout, kernels, team)) {
                for (JsonNode c : expected.get("cases")) {
                    int[] ids = new int[c.get("input_ids").size()];
                    for (int i = 0; i < ids.length; i++) {
                        ids[i] = c.get("input_ids").get(i).asInt();
                    }
                    try (SequenceState state = pool.open()) {
                        state.reach(ids.length);
                        state.reserve(ids.length);
                        var hidden = decoder.forward(Batch.of(state, ids), ops);
                        float[] last = decoder.logits(hidden, new int[] {ids.length - 1}, ops)
                                .row(0);
                        for (int i = 0; i < last.length; i++) {
                            assertThat((double) last[i])
                                    .as("%s, logit %d", path, i)
                                    .isCloseTo(c.get("logits_last").get(i).asDouble(), within(float32 ? 2e-4 : 1e-3));
                        }
                    }
                }
            }
        }
    }

    @Test
    void blocksAreDecodedAndTheTypeIsTheOneAskedFor() {
        Path out = folder.resolve("decoded");
        GgufToHub.Result r = GgufToHub.convert(
                OWN.resolve("gguf/llama-Q8_0.gguf"),
                out,
                new GgufToHub.Options(ElementType.F32, 40_000),
                Progress.NONE);
        assertThat(r.type()).isEqualTo(ElementType.F32);
        assertThat(out.resolve("model.safetensors.index.json")).exists();
        try (ModelFiles back = ModelFiles.open(out, LoadOptions.DEFAULT);
                Gguf gguf = Gguf.open(OWN.resolve("gguf/llama-Q8_0.gguf"))) {
            assertThat(Objects.requireNonNull(back.tensors().get("model.embed_tokens.weight"))
                            .toFloats())
                    .isEqualTo(gguf.tensor("token_embd.weight").toFloats());
        }
        assertThatThrownBy(() -> GgufToHub.convert(
                        OWN.resolve("gguf/llama-Q8_0.gguf"), out, GgufToHub.Options.DEFAULT, Progress.NONE))
                .hasMessageContaining("in its place already");
    }

    @Test
    void anInterruptLeavesNothing() throws IOException {
        Path file = folder.resolve("interrupted.gguf");
        try (HubToGguf source = HubToGguf.open(OWN.resolve("models/llama"), HubToGguf.Options.DEFAULT)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> Quantizer.quantize(
                            source, file, Mix.Q8_0, new Quantizer.Options(1, false, false), Progress.NONE))
                    .isInstanceOf(JandaiaException.class);
        } finally {
            Thread.interrupted();
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.filter(f -> f.getFileName().toString().startsWith("interrupted")))
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache-2.0", "mit"})
    void aSimpleLicenceIsWritten(String license) throws IOException {
        Path model = Files.createDirectories(folder.resolve(license));
        Path card = model.resolve("README.md");
        Files.writeString(card, "---\nlanguage: en\nlicense: " + license + "\n---\n# A model\nlicense: other\n");
        assertThat(ModelCard.license(model)).isEqualTo(license);
        Files.writeString(card, "# A model\nlicense: other\n");
        assertThat(ModelCard.license(model)).isNull();
    }
}
