package io.jandaia.tensor.kernel.asm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.tensor.kernel.asm.Assembler.Encoding;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The assembler against an independent one: {@code instructions.txt} holds what GNU's assembler and disassembler (binutils
 * 2.40) make of the same instructions. Where objdump is installed, it reads the bytes again, so that new instructions
 * cannot slip past the list.
 */
class AssemblerTest {

    private static final Path OBJDUMP = Path.of("/usr/bin/objdump");

    /** The instructions of {@link Instructions} as {@code hex text}. */
    private static List<String> expected() throws IOException {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(AssemblerTest.class.getResourceAsStream("instructions.txt")),
                StandardCharsets.US_ASCII))) {
            return in.lines().filter(l -> !l.startsWith("#")).toList();
        }
    }

    @Test
    void writesWhatAnIndependentAssemblerWrites() throws IOException {
        List<String> written = Instructions.all().stream()
                .map(i -> HexFormat.of().formatHex(i.bytes()) + " " + i.text())
                .toList();
        assertThat(written).isEqualTo(expected());
    }

    @Test
    void everyVectorInstructionIsInTheList() {
        for (VectorOp op : VectorOp.values()) {
            assertThat(Instructions.all()).anyMatch(i -> i.op() == op);
        }
    }

    @Test
    void objdumpReadsTheSame(@TempDir Path folder) throws Exception {
        if (!Files.isExecutable(OBJDUMP)) {
            System.out.println("not run: reading the machine code with objdump, which is not installed");
            return;
        }
        List<Instructions.One> all = Instructions.all();
        Path code = folder.resolve("code.bin");
        try (var out = Files.newOutputStream(code)) {
            for (Instructions.One one : all) {
                out.write(one.bytes());
            }
        }
        Process process = new ProcessBuilder(
                        OBJDUMP.toString(),
                        "-D",
                        "-b",
                        "binary",
                        "-m",
                        "i386:x86-64",
                        "-M",
                        "intel",
                        "-w",
                        code.toString())
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        Pattern line = Pattern.compile("^\\s*[0-9a-f]+:\\s+((?:[0-9a-f]{2} )+)\\s*(.*)$");
        List<String> read = new ArrayList<>();
        for (String l : text.lines().toList()) {
            Matcher m = line.matcher(l);
            if (m.matches()) {
                read.add(m.group(1).replace(" ", "") + " " + normal(m.group(2)));
            }
        }
        assertThat(read)
                .isEqualTo(all.stream()
                        .map(i -> HexFormat.of().formatHex(i.bytes()) + " " + i.text())
                        .toList());
    }

    /** objdump's text without sizes of memory, runs of blanks and prefixes that only name an encoding. */
    private static String normal(String text) {
        return text.strip()
                .toLowerCase(Locale.ROOT)
                .replaceAll("#.*", "")
                .replaceAll("\\{e?vex\\} ", "")
                .replaceAll("(xmm|ymm|zmm|tmm)word ptr |[dq]?word ptr |[dq]?word bcst |byte ptr ", "")
                .replaceAll("\\{1to\\d+\\}", "")
                .replaceAll("\\s+", " ")
                .strip();
    }

    @Test
    void jumps() {
        Assembler a = new Assembler(Encoding.VEX);
        Label back = new Label();
        Label ahead = new Label();
        a.place(back);
        a.jump(Condition.EQUAL, ahead);
        a.jump(back);
        assertThatThrownBy(a::code).hasMessageContaining("never placed");
        a.place(ahead);
        a.ret();
        assertThat(HexFormat.of().formatHex(a.code())).isEqualTo("0f8405000000" + "e9f5ffffff" + "c3");
        assertThatThrownBy(() -> a.place(back)).hasMessageContaining("twice");
    }

    @Test
    void refusesWhatCannotBeEncoded() {
        Assembler vex = new Assembler(Encoding.VEX);
        assertThatThrownBy(() -> vex.op(VectorOp.VADDPS, Vec.zmm(1), Vec.zmm(2), Vec.zmm(3)))
                .hasMessageContaining("AVX-512");
        assertThatThrownBy(() -> vex.op(VectorOp.VADDPS, Vec.ymm(16), Vec.ymm(2), Vec.ymm(3)))
                .hasMessageContaining("AVX-512");
        assertThatThrownBy(() -> Mem.at(Gp.RAX).index(Gp.RSP, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Assembler(Encoding.EVEX)
                        .op(
                                VectorOp.VPSHUFB,
                                Vec.zmm(1),
                                Vec.zmm(2),
                                Mem.at(Gp.RAX).all()))
                .hasMessageContaining("repeat");
        assertThatThrownBy(() -> Vec.zmm(32)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void runs() {
        if (!CpuFeatures.reachable()) {
            System.out.println("not run: machine code, because this is not x86-64 on Linux or macOS");
            return;
        }
        Assembler a = new Assembler(Encoding.VEX);
        a.lea(Gp.RAX, Mem.at(Gp.RSI).index(Gp.RDX, 8));
        a.imul(Gp.RAX, Gp.RCX);
        a.add(Gp.RAX, Gp.R8);
        a.sub(Gp.RAX, Gp.R9);
        a.mov(Mem.at(Gp.RDI, 16), Gp.RAX);
        a.ret();
        try (var arena = java.lang.foreign.Arena.ofConfined()) {
            var memory = arena.allocate(24, 8);
            Random random = new Random(1);
            for (int i = 0; i < 1000; i++) {
                long[] x = random.longs(5).toArray();
                MachineCode code = CODE.computeIfAbsent(0, k -> MachineCode.of(a));
                code.call(memory.address(), x[0], x[1], x[2], x[3], x[4]);
                assertThat(memory.get(java.lang.foreign.ValueLayout.JAVA_LONG, 16))
                        .isEqualTo((x[0] + 8 * x[1]) * x[2] + x[3] - x[4]);
            }
        }
        System.out.println(CpuFeatures.here());
    }

    private static final java.util.Map<Integer, MachineCode> CODE = new java.util.HashMap<>();
}
