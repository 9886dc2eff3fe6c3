package io.jandaia.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.jandaia.model.nn.Decoder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResultTest {

    @Test
    void aSpeedAtALimitIsAllOfIt() {
        try (Model model = Model.open(Path.of("../models/starter"), LoadOptions.DEFAULT)) {
            Decoder d = model.decoder();
            double bytes = d.bytesPerToken();
            double operations = 2.0 * (d.productsPerToken() + d.productsOfLogits());
            double much = 1e3 * operations; // so memory allows one token a second
            Result one = Result.of(Workload.decode(4, 0, 1), List.of(0.5, 1.0, 0.25), d, bytes, much);
            assertThat(one.best()).isEqualTo(1);
            assertThat(one.median()).isEqualTo(0.5);
            assertThat(one.limit()).isEqualTo(1);
            assertThat(one.share()).isEqualTo(0.5);
            assertThat(one.byMemory()).isTrue();
            assertThat(one.bytes()).isEqualTo(bytes / 2);
            assertThat(Result.of(Workload.decode(4, 0, 16), List.of(1.0), d, bytes, much)
                            .limit())
                    .isEqualTo(16);
            Result prompt = Result.of(Workload.prefill(100), List.of(1.0, 2.0), d, 1e6 * bytes, operations);
            assertThat(prompt.byMemory()).isFalse();
            assertThat(prompt.median()).isEqualTo(1.5);
            assertThat(prompt.limit()).isGreaterThan(1); // only the last token has logits
        }
    }

    @Test
    void peakMemoryIsReadInKilobytes() {
        assertThat(PeakMemory.parse("Name:\tjava\nVmPeak:\t  900 kB\nVmHWM:\t  123 kB\n"))
                .hasValue(123 * 1024);
        assertThat(PeakMemory.parse("Name:\tjava\n")).isEmpty();
    }
}
