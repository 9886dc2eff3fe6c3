package io.jandaia.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.kernel.Kernels;
import io.jandaia.tensor.kernel.PackedMatrix;
import io.jandaia.tensor.kernel.ScalarKernels;
import io.jandaia.tensor.kernel.WeightPacking;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelFilesTest {

    private static final Path MODELS = Path.of("src/test/resources/golden/models");

    @Test
    void aQuantizedModelHasTheTensorsOfThePlainOne() {
        try (ModelFiles plain = ModelFiles.open(MODELS.resolve("llama"), LoadOptions.DEFAULT);
                ModelFiles gptq = ModelFiles.open(MODELS.resolve("llama_gptq"), LoadOptions.DEFAULT)) {
            assertThat(plain.quantization()).isNull();
            assertThat(gptq.quantization()).isEqualTo("gptq, 4 bits, groups of 32");
            assertThat(gptq.parameters()).isEqualTo(plain.parameters());
            assertThat(gptq.tensors().keySet()).isEqualTo(plain.tensors().keySet());
            assertThat(gptq.stored()).containsKey("model.layers.0.mlp.up_proj.qweight");
            assertThat(gptq.notes()).isEqualTo(plain.notes());
            String inOrder = "model.layers.0.mlp.up_proj.weight";
            assertThat(Objects.requireNonNull(gptq.tensors().get(inOrder)).type())
                    .isIn(ElementType.Q5_0, ElementType.F32);
            assertThat(gptq.notes().getLast()).contains("unpacked without loss").contains("bytes as");
        }
    }

    @Test
    void configurationAndWeightsMustAgree(@TempDir Path folder) throws IOException {
        Path llama = MODELS.resolve("llama");
        Files.copy(llama.resolve("model.safetensors"), folder.resolve("model.safetensors"));
        String config = Files.readString(llama.resolve("config.json"));
        String section = ", \"quantization_config\": {\"quant_method\": \"gptq\", \"bits\": 4}}";
        Files.writeString(folder.resolve("config.json"), config.substring(0, config.lastIndexOf('}')) + section);
        assertThatThrownBy(() -> ModelFiles.open(folder, LoadOptions.DEFAULT))
                .isInstanceOfSatisfying(
                        JandaiaException.class, e -> assertThat(e.kind()).isEqualTo(JandaiaException.Kind.FORMAT))
                .hasMessageContaining("'gptq', but no tensor is");
    }

    /** Whose rows are only looked up stays where the file has it; a head that is tied to it is multiplied with. */
    @ParameterizedTest
    @CsvSource({
        "llama, model.embed_tokens",
        "gpt2, transformer.wpe",
        "bert_mlm, bert.embeddings.position_embeddings bert.embeddings.token_type_embeddings"
    })
    void tablesAreNotPacked(String model, String expected) {
        List<String> tables = new ArrayList<>();
        List<String> packed = new ArrayList<>();
        Kernels kernels = new ScalarKernels();
        WeightPacking packing = new WeightPacking() {
            @Override
            public PackedMatrix pack(StoredTensor weight, Numerics numerics) {
                packed.add(weight.name());
                return kernels.pack(weight, numerics);
            }

            @Override
            public PackedMatrix table(StoredTensor weight) {
                tables.add(weight.name());
                return kernels.table(weight);
            }
        };
        try (ModelFiles files = ModelFiles.open(MODELS.resolve(model), LoadOptions.DEFAULT);
                Arena arena = Arena.ofShared()) {
            files.network(packing, Numerics.EXACT, arena);
        }
        assertThat(tables)
                .containsExactly(Arrays.stream(expected.split(" "))
                        .map(n -> n + ".weight")
                        .toArray(String[]::new));
        assertThat(packed).doesNotContainAnyElementsOf(tables);
    }
}
