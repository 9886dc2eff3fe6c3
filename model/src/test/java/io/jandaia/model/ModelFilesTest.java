package io.jandaia.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
}
