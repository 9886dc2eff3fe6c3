package io.jandaia.tensor.kernel.asm;

import java.util.HexFormat;

/** Prints {@code instructions.txt} anew: what {@link AssemblerTest} then has objdump confirm. */
final class Dump {

    private Dump() {}

    public static void main(String[] args) {
        System.out.println(
                "# Machine code and Intel syntax of the instructions in the assembler's test, as GNU binutils 2.40"
                        + " reads them.");
        for (Instructions.One one : Instructions.all()) {
            System.out.println(HexFormat.of().formatHex(one.bytes()) + " " + one.text());
        }
    }
}
