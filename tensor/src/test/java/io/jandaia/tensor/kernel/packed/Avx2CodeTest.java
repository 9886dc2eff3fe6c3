package io.jandaia.tensor.kernel.packed;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.tensor.kernel.asm.Assembler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kernels for AVX2 hold nothing that only later processors know, which a run on a later processor would not show. */
class Avx2CodeTest {

    private static final Path OBJDUMP = Path.of("/usr/bin/objdump");

    /** AVX, AVX2, FMA and F16C. */
    private static final Set<String> KNOWN = Set.of(("vbroadcastss vcvtdq2ps vcvtph2ps vcvtps2dq vdivps vextractf128"
                    + " vfmadd231ps vfnmadd231ps vmovd vmovss vmovups vmulps vpabsb vpackssdw vpacksswb vpaddd vpaddw"
                    + " vpand vpandn vpbroadcastd vpcmpgtd vpmaddubsw vpmaddwd vpmaxsd vpmovsxbd vpmovzxbd vpmulld vpor"
                    + " vpshufb vpshufd vpsignb vpslld vpsrld vpxor vzeroupper")
            .split(" "));

    @Test
    void holdNoLaterInstruction(@TempDir Path folder) throws IOException, InterruptedException {
        if (!Files.isExecutable(OBJDUMP)) {
            System.out.println("not run: reading the kernels for AVX2 with objdump, which is not installed");
            return;
        }
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        for (PackedFormat format : PackedFormat.values()) {
            for (int tokens = 1; tokens <= Panels.TOKENS; tokens++) {
                code.writeBytes(Avx2ProductCode.of(format, tokens, false).code());
            }
            Assembler quantizer = Avx2QuantizeCode.of(format.sums(), format.offset, Panels.TOKENS);
            code.writeBytes(quantizer.code());
        }
        String text = read(Files.write(folder.resolve("code.bin"), code.toByteArray()));
        Set<String> found = new TreeSet<>();
        Matcher m = Pattern.compile("(?m)^\\s*[0-9a-f]+:\\s+(?:\\{\\w+\\} )?(v\\w+)")
                .matcher(text);
        while (m.find()) {
            found.add(m.group(1));
        }
        assertThat(found).isSubsetOf(KNOWN).contains("vpmaddubsw", "vcvtph2ps", "vpackssdw");
        assertThat(text).doesNotContain("zmm", "(bad)", "xmm16", "ymm16", "{k");
    }

    private static String read(Path code) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        OBJDUMP.toString(),
                        "-D",
                        "-b",
                        "binary",
                        "-m",
                        "i386:x86-64",
                        "-M",
                        "intel",
                        "--no-show-raw-insn",
                        code.toString())
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        return text;
    }
}
