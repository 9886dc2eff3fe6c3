package io.jandaia.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ComputeTeam;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class KernelSetsTest {

    @Test
    void chooses() {
        KernelSets.Choice choice = KernelSets.choose();
        System.out.println(choice.kernels().name() + ": " + choice.reason());
        assertThat(choice.reason()).endsWith(".");
        assertThat(KernelSets.named("auto").kernels().name())
                .isEqualTo(choice.kernels().name());
    }

    @Test
    void obeysNames() {
        assertThat(KernelSets.named("scalar").kernels().name()).isEqualTo("scalar");
        assertThatThrownBy(() -> KernelSets.named("fpga"))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("auto, scalar, vector, avx512 or amx");
    }

    /** What a JVM without the vector module gets. */
    public static void main(String[] args) {
        KernelSets.Choice choice = KernelSets.choose();
        System.out.println(choice.kernels().name() + ": " + choice.reason());
        try {
            KernelSets.named("vector");
        } catch (JandaiaException e) {
            System.out.println(e.kind() + ": " + e.getMessage());
        }
    }

    @Test
    void worksWithoutTheVectorModule() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path").replace(";", File.pathSeparator),
                        KernelSetsTest.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output)
                .contains("scalar: Scalar kernels are slow")
                .contains("--add-modules=jdk.incubator.vector")
                .contains("UNSUPPORTED: The kernels vector were asked for by name.");
    }

    @Test
    void describesTheProcessor() {
        Cpu cpu = Cpu.here();
        System.out.println(cpu.model() + ", " + cpu.cores() + " cores, " + cpu.notable());
        assertThat(cpu.cores()).isPositive();
        assertThat(cpu.model()).isNotBlank();
        Cpu parsed = Cpu.parse("processor\t: 0\nmodel name\t: A B\nflags\t\t: fpu avx2  fma\n\nprocessor\t: 1\n", 2);
        assertThat(parsed.model()).isEqualTo("A B");
        assertThat(parsed.flags()).containsExactlyInAnyOrder("fpu", "avx2", "fma");
        assertThat(parsed.notable()).containsExactly("avx2", "fma");
        assertThat(Cpu.parse("", 1).model()).isEqualTo("unknown");
        assertThat(Cpu.parse("Features : asimd bf16", 1).notable()).containsExactly("asimd", "bf16");
    }

    @Test
    void measuresMemory() {
        try (ComputeTeam team = ComputeTeam.of(2)) {
            double bandwidth = MemoryBandwidth.measure(team, 64 << 20, 6);
            System.out.println("Memory bandwidth " + bandwidth / 1e9 + " GB/s");
            assertThat(bandwidth).isBetween(1e8, 1e13);
        }
    }
}
