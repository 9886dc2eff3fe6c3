package io.jandaia.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SpeedsTest {

    @Test
    void readsTheTableOfBatchedBench() {
        Speeds s = Speeds.ofBatchedBench("""
                main: n_kv_max = 512, flash_attn = 0
                |    PP |     TG |    B |   N_KV |   T_PP s | S_PP t/s |   T_TG s | S_TG t/s |      T s |    S t/s |
                |-------|--------|------|--------|----------|----------|----------|----------|----------|----------|
                |     1 |      8 |    4 |     36 |    0.100 |    40.00 |    0.500 |    64.00 |    0.600 |    60.00 |
                |   128 |      8 |    1 |    136 |    1.000 |   128.00 |    0.400 |    20.00 |    1.400 |    97.14 |
                """);
        assertThat(s.tokens())
                .isEqualTo(Map.of(Row.decode(0, 4), 64.0, Row.prefill(128), 128.0, Row.decode(128, 1), 20.0));
        assertThatThrownBy(() -> Speeds.ofBatchedBench("no model")).hasMessageContaining("no model");
    }

    @Test
    void readsOurOwn() {
        Speeds s = Speeds.ofJandaia("""
                {"results":[{"kind":"prefill","tokens":64,"depth":0,"batch":1,"median":9.5,"limit":19},
                {"kind":"decode","tokens":8,"depth":16,"batch":1,"median":2,"limit":8}]}""");
        assertThat(s.tokens()).isEqualTo(Map.of(Row.prefill(64), 9.5, Row.decode(16, 1), 2.0));
        assertThat(s.limits()).isEqualTo(Map.of(Row.prefill(64), 19.0, Row.decode(16, 1), 8.0));
    }

    @Test
    void theTableComparesTheFastestSettings() {
        Program ours = new Program(Program.JANDAIA, Path.of("j"), List.of());
        Program slow = new Program("peer", Path.of("p"), List.of());
        Program fast = new Program("peer", Path.of("p"), List.of("-x"));
        Row row = Row.prefill(64);
        Findings f = new Findings();
        f.add(ours, new Speeds(Map.of(row, 10.0), Map.of(row, 20.0)), 3_000_000);
        f.add(ours, new Speeds(Map.of(row, 12.0), Map.of(row, 24.0)), 2_000_000);
        f.add(slow, new Speeds(Map.of(row, 4.0), Map.of()), 1_000_000);
        f.add(fast, new Speeds(Map.of(row, 5.5), Map.of()), 4_000_000);
        assertThat(f.winners("peer")).containsExactly(fast);
        Program.Sizes sizes = new Program.Sizes(List.of(64), List.of(0), List.of(1), 8);
        assertThat(f.table(List.of(Program.JANDAIA, "peer"), sizes))
                .contains(
                        "| prefill 64 | 11.0 (12.0) | 50 % | 5.5 (5.5) | 25 % | 2.00 |",
                        "| peak memory, MB | 3 | | 1 | | |");
        assertThat(f.settings(List.of("peer"), sizes)).containsExactly("`peer -x`: prefill 64");
    }

    @Test
    void everySizeIsMeasuredOnce() {
        Program peer = new Program("llama.cpp", Path.of("p"), List.of("-fa"));
        Program.Sizes sizes = new Program.Sizes(List.of(128, 2048), List.of(0, 1024), List.of(1, 4), 8);
        assertThat(String.join(" ", peer.command(Program.Part.BATCHES, sizes, "m", 2)))
                .endsWith("-m m -t 2 -c 256 -npp 1 -ntg 8 -npl 1,4 -fa");
        assertThat(String.join(" ", peer.command(Program.Part.PROMPTS, sizes, "m", 2)))
                .endsWith("-npp 128 -ntg 8 -npl 1 -fa");
        assertThat(String.join(" ", peer.command(Program.Part.LONG, sizes, "m", 2)))
                .endsWith("-c 2056 -npp 1024,2048 -ntg 8 -npl 1 -fa");
    }
}
