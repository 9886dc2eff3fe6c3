package io.jandaia.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.kernel.asm.CpuFeature;
import io.jandaia.tensor.kernel.asm.CpuFeatures;
import io.jandaia.tensor.kernel.packed.InstructionSet;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
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
                .hasMessageContaining("auto, scalar, vector, avx2, avx-vnni, avx512 or amx");
    }

    private static String choice(Set<CpuFeature> absent) {
        EnumSet<CpuFeature> features = EnumSet.allOf(CpuFeature.class);
        features.removeAll(absent);
        KernelSets.Choice choice = KernelSets.choose(new CpuFeatures(features));
        return choice.kernels().name() + ": " + choice.reason();
    }

    @Test
    void saysWhyNoBetterOneWasChosen() {
        assertThat(choice(Set.of())).isEqualTo("amx: This processor has AVX-512 VNNI and tiles (AMX).");
        assertThat(choice(Set.of(CpuFeature.TILE_PERMISSION)))
                .isEqualTo("avx512: This processor has AVX-512 VNNI. Not amx: The operating system refuses this process"
                        + " the permission for tiles (arch_prctl, XCOMP_PERM 18).");
        assertThat(choice(Set.of(CpuFeature.AMX_INT8, CpuFeature.TILE_PERMISSION)))
                .isEqualTo("avx512: This processor has AVX-512 VNNI. Not amx: This processor lacks AMX-INT8.");
        assertThat(choice(Set.of(CpuFeature.AVX512_VNNI, CpuFeature.AVX512_STATE)))
                .isEqualTo(
                        "avx2: This processor has AVX2, FMA and F16C."
                                + " Not amx: This processor lacks AVX-512 VNNI. Not avx512: This processor lacks AVX-512 VNNI.");
        assertThat(choice(Set.of(CpuFeature.AVX512_STATE)))
                .startsWith("avx2: ")
                .endsWith(" Not avx512: The operating system does not keep the registers of AVX-512.");
        assertThat(choice(Set.of(CpuFeature.FMA, CpuFeature.F16C)))
                .startsWith("vector")
                .endsWith(" Not avx2: This processor lacks FMA, F16C.");
        assertThat(choice(EnumSet.allOf(CpuFeature.class)))
                .startsWith("vector")
                .endsWith(" Not avx2: Machine code needs an x86-64 processor, on Linux or macOS.");
    }

    @Test
    void machineCodeRunsWhereItIsForced() {
        for (InstructionSet set : InstructionSet.values()) {
            String obstacle = set.obstacle(CpuFeatures.here());
            if (obstacle == null) {
                assertThat(KernelSets.named(set.kernels).kernels().name()).isEqualTo(set.kernels);
            } else {
                assertThatThrownBy(() -> KernelSets.named(set.kernels)).hasMessageEndingWith(obstacle);
            }
        }
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
