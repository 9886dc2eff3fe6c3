package io.jandaia.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ProgramTest {

    private static final Program PEER = new Program("llama.cpp", Path.of("p"), List.of("-fa"));
    private static final Program OURS = new Program(Program.JANDAIA, Path.of("j"), List.of());
    private static final Sizes SIZES = new Sizes(List.of(2048, 128), List.of(0, 1024, 4096), List.of(4, 1), 8);

    private static String command(Program program, Part part) {
        return String.join(" ", program.command(part, SIZES, "m", 2));
    }

    @Test
    void everySizeIsMeasuredOnce() {
        assertThat(command(PEER, Part.BATCHES)).endsWith("-m m -t 2 -c 256 -npp 1 -ntg 8 -npl 1,4 -fa");
        assertThat(command(PEER, Part.PROMPTS)).endsWith("-npp 128 -ntg 1 -npl 1 -fa");
        assertThat(command(PEER, Part.LONG)).endsWith("-c 2056 -npp 1024,2048 -ntg 8 -npl 1 -fa");
        assertThat(command(PEER, Part.DEEP)).endsWith("-c 4104 -npp 4096 -ntg 8 -npl 1 -fa");
        assertThat(command(OURS, Part.BATCHES)).contains("-p 0 -b 1,4 -n 8 -d 0");
        assertThat(command(OURS, Part.PROMPTS)).contains("-p 128 -b 1 -n 0 -d 0");
        assertThat(command(OURS, Part.LONG)).contains("-p 2048 -b 1 -n 8 -d 1024");
        assertThat(command(OURS, Part.DEEP)).contains("-p 0 -b 1 -n 8 -d 4096");
    }

    @Test
    void everyRowBelongsToOnePart() {
        Stream.of(
                        Row.prefill(1),
                        Row.prefill(600),
                        Row.prefill(601),
                        Row.prefill(2049),
                        Row.decode(0, 1),
                        Row.decode(0, 16),
                        Row.decode(128, 1),
                        Row.decode(1024, 1),
                        Row.decode(4096, 1),
                        Row.guesses(70))
                .forEach(row -> assertThat(Arrays.stream(Part.values()).filter(p -> p.measures(row)))
                        .as(row.text())
                        .hasSize(1));
    }

    @Test
    void whatOnlyJandaiaHasIsNotAskedOfPeers() {
        assertThat(command(PEER, Part.SPECULATION)).isEmpty();
        assertThat(command(OURS, Part.SPECULATION)).contains("SpeculationBench m");
        assertThat(command(PEER, Part.START)).as("there is no llama-cli in p").isEmpty();
    }
}
