package io.jandaia.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModelNameTest {

    @Test
    void readsWhatPeopleWrite() {
        assertThat(ModelName.parse("org/name")).isEqualTo(new ModelName("org/name", null, null));
        assertThat(ModelName.parse("gpt2")).isEqualTo(new ModelName("gpt2", null, null));
        assertThat(ModelName.parse("org/name:Q4_K_M")).isEqualTo(new ModelName("org/name", null, "Q4_K_M"));
        assertThat(ModelName.parse("o-rg/na.me_1@refs/pr/7:IQ2_XS"))
                .isEqualTo(new ModelName("o-rg/na.me_1", "refs/pr/7", "IQ2_XS"))
                .hasToString("o-rg/na.me_1@refs/pr/7:IQ2_XS");
        for (String prefix : List.of("https://huggingface.co/", "hf.co/", "huggingface.co/", "hf://")) {
            assertThat(ModelName.parse(prefix + "org/name")).hasToString("org/name");
        }
    }

    @Test
    void refusesWhatCouldLeaveItsFolder() {
        for (String text : List.of(
                "",
                "..",
                "../x",
                "/etc/passwd",
                "a/../b",
                "a/b/c",
                "a//b",
                "-a/b",
                "a/b-",
                ".a/b",
                "a--b/c",
                "a/b..c",
                "a/b.git",
                "a b/c",
                "a/b@",
                "a/b:",
                "a/b@../x",
                "a/b@x//y",
                "a/b@/x",
                "a/b@x\\y",
                "a/b\n",
                "ação/b",
                "a/b:..\\x",
                "C:\\x",
                "x".repeat(97))) {
            assertThat(ModelName.of(text)).as(text).isEmpty();
            assertThatThrownBy(() -> ModelName.parse(text)).isInstanceOf(JandaiaException.class);
        }
        assertThatThrownBy(() -> ModelName.parse("a/b").at("../main")).isInstanceOf(JandaiaException.class);
    }
}
