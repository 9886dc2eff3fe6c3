package io.jandaia.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressBarTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    private final AtomicLong nanos = new AtomicLong();

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }

    @Test
    void onATerminalOneLineIsDrawnAgain() {
        try (ProgressBar bar = new ProgressBar(err, "Adding", ProgressBar.Unit.BYTES, true, nanos::get)) {
            bar.at(1, 4_000_000_000L);
            assertThat(text()).isEmpty();
            nanos.set(2_000_000_000);
            bar.at(1_000_000_000, 4_000_000_000L);
            bar.at(1_000_000_001, 4_000_000_000L); // too soon
            assertThat(text())
                    .isEqualTo(
                            "\rAdding [#######-----------------------]  25 %  1.0 GB of 4.0 GB  500.0 MB/s  6 s left");
            nanos.set(80_000_000_000L);
            bar.at(4_000_000_000L, 4_000_000_000L);
        }
        assertThat(text())
                .contains("100 %  4.0 GB of 4.0 GB  50.0 MB/s  1:20 min")
                .endsWith("\n");
    }

    @Test
    void elsewhereLinesComeSeldom() {
        try (ProgressBar bar = new ProgressBar(err, "Reading", ProgressBar.Unit.ITEMS, false, nanos::get)) {
            nanos.set(5_000_000_000L);
            bar.at(1, 100);
            nanos.set(10_000_000_000L);
            bar.at(10, 100);
            bar.at(100, 100);
        }
        assertThat(text())
                .isEqualTo("Reading  10 %  10 of 100  1/s  1:30 min left\nReading 100 %  100 of 100  10/s  10 s\n");
    }
}
