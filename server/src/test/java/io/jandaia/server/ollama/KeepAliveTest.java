package io.jandaia.server.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.server.ApiException;
import io.jandaia.server.Fields;
import io.jandaia.server.ModelLimits;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Times as Ollama's clients write them. */
class KeepAliveTest {

    private static Optional<Duration> read(String json) {
        return KeepAlive.read(Fields.of((ObjectNode) JsonMapper.shared().readTree(json)));
    }

    @Test
    void numbersAreSecondsAndTextsHaveUnits() {
        Map<String, Duration> all = Map.of(
                "0", Duration.ZERO,
                "90", Duration.ofSeconds(90),
                "1.5", Duration.ofMillis(1500),
                "-1", ModelLimits.FOREVER,
                "\"10m\"", Duration.ofMinutes(10),
                "\"1h30m\"", Duration.ofMinutes(90),
                "\"0s\"", Duration.ZERO,
                "\"300\"", Duration.ofSeconds(300),
                "\"-1m\"", ModelLimits.FOREVER);
        all.forEach((text, time) ->
                assertThat(read("{\"keep_alive\":" + text + "}")).as(text).contains(time));
        assertThat(read("{}")).isEmpty();
        assertThat(read("{\"keep_alive\":1e300}").orElseThrow()).isGreaterThan(Duration.ofDays(1000));
    }

    @Test
    void othersAreRefused() {
        for (String text : new String[] {"\"\"", "\"-\"", "\"5 minutes\"", "\"10mx\"", "\"m10\"", "true", "[]"}) {
            assertThatThrownBy(() -> read("{\"keep_alive\":" + text + "}"))
                    .as(text)
                    .isInstanceOf(ApiException.class)
                    .hasMessageContaining("keep_alive");
        }
    }
}
