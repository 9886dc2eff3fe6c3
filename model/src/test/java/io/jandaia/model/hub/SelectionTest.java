package io.jandaia.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which files are taken, on the lists of files of repositories of every kind. */
class SelectionTest {

    private static final ModelName NAME = ModelName.parse("org/name");

    private static List<RepoFile> tree(String... paths) {
        return Arrays.stream(paths)
                .map(p -> new RepoFile(p, 10, "a".repeat(40), null, null))
                .toList();
    }

    private static List<String> taken(Selection selection, ModelName name, String... paths) {
        return selection.of(tree(paths), name).stream().map(RepoFile::path).toList();
    }

    private static List<String> taken(String... paths) {
        return taken(Selection.USUAL, NAME, paths);
    }

    @Test
    void weightsComeInOneFormatOnly() {
        assertThat(taken(
                        "config.json",
                        "model.safetensors",
                        "pytorch_model.bin",
                        "tf_model.h5",
                        "flax_model.msgpack",
                        "onnx/model.onnx",
                        "model.fp16.safetensors",
                        "rust_model.ot"))
                .containsExactly("config.json", "model.safetensors");
        assertThat(taken(
                        "config.json",
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors",
                        "model.safetensors.index.json",
                        "consolidated.safetensors",
                        "pytorch_model-00001-of-00001.bin",
                        "pytorch_model.bin.index.json",
                        "original/consolidated.00.pth"))
                .containsExactly(
                        "config.json",
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors",
                        "model.safetensors.index.json");
        assertThat(taken("config.json", "pytorch_model.bin", "optimizer.pt", "training_args.bin", "trainer_state.json"))
                .containsExactly("config.json", "pytorch_model.bin");
        assertThat(taken("adapter_config.json", "adapter_model.safetensors", "adapter_model.bin"))
                .containsExactly("adapter_config.json", "adapter_model.safetensors");
        assertThat(taken("config.json", "model.safetensors", "name-Q4_K_M.gguf"))
                .containsExactly("config.json", "model.safetensors");
    }

    @Test
    void tokenizersTemplatesModulesAndLicencesComeAlong() {
        String[] all = {
            "config.json",
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "vocab.json",
            "merges.txt",
            "tokenizer.model",
            "spiece.model",
            "chat_template.jinja",
            "additional_chat_templates/tool_use.jinja",
            "modules.json",
            "1_Pooling/config.json",
            "2_Dense/config.json",
            "2_Dense/model.safetensors",
            "config_sentence_transformers.json",
            "LICENSE",
            "LICENSE.txt",
            "model.safetensors"
        };
        assertThat(taken(all)).containsExactly(all);
        assertThat(taken(
                        "config.json",
                        "model.safetensors",
                        "2_Dense/model.safetensors",
                        "2_Dense/pytorch_model.bin",
                        ".gitattributes",
                        "README.md",
                        "runs/x.json",
                        "img.png",
                        "requirements.txt"))
                .containsExactly("config.json", "model.safetensors", "2_Dense/model.safetensors");
    }

    @Test
    void ofGgufModelsOneIsTaken() {
        String[] files = {
            "name-Q4_0.gguf",
            "name-Q4_K_M.gguf",
            "name-Q8_0.gguf",
            "mmproj-name-f16.gguf",
            "imatrix.gguf",
            "README.md",
            "LICENSE"
        };
        assertThat(taken(files)).containsExactly("name-Q4_K_M.gguf", "LICENSE");
        assertThat(taken(Selection.USUAL, NAME.quant("q8_0"), files)).containsExactly("name-Q8_0.gguf", "LICENSE");
        assertThatThrownBy(() -> taken(Selection.USUAL, NAME.quant("Q2_K"), files))
                .hasMessageContaining("'Q2_K'")
                .hasMessageContaining("Q4_0, Q4_K_M, Q8_0");
        assertThat(taken("name.Q5_K_S.gguf")).containsExactly("name.Q5_K_S.gguf");
        assertThatThrownBy(() -> taken("name-Q4_0.gguf", "name-Q8_0.gguf"))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("org/name:Q4_0")
                .hasMessageContaining("Q4_0, Q8_0");
        assertThatThrownBy(() -> taken(Selection.USUAL, NAME.quant("Q4_0"), "config.json", "model.safetensors"))
                .hasMessageContaining("no GGUF");
    }

    @Test
    void aSplitGgufComesWithAllItsParts() {
        String[] files = {
            "Q4_K_M/name-Q4_K_M-00001-of-00003.gguf",
            "Q4_K_M/name-Q4_K_M-00002-of-00003.gguf",
            "Q4_K_M/name-Q4_K_M-00003-of-00003.gguf",
            "UD-Q2_K_XL/name-UD-Q2_K_XL-00001-of-00002.gguf",
            "UD-Q2_K_XL/name-UD-Q2_K_XL-00002-of-00002.gguf",
            "BF16/name.gguf",
            "MXFP4_MOE/name.gguf"
        };
        assertThat(taken(files)).containsExactly(files[0], files[1], files[2]);
        assertThat(taken(Selection.USUAL, NAME.quant("UD-Q2_K_XL"), files)).containsExactly(files[3], files[4]);
        assertThat(taken(Selection.USUAL, NAME.quant("bf16"), files)).containsExactly(files[5]);
        assertThat(taken(Selection.USUAL, NAME.quant("MXFP4_MOE"), files)).containsExactly(files[6]);
    }

    @Test
    void quantisationsAreReadFromNames() {
        assertThat(Quant.of("Qwen3-0.6B-Q8_0.gguf")).isEqualTo("Q8_0");
        assertThat(Quant.of("tinyllama-1.1b-chat.q4_k_m.gguf")).isEqualTo("Q4_K_M");
        assertThat(Quant.of("x-IQ3_XXS.gguf")).isEqualTo("IQ3_XXS");
        assertThat(Quant.of("gemma-3-1b-it-q4_0.gguf")).isEqualTo("Q4_0");
        assertThat(Quant.of("phi-2-F16.gguf")).isEqualTo("F16");
        assertThat(Quant.of("gpt-oss-20b-mxfp4.gguf")).isEqualTo("MXFP4");
        assertThat(Quant.of("Q1/model.gguf")).isEqualTo("Q1");
        assertThat(Quant.of("model.gguf")).isEmpty();
        assertThat(Quant.models(List.of("a-Q4_0.gguf", "b-Q4_0.gguf")).keySet()).containsExactly("a-Q4_0", "b-Q4_0");
    }

    @Test
    void patternsDecideWhenThereAreAny() {
        String[] files = {"config.json", "a/b.json", "x.bin", "model.safetensors"};
        assertThat(taken(new Selection(List.of("*.json"), List.of(), false), NAME, files))
                .containsExactly("config.json", "a/b.json");
        assertThat(taken(new Selection(List.of("a/"), List.of(), false), NAME, files))
                .containsExactly("a/b.json");
        assertThat(taken(new Selection(List.of("[!m]*.[jb]*"), List.of("?.bin"), false), NAME, files))
                .containsExactly("config.json", "a/b.json");
        assertThat(taken(new Selection(List.of(), List.of("*.safetensors"), false), NAME, files))
                .containsExactly("config.json");
        assertThat(taken(new Selection(List.of(), List.of(), true), NAME, files))
                .containsExactly(files);
        assertThatThrownBy(() -> taken(new Selection(List.of("*.gguf"), List.of(), false), NAME, files))
                .hasMessageContaining("patterns")
                .hasMessageContaining("x.bin");
        assertThatThrownBy(() -> new Selection(List.of("*"), List.of(), true)).isInstanceOf(JandaiaException.class);
    }
}
