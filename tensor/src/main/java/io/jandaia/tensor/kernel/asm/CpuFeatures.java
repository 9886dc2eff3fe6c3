package io.jandaia.tensor.kernel.asm;

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
import java.util.Locale;

/**
 * What this processor can run and the operating system keeps for each thread, asked of the processor itself (CPUID and
 * XGETBV, Intel's manual, volume 1, chapters 13 and 14).
 *
 * @param avx2 AVX2, FMA and F16C
 * @param avx512 AVX-512 F, BW, DQ, VL and VBMI-free operations
 * @param vnni AVX-512 VNNI
 * @param bf16 AVX-512 BF16
 * @param avxVnni VNNI on 256 bits in VEX encoding
 * @param amx tiles with products of bytes, and permission to use them
 * @param amxBf16 tiles with products of BF16, and AVX-512 BF16
 */
public record CpuFeatures(
        boolean avx2, boolean avx512, boolean vnni, boolean bf16, boolean avxVnni, boolean amx, boolean amxBf16) {

    private static final CpuFeatures NONE = new CpuFeatures(false, false, false, false, false, false, false);
    private static final CpuFeatures HERE = detect();

    /** Linux: ask for the tiles' state, once per process. */
    private static final long SYS_ARCH_PRCTL = 158;

    private static final long ARCH_REQ_XCOMP_PERM = 0x1023;
    private static final long XFEATURE_XTILEDATA = 18;

    public static CpuFeatures here() {
        return HERE;
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
            if (!osSaves) {
                return NONE;
            }
            xgetbvCode().call(out.address(), 0, 0, 0, 0, 0);
            long saved = out.get(ValueLayout.JAVA_LONG, 0) & 0xffffffffL;
            boolean ymm = (saved & 0x6) == 0x6;
            boolean zmm = (saved & 0xe6) == 0xe6;
            boolean tiles = (saved & 0x60000) == 0x60000;
            boolean avx2 = ymm && bit(leaf7[1], 5) && bit(leaf1[2], 12) && bit(leaf1[2], 29);
            boolean avx512 =
                    zmm && avx2 && bit(leaf7[1], 16) && bit(leaf7[1], 17) && bit(leaf7[1], 30) && bit(leaf7[1], 31);
            boolean bf16 = avx512 && bit(leaf71[0], 5);
            boolean amx = avx512 && tiles && bit(leaf7[3], 24) && bit(leaf7[3], 25) && tilesAllowed();
            return new CpuFeatures(
                    avx2,
                    avx512,
                    avx512 && bit(leaf7[2], 11),
                    bf16,
                    avx2 && bit(leaf71[0], 4),
                    amx,
                    amx && bf16 && bit(leaf7[3], 22));
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
