package io.jandaia.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.jandaia.error.JandaiaException;
import io.jandaia.error.JandaiaException.Kind;
import io.jandaia.model.DeltaWeights.Options;
import io.jandaia.model.VocabularyResize.NewRows;
import io.jandaia.model.format.ModelFile;
import io.jandaia.model.format.ModelFolder;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A tiny Llama in float16, a delta made as Alpaca's was (float32, one more token, whose row in the base is the mean of the
 * others), and what PyTorch recovers from them.
 */
class DeltaWeightsTest {

    private static final Path FILES = Path.of("src/test/resources/golden/delta");
    private static final Path BASE = FILES.resolve("base");
    private static final Path DELTA = FILES.resolve("delta");

    @TempDir
    Path dir;

    @Test
    void recoversWhatPyTorchDoes() throws IOException {
        Path out = dir.resolve("new/alpaca");
        try (ModelFile expected = ModelFile.open(FILES.resolve("recovered.safetensors"))) {
            double sum = Double.parseDouble((String) expected.metadata().get("sum"));
            long[] last = new long[2];
            DeltaWeights.Result result = DeltaWeights.apply(
                    BASE, DELTA, out, new Options(null, NewRows.MEAN, 1 << 20, sum), (done, total) -> {
                        assertThat(done).isBetween(last[0], total);
                        last[0] = done;
                        last[1] = total;
                    });
            assertThat(last[0]).isEqualTo(last[1]).isEqualTo(result.bytes());
            assertThat(result.sum()).isCloseTo((float) sum, within(1e-3f));
            assertThat(result.notes()).hasSize(3).anyMatch(n -> n.contains("inv_freq"));
            try (ModelFolder made = ModelFolder.open(out)) {
                assertThat(made.file().metadata()).isEqualTo(Map.of("format", "pt"));
                assertThat(made.config().size("vocab_size")).isEqualTo(11);
                assertThat(made.has("tokenizer_config.json")).isTrue();
                same(made.file(), expected, 1e-7f);
                assertThat(made.file().tensors()).hasSameSizeAs(expected.tensors());
            }
            assertThat(names(out)).containsExactly("config.json", "model.safetensors", "tokenizer_config.json");
            assertThat(names(dir.resolve("new"))).containsExactly("alpaca");
        }
    }

    @Test
    void shardsAndTypesAreThoseAskedFor() throws IOException {
        Path out = dir.resolve("sharded");
        DeltaWeights.apply(BASE, DELTA, out, new Options(ElementType.BF16, NewRows.ZEROS, 600, null), Progress.NONE);
        assertThat(names(out)).contains("model.safetensors.index.json").anyMatch(n -> n.startsWith("model-00002-of-"));
        try (ModelFolder made = ModelFolder.open(out);
                ModelFile expected = ModelFile.open(FILES.resolve("recovered.safetensors"));
                ModelFile zeros = ModelFile.open(FILES.resolve("zeros.safetensors"))) {
            same(made.file(), zeros, 0.01f);
            assertThat(made.file().tensors()).hasSameSizeAs(expected.tensors());
            assertThat(made.file().tensors().values()).allMatch(t -> t.type() == ElementType.BF16);
            assertThat(made.config().string(made.config().anyOf("dtype", "torch_dtype")))
                    .isEqualTo("bfloat16");
        }
    }

    private static void same(ModelFile made, ModelFile expected, float tolerance) {
        expected.tensors().forEach((name, t) -> {
            assertThat(made.tensor(name).shape()).as(name).isEqualTo(t.shape());
            float[] found = made.tensor(name).toFloats();
            float[] wanted = t.toFloats();
            assertThat(found).hasSameSizeAs(wanted);
            for (int i = 0; i < wanted.length; i++) {
                assertThat(found[i]).as("%s %d", name, i).isCloseTo(wanted[i], within(tolerance));
            }
        });
    }

    @Test
    void nothingIsKeptOfWhatFails() throws IOException {
        refused(Kind.FORMAT, BASE, DELTA, new Options(null, NewRows.MEAN, 1 << 20, 50637.1836), "expected 50637.1836");
        refused(Kind.USAGE, DELTA, BASE, Options.DEFAULT, "has the shape [11, 8] in the base and [10, 8]");
        assertThat(names(dir)).isEmpty();
        Path taken = Files.createDirectory(dir.resolve("taken"));
        Files.writeString(taken.resolve("x"), "");
        assertThatThrownBy(() -> DeltaWeights.apply(BASE, DELTA, taken, Options.DEFAULT, Progress.NONE))
                .hasMessageContaining("something in its place");
        assertThat(names(taken)).containsExactly("x");
    }

    @Test
    void interruptionEndsItAndLeavesNothing() throws IOException {
        JandaiaException e;
        try {
            e = Assertions.catchThrowableOfType(
                    JandaiaException.class,
                    () -> DeltaWeights.apply(
                            BASE,
                            DELTA,
                            dir.resolve("out"),
                            Options.DEFAULT,
                            (done, total) -> Thread.currentThread().interrupt()));
        } finally {
            Thread.interrupted();
        }
        assertThat(e.kind()).isEqualTo(Kind.CANCELLED);
        assertThat(names(dir)).isEmpty();
    }

    private void refused(Kind kind, Path base, Path delta, Options options, String says) {
        JandaiaException e = Assertions.catchThrowableOfType(
                JandaiaException.class,
                () -> DeltaWeights.apply(base, delta, dir.resolve("out"), options, Progress.NONE));
        assertThat(e).hasMessageContaining(says);
        assertThat(e.kind()).isEqualTo(kind);
    }

    /** transformers' {@code resize_token_embeddings(13, mean_resizing=False)} of 16 rows. */
    @Test
    void shrinkingKeepsTheFirstRowsAsTransformersDoes() {
        try (ModelFile file = ModelFile.open(FILES.resolve("resize.safetensors"));
                Arena arena = Arena.ofConfined()) {
            for (String name : List.of("in", "out")) {
                StoredTensor shrunk =
                        new VocabularyResize(13, NewRows.MEAN).apply(file.tensor("before." + name), arena);
                assertThat(shrunk.shape()).containsExactly(13, 8);
                assertThat(shrunk.toFloats())
                        .containsExactly(file.tensor("shrunk." + name).toFloats());
                StoredTensor zeros =
                        new VocabularyResize(18, NewRows.ZEROS).apply(file.tensor("before." + name), arena);
                float[] old = file.tensor("before." + name).toFloats();
                assertThat(zeros.toFloats()).containsExactly(Arrays.copyOf(old, 18 * 8));
                float[] grown = new VocabularyResize(18, NewRows.MEAN)
                        .apply(file.tensor("before." + name), arena)
                        .toFloats();
                for (int i = 0; i < 8; i++) {
                    double mean = 0;
                    for (int r = 0; r < 16; r++) {
                        mean += old[r * 8 + i] / 16.0;
                    }
                    assertThat(grown[16 * 8 + i])
                            .isCloseTo((float) mean, within(1e-6f))
                            .isEqualTo(grown[17 * 8 + i]);
                }
            }
            StoredTensor same = file.tensor("before.in");
            assertThat(new VocabularyResize(VocabularyResize.keepingPadding(16, 13), NewRows.MEAN).apply(same, arena))
                    .isSameAs(same);
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }
}
