package io.jandaia.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tokenizers of Hub folders as GGUF vocabularies and back: the same tokens for the same text, or a sentence. */
class GgufVocabularyTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/tokenizers");
    private static final String TEXT =
            "Hello, world! It's 12345 o'clock; não é?\n\n  \u4F60\u597D \uD83D\uDE80 naïve   end\t.";

    @ParameterizedTest
    @CsvSource({
        "gpt2_bytelevel, gpt2, gpt-2",
        "llama3_split, gpt2, llama-bpe",
        "o200k_split, gpt2, gpt-4o",
        "qwen2_nfc_split, gpt2, qwen2",
        "deepseek_sequence, gpt2, deepseek-v3",
        "gemma_spm_bpe, llama, default",
        "starcoder_digits, gpt2, starcoder",
        "llama2_spm_bpe, llama, default",
    })
    void isTheSameThereAndBack(String name, String model, String pre, @TempDir Path folder) {
        Tokenizer hub = Tokenizer.load(GOLDEN.resolve(name));
        GgufVocabulary vocabulary = GgufVocabulary.of(GOLDEN.resolve(name), hub.size() + 3, null);
        assertThat(vocabulary.metadata())
                .containsEntry("tokenizer.ggml.model", model)
                .containsEntry("tokenizer.ggml.pre", pre);
        Map<String, Object> values = new HashMap<>(vocabulary.metadata());
        values.computeIfPresent("tokenizer.ggml.tokens", (k, v) -> ((List<?>) v).toArray(String[]::new));
        values.computeIfPresent("tokenizer.ggml.merges", (k, v) -> ((List<?>) v).toArray(String[]::new));
        assertThat(Tokenizer.ofGguf(values).encode(TEXT).ids())
                .isEqualTo(hub.encode(TEXT).ids());
        HubTokenizer.write(values, folder);
        Tokenizer back = Tokenizer.load(folder);
        int[] ids = hub.encode(TEXT).ids();
        assertThat(back.encode(TEXT).ids()).isEqualTo(ids);
        assertThat(back.decode(ids, true)).isEqualTo(hub.decode(ids, true));
    }

    @Test
    void unknownPatternsAreNamed() {
        assertThatThrownBy(() -> GgufVocabulary.of(GOLDEN.resolve("roberta_bytelevel_prefix"), 100_000, null))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("as a GGUF vocabulary");
    }

    @Test
    void moreTokensThanTheModelHasAreRefused() {
        assertThatThrownBy(() -> GgufVocabulary.of(GOLDEN.resolve("gpt2_bytelevel"), 10, null))
                .hasMessageContaining("the model knows 10 tokens");
    }
}
