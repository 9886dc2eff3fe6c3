package io.jandaia.tensor.kernel.asm;

/** What kernels in machine code may need of the processor, or of the operating system where {@link #absence} is set. */
public enum CpuFeature {
    /** x86-64 on a system whose calling convention and calls the package knows. */
    REACHABLE("", "Machine code needs an x86-64 processor, on Linux or macOS."),
    AVX2("AVX2"),
    FMA("FMA"),
    F16C("F16C"),
    /** Registers of 256 bits. */
    AVX_STATE("", "The operating system does not keep the registers of AVX."),
    AVX512F("AVX-512 F"),
    AVX512DQ("AVX-512 DQ"),
    AVX512BW("AVX-512 BW"),
    AVX512VL("AVX-512 VL"),
    /** Registers of 512 bits, the upper 16 registers and masks. */
    AVX512_STATE("", "The operating system does not keep the registers of AVX-512."),
    AVX512_VNNI("AVX-512 VNNI"),
    AVX512_BF16("AVX-512 BF16"),
    /** VNNI on 256 bits in VEX encoding. */
    AVX_VNNI("AVX-VNNI"),
    AMX_TILE("AMX-TILE"),
    AMX_INT8("AMX-INT8"),
    AMX_BF16("AMX-BF16"),
    TILE_STATE("", "The operating system does not keep tiles."),
    /** Linux gives a process tiles when it asks. */
    TILE_PERMISSION(
            "", "The operating system refuses this process the permission for tiles (arch_prctl, XCOMP_PERM 18).");

    /** What the makers of processors call it; empty for what the operating system gives. */
    final String label;

    /** The sentence that says that the operating system withholds it; empty for what processors have. */
    final String absence;

    CpuFeature(String label) {
        this(label, "");
    }

    CpuFeature(String label, String absence) {
        this.label = label;
        this.absence = absence;
    }
}
