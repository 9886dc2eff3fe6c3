package io.jandaia.tensor.kernel.packed;

import io.jandaia.tensor.kernel.asm.CpuFeature;
import io.jandaia.tensor.kernel.asm.CpuFeatures;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which instructions products are written with, the slowest first; all give the same bits. */
public enum InstructionSet {
    AVX2("avx2", "AVX2, FMA and F16C"),
    /** Products of bytes in one instruction, on 256 bits. */
    AVX_VNNI("avx-vnni", "AVX-VNNI"),
    AVX512("avx512", "AVX-512 VNNI"),
    /** Tiles for many tokens. */
    AMX("amx", "AVX-512 VNNI and tiles (AMX)");

    /** What users and messages call the kernels. */
    public final String kernels;

    /** Its instructions, for people. */
    public final String label;

    InstructionSet(String kernels, String label) {
        this.kernels = kernels;
        this.label = label;
    }

    private List<CpuFeature> needed() {
        return switch (this) {
            case AVX2 ->
                List.of(CpuFeature.REACHABLE, CpuFeature.AVX2, CpuFeature.FMA, CpuFeature.F16C, CpuFeature.AVX_STATE);
            case AVX_VNNI -> more(AVX2, CpuFeature.AVX_VNNI);
            case AVX512 ->
                more(
                        AVX2,
                        CpuFeature.AVX512F,
                        CpuFeature.AVX512DQ,
                        CpuFeature.AVX512BW,
                        CpuFeature.AVX512VL,
                        CpuFeature.AVX512_STATE,
                        CpuFeature.AVX512_VNNI);
            case AMX ->
                more(
                        AVX512,
                        CpuFeature.AMX_TILE,
                        CpuFeature.AMX_INT8,
                        CpuFeature.TILE_STATE,
                        CpuFeature.TILE_PERMISSION);
        };
    }

    private static List<CpuFeature> more(InstructionSet base, CpuFeature... features) {
        List<CpuFeature> all = new ArrayList<>(base.needed());
        all.addAll(List.of(features));
        return all;
    }

    /** One sentence that says why a processor cannot run it; null when it can. */
    public @Nullable String obstacle(CpuFeatures cpu) {
        return cpu.obstacle(needed());
    }

    /** Whether vectors have 256 bits. */
    public boolean narrow() {
        return this == AVX2 || this == AVX_VNNI;
    }
}
