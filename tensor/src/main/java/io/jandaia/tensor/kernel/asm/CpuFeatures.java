package io.jandaia.tensor.kernel.asm;

import static io.jandaia.tensor.kernel.asm.CpuFeature.AMX_BF16;
import static io.jandaia.tensor.kernel.asm.CpuFeature.AMX_INT8;
import static io.jandaia.tensor.kernel.asm.CpuFeature.AMX_TILE;
import static io.jandaia.tensor.kernel.asm.CpuFeature.AVX2;
import static io.jandaia.tensor.kernel.asm.CpuFeature.AVX512BW;
import static io.jandaia.tensor.kernel.asm.CpuFeature.AVX512DQ;
import static io.jandaia.tensor.kernel.asm.CpuFeature.AVX512F;
import static io.jandaia.tensor.kernel.asm.CpuFeature.AVX512VL;
import static io.jandaia.tensor.kernel.asm.CpuFeature.AVX512_BF16;
import static io.jandaia.tensor.kernel.asm.CpuFeature.AVX512_STATE;
import static io.jandaia.tensor.kernel.asm.CpuFeature.AVX512_VNNI;
import static io.jandaia.tensor.kernel.asm.CpuFeature.AVX_STATE;
import static io.jandaia.tensor.kernel.asm.CpuFeature.AVX_VNNI;
import static io.jandaia.tensor.kernel.asm.CpuFeature.F16C;
import static io.jandaia.tensor.kernel.asm.CpuFeature.FMA;
import static io.jandaia.tensor.kernel.asm.CpuFeature.REACHABLE;
import static io.jandaia.tensor.kernel.asm.CpuFeature.TILE_PERMISSION;
import static io.jandaia.tensor.kernel.asm.CpuFeature.TILE_STATE;
import static io.jandaia.tensor.kernel.asm.Gp.R8;
import static io.jandaia.tensor.kernel.asm.Gp.RAX;
import static io.jandaia.tensor.kernel.asm.Gp.RBX;
import static io.jandaia.tensor.kernel.asm.Gp.RCX;
import static io.jandaia.tensor.kernel.asm.Gp.RDI;
import static io.jandaia.tensor.kernel.asm.Gp.RDX;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What this processor can run and the operating system keeps for each thread, asked of the processor itself (CPUID and
 * XGETBV, Intel's manual, volume 1, chapters 13 and 14).
 *
 * @param features all of them
 */
public record CpuFeatures(Set<CpuFeature> features) {

    private static final CpuFeatures NONE = new CpuFeatures(Set.of());
    private static final CpuFeatures HERE = detect();

    /** Linux: ask for the tiles' state, once per process. */
    private static final long SYS_ARCH_PRCTL = 158;

    private static final long ARCH_REQ_XCOMP_PERM = 0x1023;
    private static final long XFEATURE_XTILEDATA = 18;

    public CpuFeatures {
        features = Set.copyOf(features);
    }

    public static CpuFeatures here() {
        return HERE;
    }

    /** AVX2, FMA and F16C. */
    public boolean avx2() {
        return has(REACHABLE, AVX_STATE, AVX2, FMA, F16C);
    }

    /** AVX-512 F, BW, DQ and VL. */
    public boolean avx512() {
        return avx2() && has(AVX512_STATE, AVX512F, AVX512BW, AVX512DQ, AVX512VL);
    }

    public boolean vnni() {
        return avx512() && has(AVX512_VNNI);
    }

    public boolean bf16() {
        return avx512() && has(AVX512_BF16);
    }

    /** Tiles with products of bytes, and permission to use them. */
    public boolean amx() {
        return avx512() && has(AMX_TILE, AMX_INT8, TILE_STATE, TILE_PERMISSION);
    }

    /** Tiles with products of BF16, and AVX-512 BF16. */
    public boolean amxBf16() {
        return amx() && bf16() && has(AMX_BF16);
    }

    private boolean has(CpuFeature... needed) {
        return features.containsAll(Set.of(needed));
    }

    /** One sentence that says what of {@code needed} is not there; null when all is. */
    public @Nullable String obstacle(List<CpuFeature> needed) {
        List<CpuFeature> missing =
                needed.stream().filter(f -> !features.contains(f)).toList();
        if (missing.isEmpty()) {
            return null;
        }
        if (missing.contains(REACHABLE)) {
            return REACHABLE.absence;
        }
        List<String> names =
                missing.stream().map(f -> f.label).filter(n -> !n.isEmpty()).toList();
        return names.isEmpty() ? missing.getFirst().absence : "This processor lacks " + String.join(", ", names) + ".";
    }

    /** Whether this JVM runs on x86-64 on a system whose calling convention and calls the package knows. */
    static boolean reachable() {
        String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        String os = System.getProperty("os.name", "");
        return (arch.equals("amd64") || arch.equals("x86_64")) && (os.startsWith("Linux") || os.startsWith("Mac"));
    }

    private static CpuFeatures detect() {
        if (!reachable()) {
            return NONE;
        }
        try (Arena arena = Arena.ofConfined()) {
            MachineCode cpuid = cpuidCode();
            MemorySegment out = arena.allocate(32, 8);
            int[] leaf0 = query(cpuid, 0, 0, out);
            if (leaf0[0] < 7) {
                return NONE;
            }
            int[] leaf1 = query(cpuid, 1, 0, out);
            int[] leaf7 = query(cpuid, 7, 0, out);
            int[] leaf71 = leaf7[0] >= 1 ? query(cpuid, 7, 1, out) : new int[4];
            boolean osSaves = bit(leaf1[2], 27);
            long saved = 0;
            if (osSaves) {
                xgetbvCode().call(out.address(), 0, 0, 0, 0, 0);
                saved = out.get(ValueLayout.JAVA_LONG, 0) & 0xffffffffL;
            }
            EnumSet<CpuFeature> found = EnumSet.of(REACHABLE);
            add(found, AVX2, bit(leaf7[1], 5));
            add(found, FMA, bit(leaf1[2], 12));
            add(found, F16C, bit(leaf1[2], 29));
            add(found, AVX_STATE, (saved & 0x6) == 0x6);
            add(found, AVX512F, bit(leaf7[1], 16));
            add(found, AVX512DQ, bit(leaf7[1], 17));
            add(found, AVX512BW, bit(leaf7[1], 30));
            add(found, AVX512VL, bit(leaf7[1], 31));
            add(found, AVX512_STATE, (saved & 0xe6) == 0xe6);
            add(found, AVX512_VNNI, bit(leaf7[2], 11));
            add(found, AVX512_BF16, bit(leaf71[0], 5));
            add(found, AVX_VNNI, bit(leaf71[0], 4));
            add(found, AMX_TILE, bit(leaf7[3], 24));
            add(found, AMX_INT8, bit(leaf7[3], 25));
            add(found, AMX_BF16, bit(leaf7[3], 22));
            add(found, TILE_STATE, (saved & 0x60000) == 0x60000);
            add(found, TILE_PERMISSION, found.containsAll(Set.of(AMX_TILE, TILE_STATE)) && tilesAllowed());
            return new CpuFeatures(found);
        }
    }

    private static void add(Set<CpuFeature> features, CpuFeature feature, boolean there) {
        if (there) {
            features.add(feature);
        }
    }

    private static boolean bit(int word, int bit) {
        return (word >>> bit & 1) != 0;
    }

    private static int[] query(MachineCode cpuid, int leaf, int subleaf, MemorySegment out) {
        cpuid.call(out.address(), leaf, subleaf, 0, 0, 0);
        int[] registers = new int[4];
        for (int i = 0; i < 4; i++) {
            registers[i] = (int) out.get(ValueLayout.JAVA_LONG, 8L * i);
        }
        return registers;
    }

    private static MachineCode cpuidCode() {
        Assembler a = new Assembler(Assembler.Encoding.VEX);
        a.push(RBX);
        a.mov(R8, RDI);
        a.mov(RAX, Gp.RSI);
        a.mov(RCX, RDX);
        a.cpuid();
        a.mov(Mem.at(R8), RAX);
        a.mov(Mem.at(R8, 8), RBX);
        a.mov(Mem.at(R8, 16), RCX);
        a.mov(Mem.at(R8, 24), RDX);
        a.pop(RBX);
        a.ret();
        return MachineCode.of(a);
    }

    private static MachineCode xgetbvCode() {
        Assembler a = new Assembler(Assembler.Encoding.VEX);
        a.mov(RCX, 0);
        a.xgetbv();
        a.mov(Mem.at(RDI), RAX);
        a.ret();
        return MachineCode.of(a);
    }

    private static boolean tilesAllowed() {
        if (!System.getProperty("os.name", "").startsWith("Linux")) {
            return false;
        }
        MethodHandle syscall = CodeMemory.function(
                "syscall",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
        try {
            return (long) syscall.invokeExact(SYS_ARCH_PRCTL, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
