package io.jandaia.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubSettingsTest {

    private static Path cache(Map<String, String> env) {
        return HubSettings.cache(env);
    }

    @Test
    void theCacheIsWhereThePythonClientHasIt() {
        String user = System.getProperty("user.home");
        assertThat(cache(Map.of())).isEqualTo(Path.of(user, ".cache/huggingface/hub"));
        assertThat(cache(Map.of("XDG_CACHE_HOME", "/x"))).isEqualTo(Path.of("/x/huggingface/hub"));
        assertThat(cache(Map.of("HF_HOME", "/h", "XDG_CACHE_HOME", "/x"))).isEqualTo(Path.of("/h/hub"));
        assertThat(cache(Map.of("HF_HUB_CACHE", "/c", "HF_HOME", "/h"))).isEqualTo(Path.of("/c"));
        assertThat(cache(Map.of("HF_HUB_CACHE", "~/c"))).isEqualTo(Path.of(user, "c"));
        assertThat(cache(Map.of("HF_HOME", "$BIG/${SUB}/$NO", "BIG", "/b", "SUB", "s")))
                .isEqualTo(Path.of("/b/s/$NO/hub"));
    }

    @Test
    void theTokenComesFromTheVariableOrItsFile(@TempDir Path home) throws IOException {
        Map<String, String> env = Map.of("HF_HOME", home.toString());
        assertThat(HubSettings.of(env).token()).isNull();
        Files.writeString(home.resolve("token"), "hf_file\n");
        assertThat(HubSettings.of(env).token()).isEqualTo("hf_file");
        Path other = Files.writeString(home.resolve("other"), "hf_other");
        assertThat(HubSettings.of(Map.of("HF_HOME", home.toString(), "HF_TOKEN_PATH", other.toString()))
                        .token())
                .isEqualTo("hf_other");
        assertThat(HubSettings.of(Map.of("HF_HOME", home.toString(), "HF_TOKEN", "hf_env"))
                        .token())
                .isEqualTo("hf_env");
        assertThat(HubSettings.of(Map.of("HF_HOME", home.toString(), "HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"))
                        .token())
                .isNull();
        assertThatThrownBy(() -> HubSettings.of(Map.of("HF_TOKEN", "a\r\nHost: x")))
                .hasMessageContaining("HF_TOKEN");
    }

    @Test
    void theRestIsChecked() {
        HubSettings s = HubSettings.of(Map.of(
                "HF_ENDPOINT", "http://127.0.0.1:8080//",
                "HF_HUB_OFFLINE", "yes",
                "HF_HUB_DISABLE_SYMLINKS", "1",
                "HF_HUB_DOWNLOAD_TIMEOUT", "33",
                "HF_HOME", "/nowhere"));
        assertThat(s.endpoint()).isEqualTo(URI.create("http://127.0.0.1:8080"));
        assertThat(s.offline()).isTrue();
        assertThat(s.symlinks()).isFalse();
        assertThat(s.pace().stall()).isEqualTo(Duration.ofSeconds(33));
        assertThat(s.pace().answer()).isEqualTo(Duration.ofSeconds(10));
        for (String endpoint : List.of(
                "huggingface.co", "ftp://x", "file:///x", "https://a:b@x", "https://x?y", "https://[", "https:")) {
            assertThatThrownBy(() -> HubSettings.of(Map.of("HF_ENDPOINT", endpoint)))
                    .as(endpoint)
                    .isInstanceOf(JandaiaException.class)
                    .hasMessageContaining("HF_ENDPOINT");
        }
        assertThatThrownBy(() -> HubSettings.of(Map.of("HF_HUB_ETAG_TIMEOUT", "soon")))
                .hasMessageContaining("HF_HUB_ETAG_TIMEOUT");
    }

    @Test
    void proxiesAreThoseOfTheEnvironment() {
        var selector = EnvironmentProxies.of(
                Map.of("https_proxy", "http://proxy.example:3128", "NO_PROXY", "localhost, .internal,10.0.0.1"));
        assertThat(selector.select(URI.create("https://huggingface.co")).toString())
                .contains("proxy.example", "3128");
        assertThat(selector.select(URI.create("http://huggingface.co")).toString())
                .doesNotContain("proxy");
        assertThat(selector.select(URI.create("https://hub.internal")).toString())
                .doesNotContain("proxy");
        assertThat(selector.select(URI.create("https://10.0.0.1:99")).toString())
                .doesNotContain("proxy");
        assertThatThrownBy(() -> EnvironmentProxies.of(Map.of("ALL_PROXY", "socks5://u:secret@x")))
                .hasMessageContaining("ALL_PROXY")
                .message()
                .doesNotContain("secret");
    }
}
