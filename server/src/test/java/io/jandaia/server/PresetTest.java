package io.jandaia.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.model.GenerateOptions;
import io.jandaia.model.chat.Message;
import io.jandaia.model.sampling.Setting;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What a preset puts before and under what requests say. */
class PresetTest {

    private static Preset preset(String json) {
        return Preset.read(Fields.of((ObjectNode) JsonMapper.shared().readTree(json)));
    }

    private static String order(Preset preset, Message... request) {
        return preset.messages(List.of(request)).stream()
                .map(m -> m.role().charAt(0) + ":" + m.content())
                .collect(Collectors.joining(" "));
    }

    @Test
    void itsMessagesComeAfterTheSystemsAndBeforeTheOthers() {
        Preset both = preset("{\"system\": \"S\", \"messages\": [{\"role\": \"user\", \"content\": \"Q\"},"
                + "{\"role\": \"assistant\", \"content\": \"A\"}]}");
        assertThat(order(both, Message.user("x"))).isEqualTo("s:S u:Q a:A u:x");
        assertThat(order(both, Message.system("own"), Message.user("x"))).isEqualTo("s:own u:Q a:A u:x");
        assertThat(order(both, Message.system("1"), Message.system("2"), Message.user("x")))
                .isEqualTo("s:1 s:2 u:Q a:A u:x");
        // a message of the system in the middle is one that the request brings, and stays where it is
        assertThat(order(both, Message.user("x"), Message.system("own"), Message.user("y")))
                .isEqualTo("u:Q a:A u:x s:own u:y");
        assertThat(order(preset("{\"system\": \"S\"}"), Message.user("x"))).isEqualTo("s:S u:x");
        assertThat(order(Preset.NONE, Message.user("x"))).isEqualTo("u:x");
    }

    @Test
    void itsSettingsAreUnderThoseOfARequest() {
        Preset preset =
                preset("{\"parameters\": {\"temperature\": 0.5, \"top_k\": -1, \"num_predict\": 9, \"seed\": null}}");
        GenerateOptions o = preset.options(GenerateOptions.DEFAULT.temperature(1));
        assertThat(o.settings().get(Setting.TEMPERATURE)).isEqualTo(1);
        assertThat(o.settings().get(Setting.TOP_K)).isZero();
        assertThat(o.settings().get(Setting.MAX_TOKENS)).isEqualTo(9);
        assertThat(o.settings().has(Setting.SEED)).isFalse();
        assertThat(preset.without("num_predict")
                        .options(GenerateOptions.DEFAULT)
                        .settings()
                        .has(Setting.MAX_TOKENS))
                .isFalse();
        assertThat(preset.longest(16)).isEqualTo(9);
        assertThat(Preset.NONE.longest(16)).isEqualTo(16);
        GenerateOptions adapted = preset.options(GenerateOptions.DEFAULT.adapter("a"));
        assertThat(adapted.adapter()).isEqualTo("a");
    }
}
