package io.jandaia.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class SpeedsTest {

    @Test
    void readsTheTableOfBatchedBench() throws ChildException {
        Speeds s = Speeds.ofBatchedBench("""
                main: n_kv_max = 512, flash_attn = 0
                |    PP |     TG |    B |   N_KV |   T_PP s | S_PP t/s |   T_TG s | S_TG t/s |      T s |    S t/s |
                |-------|--------|------|--------|----------|----------|----------|----------|----------|----------|
                |     1 |      8 |    4 |     36 |    0.100 |    40.00 |    0.500 |    64.00 |    0.600 |    60.00 |
                |   128 |      8 |    1 |    136 |    1.000 |   128.00 |    0.400 |    20.00 |    1.400 |    97.14 |
                |   512 |      1 |    1 |    513 |    4.000 |   128.00 |    0.050 |    20.00 |    4.050 |    97.14 |
                """);
        assertThat(s.tokens())
                .isEqualTo(Map.of(
                        Row.decode(0, 4), 64.0,
                        Row.prefill(128), 128.0,
                        Row.decode(128, 1), 20.0,
                        Row.prefill(512), 128.0));
        assertThatThrownBy(() -> Speeds.ofBatchedBench("no model")).hasMessageContaining("no model");
    }

    @Test
    void readsOurOwn() {
        Speeds s = Speeds.ofJandaia("""
                {"limits":{"bytes_per_s":3e10,"operations_per_s":{"floats":2e11,"bytes":9e11}},
                "results":[{"kind":"prefill","tokens":64,"depth":0,"batch":1,"median":9.5,"limit":19},
                {"kind":"decode","tokens":8,"depth":16,"batch":1,"median":2,"limit":8}]}""");
        assertThat(s.tokens()).isEqualTo(Map.of(Row.prefill(64), 9.5, Row.decode(16, 1), 2.0));
        assertThat(s.limits()).isEqualTo(Map.of(Row.prefill(64), 19.0, Row.decode(16, 1), 8.0));
        assertThat(s.machine()).isEqualTo(Map.of("memory", 3e10, "floats", 2e11, "bytes", 9e11));
    }

    @Test
    void readsTheTableOfSpeculation() throws ChildException {
        Speeds s = Speeds.ofSpeculation("""
                | draft | tokens/s | of plain | accepted of guessed, last round |
                |---|---|---|---|
                | none | 20.00 | 1.000 | 0.00 |
                | right at 0.7 | 40.00 | 2.000 | 0.68 |
                | right at 0.0 | 19.50 | 0.975 | 0.00 |
                """);
        assertThat(s.tokens())
                .isEqualTo(Map.of(Row.guesses(Row.NONE), 20.0, Row.guesses(70), 40.0, Row.guesses(0), 19.5));
    }
}
