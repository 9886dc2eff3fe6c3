package io.jandaia.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.jandaia.model.nn.Decoder;
import io.jandaia.model.nn.Linear;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.InstructionPeak;
import io.jandaia.tensor.kernel.PackedMatrix;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ResultTest {

    @Test
    void aSpeedAtALimitIsAllOfIt() {
        try (Model model = Model.open(Path.of("../models/starter"), LoadOptions.DEFAULT)) {
            Decoder d = model.decoder();
            double bytes = d.bytesPerToken();
            double operations = 2.0 * (d.perToken(Linear::numbers) + d.output().numbers());
            Limits slowMemory = limits(bytes, 1e3 * operations); // so memory allows one token a second
            Result one = Result.of(Workload.decode(4, 0, 1), List.of(0.5, 1.0, 0.25), d, slowMemory);
            assertThat(one.best()).isEqualTo(1);
            assertThat(one.median()).isEqualTo(0.5);
            assertThat(one.limit()).isEqualTo(1);
            assertThat(one.share()).isEqualTo(0.5);
            assertThat(one.byMemory()).isTrue();
            assertThat(one.bytes()).isEqualTo(bytes / 2);
            assertThat(Result.of(Workload.decode(4, 0, 16), List.of(1.0), d, slowMemory)
                            .limit())
                    .isEqualTo(16);
            Result prompt = Result.of(Workload.prefill(100), List.of(1.0, 2.0), d, limits(1e6 * bytes, operations));
            assertThat(prompt.byMemory()).isFalse();
            assertThat(prompt.median()).isEqualTo(1.5);
            assertThat(prompt.limit()).isGreaterThan(1); // only the last token has logits
        }
    }

    /** The same for all kinds of products, so that the numerics of the model's weights do not matter. */
    private static Limits limits(double bytes, double operations) {
        return new Limits(
                bytes,
                Arrays.stream(InstructionPeak.values())
                        .collect(Collectors.toMap(Function.identity(), p -> operations)));
    }

    @Test
    void quantisedWeightsAreHeldAgainstTheIntegerPeak() {
        Limits limits = new Limits(
                1, Map.of(InstructionPeak.FLOATS, 8.0, InstructionPeak.PAIRS, 16.0, InstructionPeak.BYTES, 32.0));
        assertThat(limits.of(weight(ElementType.Q4_K, Numerics.FAST))).isEqualTo(InstructionPeak.BYTES);
        assertThat(limits.of(weight(ElementType.Q4_K, Numerics.EXACT))).isEqualTo(InstructionPeak.FLOATS);
        assertThat(limits.of(weight(ElementType.BF16, Numerics.FAST))).isEqualTo(InstructionPeak.PAIRS);
        assertThat(limits.of(weight(ElementType.F16, Numerics.EXACT))).isEqualTo(InstructionPeak.FLOATS);
        assertThat(limits.seconds(weight(ElementType.Q4_K, Numerics.FAST))).isEqualTo(2.0 * 3 * 256 / 32);
        Limits old = new Limits(1, Map.of(InstructionPeak.FLOATS, 8.0));
        assertThat(old.of(weight(ElementType.Q4_K, Numerics.FAST))).isEqualTo(InstructionPeak.FLOATS);
    }

    /** Three rows that hold nothing. */
    private static PackedMatrix weight(ElementType type, Numerics numerics) {
        return new PackedMatrix() {
            @Override
            public int rows() {
                return 3;
            }

            @Override
            public int cols() {
                return 256;
            }

            @Override
            public ElementType type() {
                return type;
            }

            @Override
            public Numerics numerics() {
                return numerics;
            }

            @Override
            public long bytes() {
                return 0;
            }

            @Override
            public void decodeRow(int row, MemorySegment dst, long dstOffset) {
                throw new UnsupportedOperationException();
            }
        };
    }

    @Test
    void peakMemoryIsReadInKilobytes() {
        assertThat(PeakMemory.parse("Name:\tjava\nVmPeak:\t  900 kB\nVmHWM:\t  123 kB\n"))
                .hasValue(123 * 1024);
        assertThat(PeakMemory.parse("Name:\tjava\n")).isEmpty();
    }
}
